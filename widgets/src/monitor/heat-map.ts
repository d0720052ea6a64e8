// All variables over all reports: a row for each variable, a colour for each number.

import { STYLE, shortNumber } from "../engine/style.ts";
import { html } from "../view/elements.ts";
import { type Axis, axisOf, heatStep } from "./chart.ts";
import { MapWords } from "./map-words.ts";
import type { History } from "./model.ts";
import type { Quantity } from "./quantities.ts";

const ROW = 18; // px

export class HeatMap {
  readonly element = html("div", { class: "tfkit-map", tabindex: 0, role: "group" });
  readonly legend = html("span", { class: "tfkit-map-legend" });
  readonly words = new MapWords();
  private readonly names = html("div", { class: "tfkit-map-names" });
  private readonly canvas = html("canvas", { role: "img" });
  private readonly cursor = html("div", { class: "tfkit-map-cursor" });
  private history: History | null = null;
  private shown: Quantity | null = null;

  /** `choose` is told a row, and a report or null for the one that is looked at. */
  constructor(choose: (row: number, report: number | null) => void, ended: AbortSignal) {
    this.element.setAttribute("aria-label", "Map");
    this.element.setAttribute("aria-description", "Arrow keys choose a variable and a report, space plays");
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
      if (name) choose(Number(name.dataset.row), null);
    });
    this.repaintWhenNeeded(ended);
  }

  /** The colours are those of the theme, which may change while the view is open, as its width may. */
  private repaintWhenNeeded(ended: AbortSignal): void {
    const paint = () => this.paint();
    // Not at once: JupyterLab takes the sheet of one theme away before that of the next is there.
    const repaint = () => requestAnimationFrame(paint);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal: ended });
    const theme = new MutationObserver(repaint);
    const attributeFilter = ["data-jp-theme-light", "data-vscode-theme-kind", "theme"];
    for (const element of [document.body, document.documentElement])
      theme.observe(element, { attributes: true, attributeFilter });
    const size = new ResizeObserver(paint);
    size.observe(this.canvas);
    ended.addEventListener("abort", () => {
      theme.disconnect();
      size.disconnect();
    });
  }

  show(history: History, quantity: Quantity): void {
    this.history = history;
    this.shown = quantity;
    const { tracks } = history;
    const shortened = tracks.map(({ name }) => shortName(name));
    const isClear = new Set(shortened).size === tracks.length;
    this.names.replaceChildren(
      ...tracks.map(({ name }, row) => {
        const text = isClear ? shortened[row] : name;
        return html("button", { type: "button", "data-row": row, title: name, tabindex: -1 }, text);
      }),
    );
    this.canvas.style.height = `${tracks.length * ROW}px`;
    this.canvas.setAttribute("aria-label", `${quantity.title}, ${tracks.length} variables`);
    this.words.show(history, quantity);
    this.paint();
  }

  private paint(): void {
    const { history, canvas } = this;
    const quantity = this.shown;
    const paper = canvas.getContext("2d");
    if (!history || !quantity || !paper) return;
    const [across, down] = [canvas.clientWidth, history.tracks.length * ROW];
    const sharp = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(across * sharp));
    canvas.height = Math.max(1, Math.round(down * sharp));
    paper.scale(sharp, sharp);
    const values = history.tracks.map(quantity.of);
    const axis = quantity.axis?.(values) ?? axisOf(values, quantity.log);
    const look = getComputedStyle(this.element);
    const colors = STYLE.colors.heat.map((_, step) => look.getPropertyValue(`--tfkit-heat-${step}`));
    const width = across / Math.max(1, history.steps.length);
    const odd: [x: number, y: number][] = [];
    values.forEach((row, place) => {
      for (let report = 0; report < row.length; report++) {
        const step = heatStep(row[report], axis, colors.length);
        if (step >= 0) {
          paper.fillStyle = colors[step];
          paper.fillRect(report * width, place * ROW, Math.max(1, width), ROW - 2);
        }
        if (quantity.isOdd(row[report])) odd.push([(report + 0.5) * width, place * ROW + 8]);
      }
    });
    // Not by colour alone; and behind all cells, because a cross may be wider than one.
    paper.beginPath();
    for (const [x, y] of odd)
      for (const side of [-1, 1]) {
        paper.moveTo(x - 5, y - side * 5);
        paper.lineTo(x + 5, y + side * 5);
      }
    const ground = getComputedStyle(this.element.parentElement ?? this.element).backgroundColor;
    for (const [color, lineWidth] of [
      [ground, 5], // red stands out from it, but not from every cell
      [look.getPropertyValue("--tfkit-failed"), 2],
    ] as const) {
      Object.assign(paper, { strokeStyle: color, lineWidth });
      paper.stroke();
    }
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
    if (this.shown) this.words.tell(this.history as History, this.shown, row, report);
    this.cursor.hidden = report < 0 || !tracks.length;
    this.cursor.style.left = `${((report + 0.5) / Math.max(1, steps.length)) * 100}%`;
  }
}

const swatch = (step: number) => `background:var(--tfkit-heat-${step})`;

/** `dense/kernel` of `model/dense/kernel`. */
function shortName(name: string): string {
  return name.split("/").slice(-2).join("/");
}
