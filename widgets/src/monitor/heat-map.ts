// All variables over all reports: a row for each variable, a colour for each number.

import { STYLE, shortNumber } from "../engine/style.ts";
import { html } from "../view/elements.ts";
import { type Axis, axisOf, heatStep } from "./chart.ts";
import type { History } from "./model.ts";
import type { Quantity } from "./view.ts";

const ROW = 18; // px
const CELLS = 1200; // px of the canvas, whatever its width on the page

export class HeatMap {
  readonly element = html("div", { class: "tfkit-map", tabindex: 0, role: "group" });
  readonly legend = html("span", { class: "tfkit-map-legend" });
  private readonly names = html("div", { class: "tfkit-map-names" });
  private readonly canvas = html("canvas", { role: "img" });
  private readonly cursor = html("div", { class: "tfkit-map-cursor" });
  private history: History | null = null;
  private shown: Quantity | null = null;

  constructor(choose: (row: number, report: number) => void, ended: AbortSignal) {
    const help = "Arrow keys choose a variable and a report, space plays";
    this.element.setAttribute("aria-label", help);
    this.element.append(this.names, html("div", { class: "tfkit-map-cells" }, this.canvas, this.cursor));
    this.canvas.addEventListener("click", (event) => {
      const { width, height } = this.canvas.getBoundingClientRect();
      const { tracks, steps } = this.history as History;
      const row = Math.floor((event.offsetY / height) * tracks.length);
      const report = Math.floor((event.offsetX / width) * steps.length);
      choose(Math.min(row, tracks.length - 1), Math.min(report, steps.length - 1));
    });
    this.names.addEventListener("click", (event) => {
      const name = (event.target as Element).closest<HTMLElement>("[data-row]");
      if (name) choose(Number(name.dataset.row), (this.history?.steps.length ?? 1) - 1);
    });
    // The colours are those of the theme, which may change while the view is open.
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => this.paint(), { signal: ended });
  }

  show(history: History, quantity: Quantity): void {
    this.history = history;
    this.shown = quantity;
    const { tracks, steps } = history;
    this.names.replaceChildren(
      ...tracks.map(({ name }, row) =>
        html("button", { type: "button", "data-row": row, title: name, tabindex: -1 }, shortName(name)),
      ),
    );
    this.canvas.width = Math.max(CELLS, steps.length);
    this.canvas.height = Math.max(1, tracks.length * ROW);
    this.canvas.style.height = `${tracks.length * ROW}px`;
    this.canvas.setAttribute("aria-label", `${quantity.title}, ${tracks.length} variables`);
    this.paint();
  }

  private paint(): void {
    const { history, canvas } = this;
    const quantity = this.shown;
    const paper = canvas.getContext("2d");
    if (!history || !quantity || !paper) return;
    const values = history.tracks.map(quantity.of);
    const axis = axisOf(values, quantity.log);
    const look = getComputedStyle(this.element);
    const colors = STYLE.colors.heat.map((_, step) => look.getPropertyValue(`--tfkit-heat-${step}`));
    const width = canvas.width / Math.max(1, history.steps.length);
    paper.clearRect(0, 0, canvas.width, canvas.height);
    values.forEach((row, place) => {
      for (let report = 0; report < row.length; report++) {
        const step = heatStep(row[report], axis, colors.length);
        if (step >= 0) {
          paper.fillStyle = colors[step];
          paper.fillRect(report * width, place * ROW, Math.max(1, width), ROW - 2);
        } else if (quantity.marksOdd) {
          // Not by colour alone.
          paper.strokeStyle = look.getPropertyValue("--tfkit-failed");
          paper.lineWidth = 2;
          const x = (report + 0.5) * width;
          paper.beginPath();
          for (const side of [-1, 1]) {
            paper.moveTo(x - 5, place * ROW + 8 - side * 5);
            paper.lineTo(x + 5, place * ROW + 8 + side * 5);
          }
          paper.stroke();
        }
      }
    });
    this.showLegend(axis);
  }

  private showLegend({ low, high, log }: Axis): void {
    const text = (end: number) => shortNumber(log ? 10 ** end : end);
    this.legend.replaceChildren(
      text(low),
      ...STYLE.colors.heat.map((_, step) => html("i", { class: "tfkit-swatch", style: swatch(step) })),
      text(high),
    );
  }

  mark(row: number, report: number): void {
    const { steps, tracks } = this.history as History;
    this.names.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.names.children[row]?.setAttribute("aria-current", "true");
    this.cursor.hidden = report < 0 || !tracks.length;
    this.cursor.style.left = `${((report + 0.5) / Math.max(1, steps.length)) * 100}%`;
  }
}

const swatch = (step: number) => `background:var(--tfkit-heat-${step})`;

/** `dense/kernel` of `model/dense/kernel`. */
function shortName(name: string): string {
  return name.split("/").slice(-2).join("/");
}
