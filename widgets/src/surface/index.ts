// A loss over two numbers: colours, the ways of optimizers, and a slider for the learning rate.

import { textOf } from "../engine/model.ts";
import { shortNumber } from "../engine/style.ts";
import { html, printable, svg } from "../view/elements.ts";
import { addStyle } from "../view/theme.ts";
import { withAxes } from "./axes.ts";
import css from "./surface.css";

export const MIME_TYPE = "application/vnd.tfkit.surface+json";

export interface Payload {
  version: number;
  data: string;
}

/** What tfkit/gradients/surface.py writes; numbers are float32 in base64. */
interface Wire {
  names: [string, string];
  ranges: [[number, number], [number, number]];
  side: number;
  losses: { f32: string };
  rates: number[];
  shown: number;
  paths: Record<string, { steps: number; points: { f32: string } }>;
}

const SIDE = 400; // px of the drawing
// The colours of the still picture (tfkit/drawing/chart.py), from the bottom of a valley to its heights.
const SEA = [
  ...["#1b2a49", "#1f3a5f", "#234a72", "#275a83", "#2c6a90", "#327a9a", "#3a8aa0", "#4699a3"],
  ...["#57a8a5", "#6bb6a6", "#82c3a8", "#9bcfab", "#b4dab1", "#cce4ba", "#e2edc6", "#f4f5d6"],
];
const LINES = ["#ffffff", "#ffb454", "#ff7eb6", "#8be9fd"];
const DASHES = ["none", "8 4", "2 3", "10 3 2 3"]; // not by colour alone
const EDGE = "#101828"; // around a way, which is seen on light and dark by that

/** Makes `root` the view of a surface; its `data-state` becomes `loading`, then `ready` or `error`. */
export async function drawSurface(root: HTMLElement, payload: Payload): Promise<void> {
  addStyle("tfkit-surface", css);
  root.classList.add("tfkit-surface");
  root.dataset.state = "loading";
  try {
    root.replaceChildren(...parts(JSON.parse(await textOf(payload.data)) as Wire));
    root.dataset.state = "ready";
  } catch (error) {
    const text = `This surface could not be shown: ${(error as Error).message}`;
    root.replaceChildren(html("p", { role: "alert" }, text));
    root.dataset.state = "error";
  }
}

function parts(wire: Wire): HTMLElement[] {
  const { names, ranges, rates, shown } = wire;
  const losses = floats(wire.losses);
  const lines = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" });
  const ways = Object.entries(wire.paths).map(([name, { steps, points }], place) => {
    const way = drawnWay(place);
    lines.append(...way.drawn);
    return { name, steps, points: floats(points), told: html("span", {}), ...way };
  });
  const rate = html("output", {});
  const slider = html("input", {
    type: "range",
    min: 0,
    max: rates.length - 1,
    step: 1,
    "aria-label": "Learning rate",
  });
  const [[left, right], [bottom, top]] = ranges;
  const lossAt = (x: number, y: number) => {
    const column = Math.round(((x - left) / (right - left)) * (wire.side - 1));
    const row = Math.round(((y - bottom) / (top - bottom)) * (wire.side - 1));
    const inside = column >= 0 && row >= 0 && column < wire.side && row < wire.side;
    return inside ? `loss about ${shortNumber(losses[row * wire.side + column])}` : "beyond the picture";
  };
  const spans = ranges.map(([low, high], place) => `${names[place]} from ${spanText(low, high)}`);
  const show = () => {
    const place = Number(slider.value);
    rate.textContent = shortNumber(rates[place]);
    slider.setAttribute("aria-valuetext", rate.textContent);
    for (const { name, steps, points, show, told } of ways) {
      const all = Array.from({ length: steps }, (_, step) => {
        const at = 2 * (place * steps + step);
        return [points[at], points[at + 1]] as [number, number];
      });
      const finite = all.filter(([x, y]) => Math.abs(x) < 1e6 && Math.abs(y) < 1e6); // NaN is neither
      const places = finite.map(([x, y]) => [
        ((x - left) / (right - left)) * SIDE,
        ((top - y) / (top - bottom)) * SIDE,
      ]);
      show(places);
      const end =
        finite.length === steps ? lossAt(...(finite[steps - 1] as [number, number])) : "it diverges";
      told.textContent = printable(`${name}, ${steps - 1} steps: ${end}`);
    }
    const ends = ways.map(({ told }) => told.textContent).join("; ");
    lines.setAttribute("aria-label", printable(`Loss over ${spans.join(" and ")}. ${ends}`));
  };
  slider.value = String(shown);
  slider.addEventListener("input", show);
  show();
  const paper = html("div", { class: "tfkit-surface-paper" }, painted(losses, wire.side), lines);
  const list = html("ul", { class: "tfkit-surface-words", "aria-live": "polite" });
  list.append(...ways.map(({ key, told }) => html("li", {}, key, told)));
  const bar = html("div", { class: "tfkit-surface-bar" }, html("label", {}, "learning rate ", slider), rate);
  return [
    html("div", { class: "tfkit-surface-body" }, bar, withAxes(paper, names, ranges), list, scale(losses)),
  ];
}

const spanText = (low: number, high: number) => `${shortNumber(low)} to ${shortNumber(high)}`;

/** The line and dots of a way, above the same in dark and a little larger; `show` gives them their places. */
function drawnWay(place: number) {
  const [color, dashes] = [LINES[place % LINES.length], DASHES[place % DASHES.length]];
  const layers = [
    { line: { stroke: EDGE, "stroke-width": 4 }, dots: { fill: EDGE }, r: 3.5 },
    { line: { stroke: color, "stroke-width": 2, "stroke-dasharray": dashes }, dots: { fill: color }, r: 2.5 },
  ].map(({ line, dots, r }) => ({
    line: svg("polyline", { fill: "none", ...line }),
    dots: svg("g", dots),
    r,
  }));
  const show = (places: number[][]) => {
    const through = places.map((pair) => pair.map((n) => n.toFixed(1)).join(",")).join(" ");
    for (const { line, dots, r } of layers) {
      line.setAttribute("points", through);
      dots.replaceChildren(...places.map(([cx, cy]) => svg("circle", { cx, cy, r })));
    }
  };
  return { drawn: layers.flatMap(({ line, dots }) => [line, dots]), show, key: key(color, dashes) };
}

/** A piece of a way as it looks on the picture. */
function key(color: string, dashes: string): HTMLElement {
  const line = svg("path", { d: "M2 6H22", stroke: color, "stroke-width": 2, "stroke-dasharray": dashes });
  const dot = svg("circle", { cx: 12, cy: 6, r: 2.5, fill: color });
  const made = html("span", { class: "tfkit-surface-key", "aria-hidden": "true" });
  made.append(svg("svg", { viewBox: "0 0 24 12", width: 24, height: 12 }, line, dot));
  return made;
}

/** What the colours mean: from the least loss in the picture to the greatest. */
function scale(losses: Float32Array): HTMLElement {
  const known = losses.filter(Number.isFinite).sort();
  const colors = svg(
    "svg",
    { viewBox: "0 0 16 1", preserveAspectRatio: "none", "aria-hidden": "true" },
    ...SEA.map((fill, x) => svg("rect", { fill, x, width: 1.05, height: 1 })),
  );
  const ends = known.length ? [known[0], known[known.length - 1]].map((loss) => shortNumber(loss)) : ["", ""];
  return html("div", { class: "tfkit-surface-scale" }, "loss ", ends[0], colors, ends[1]);
}

/** Steps with as many of the numbers each, so that valleys are seen as heights are. */
function painted(losses: Float32Array, side: number): HTMLCanvasElement {
  const canvas = html("canvas", { width: side, height: side, "aria-hidden": "true" }); // the ways above it say what is seen
  const paper = canvas.getContext("2d");
  const known = losses.filter(Number.isFinite).sort();
  const edges = Array.from(
    { length: 15 },
    (_, place) => known[Math.floor((known.length * (place + 1)) / 16)],
  );
  losses.forEach((loss, place) => {
    if (!paper) return;
    const level = Number.isFinite(loss) ? edges.filter((edge) => edge <= loss).length : 15;
    paper.fillStyle = SEA[level];
    paper.fillRect(place % side, side - 1 - Math.floor(place / side), 1, 1);
  });
  return canvas;
}

function floats({ f32 }: { f32: string }): Float32Array {
  return new Float32Array(Uint8Array.from(atob(f32), (char) => char.charCodeAt(0)).buffer);
}
