// The drawing as a file: what is on screen as SVG, PNG, PDF or DOT, the whole graph as JSON.

import type { Wish } from "../engine/engine.ts";
import { textOf } from "../engine/model.ts";
import type { Picture } from "../engine/picture.ts";
import { STYLE } from "../engine/style.ts";
import type { Client } from "./client.ts";
import { draw } from "./draw.ts";
import { svg } from "./elements.ts";
import { pdfOf } from "./pdf.ts";
import { lightColors } from "./theme.ts";

const SHARP = 2; // px of a PNG for one px of the drawing
const MOST_PIXELS = 60e6; // of a PNG; browsers refuse canvases much larger

/** What is saved. */
export interface Saved {
  name: string;
  picture: Picture;
  wish: Wish;
  view: HTMLElement;
  client: Client;
}

/** Offers a file for download; `form` is its suffix. */
export async function saveAs(form: string, saved: Saved): Promise<void> {
  const made = await FORMS[form](saved);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(made);
  link.download = `${saved.name.replace(/[^\p{L}\p{N}_.-]+/gu, "_").slice(0, 80) || "graph"}.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const FORMS: Record<string, (saved: Saved) => Promise<Blob>> = {
  svg: async (saved) => new Blob([svgText(saved)], { type: "image/svg+xml" }),
  png: async (saved) => blobOf(await rastered(saved), "image/png"),
  pdf: async (saved) => {
    const canvas = await rastered(saved);
    return pdfOf(await blobOf(canvas, "image/jpeg"), canvas, saved.picture);
  },
  dot: async ({ client, wish }) => new Blob([await client.ask("dot", [wish])], { type: "text/vnd.graphviz" }),
  json: async ({ client }) => new Blob([await textOf(client.packed)], { type: "application/json" }),
};

const KEPT = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "text-anchor",
  "font-weight",
  "paint-order",
];

/** Returns the drawing in light colours with all that the style sheet says written into attributes. */
function svgText({ picture, view }: Saved): string {
  const { width, height } = picture;
  const paper = svg("svg", {
    xmlns: "http://www.w3.org/2000/svg",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": STYLE.font,
  });
  const { layers, tiles, slices } = draw(picture, "");
  while (!slices.next().done);
  for (const { element } of tiles) element.replaceWith(...element.childNodes);
  paper.append(svg("rect", { width, height, fill: STYLE.colors.ground }), ...layers);
  const frame = document.createElement("div");
  frame.className = "tfkit-graph";
  frame.style.cssText = lightColors();
  frame.append(paper);
  view.after(frame); // only what is in the page has computed style
  try {
    for (const button of paper.querySelectorAll("foreignObject")) button.remove();
    for (const element of paper.querySelectorAll<SVGElement>("rect, path, text")) writeStyle(element);
    for (const element of paper.querySelectorAll("*")) {
      for (const name of ["class", "role", "tabindex", "data-item", "data-wire"])
        element.removeAttribute(name);
    }
    return new XMLSerializer().serializeToString(paper);
  } finally {
    frame.remove();
  }
}

function writeStyle(element: SVGElement): void {
  const style = getComputedStyle(element);
  for (const name of KEPT) {
    const value = style.getPropertyValue(name);
    if (value && value !== "normal") element.setAttribute(name, value.replace(/px\b/g, ""));
  }
}

async function rastered(saved: Saved): Promise<HTMLCanvasElement> {
  const { width, height } = saved.picture;
  const scale = Math.min(SHARP, Math.sqrt(MOST_PIXELS / (width * height)));
  const address = URL.createObjectURL(new Blob([svgText(saved)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Returns a canvas as the bytes of a picture. */
function blobOf(canvas: HTMLCanvasElement, type: string): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("this picture is too large"))),
      type,
      0.95,
    ),
  );
}
