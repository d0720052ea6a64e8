// A loss over two numbers: colours, the ways of optimizers, and a slider for the learning rate.

import { textOf } from "../engine/model.ts";
import { shortNumber } from "../engine/style.ts";
import { html, svg } from "../view/elements.ts";
import { addStyle } from "../view/theme.ts";
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
  const canvas = painted(losses, wire.side);
  const ways = Object.entries(wire.paths).map(([name, { steps, points }], place) => {
    const line = svg("polyline", { fill: "none", stroke: LINES[place % LINES.length], "stroke-width": 2 });
    return {
      name,
      steps,
      points: floats(points),
      line,
      dots: svg("g", { fill: LINES[place % LINES.length] }),
    };
  });
  const lines = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" });
  lines.append(...ways.flatMap(({ line, dots }) => [line, dots]));
  const told = html("p", { class: "tfkit-surface-words", "aria-live": "polite" });
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
  const show = () => {
    const place = Number(slider.value);
    rate.textContent = shortNumber(rates[place]);
    const ends = ways.map(({ name, steps, points, line, dots }) => {
      const all = Array.from({ length: steps }, (_, step) => {
        const at = 2 * (place * steps + step);
        return [points[at], points[at + 1]] as [number, number];
      });
      const finite = all.filter(([x, y]) => Math.abs(x) < 1e6 && Math.abs(y) < 1e6); // NaN is neither
      const drawn = finite.map(([x, y]) => [
        ((x - left) / (right - left)) * SIDE,
        ((top - y) / (top - bottom)) * SIDE,
      ]);
      line.setAttribute("points", drawn.map((pair) => pair.map((n) => n.toFixed(1)).join(",")).join(" "));
      dots.replaceChildren(...drawn.map(([cx, cy]) => svg("circle", { cx, cy, r: 2.5 })));
      const end =
        finite.length === steps ? lossAt(...(finite[steps - 1] as [number, number])) : "it diverges";
      return `${name}, ${steps - 1} steps: ${end}`;
    });
    told.textContent = ends.join("; ");
    lines.setAttribute("aria-label", `Loss over ${names[0]} and ${names[1]}. ${told.textContent}`);
  };
  slider.value = String(shown);
  slider.addEventListener("input", show);
  show();
  return [
    html("div", { class: "tfkit-surface-bar" }, html("label", {}, "learning rate ", slider), rate),
    html(
      "div",
      { class: "tfkit-surface-plot" },
      html("span", { class: "tfkit-surface-y" }, `${names[1]} ${shortNumber(bottom)} to ${shortNumber(top)}`),
      html("div", { class: "tfkit-surface-paper" }, canvas),
      html("span", { class: "tfkit-surface-x" }, `${names[0]} ${shortNumber(left)} to ${shortNumber(right)}`),
    ),
    told,
  ].map((part) => {
    part.querySelector(".tfkit-surface-paper")?.append(lines);
    return part;
  });
}

/** Steps with as many of the numbers each, so that valleys are seen as heights are. */
function painted(losses: Float32Array, side: number): HTMLCanvasElement {
  const canvas = html("canvas", { width: side, height: side });
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
