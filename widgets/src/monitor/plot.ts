// Lines over the steps of a training, with the report that is looked at.

import { shortNumber } from "../engine/style.ts";
import { html, svg } from "../view/elements.ts";
import { axisOf, linePath, scaleOf, ticks } from "./chart.ts";
import { courseOf } from "./words.ts";

const SIZE = { height: 130, left: 58, right: 12, top: 8, bottom: 22 };
const WIDTH = 640; // px, until the page says which it is

export interface Series {
  name: string;
  values: ArrayLike<number>;
}

export class Plot {
  readonly element: HTMLElement;
  private readonly paper = svg("svg", { role: "img" });
  private readonly key = html("span", { class: "tfkit-key" });
  private readonly cursor = svg("path", { class: "tfkit-cursor" });
  private xs: number[] = [];
  private width = WIDTH;
  private given: [steps: ArrayLike<number>, series: Series[], fits: number[]] | null = null;
  private marked = -1;

  constructor(
    private readonly title: string,
    private readonly log: boolean,
    ended: AbortSignal,
  ) {
    this.element = html(
      "figure",
      { class: "tfkit-plot" },
      html("figcaption", {}, html("strong", {}, title), this.key),
    );
    this.element.append(this.paper);
    // Drawn as wide as it is, so that its text has one size on every page.
    const observer = new ResizeObserver(([{ contentRect }]) => {
      const width = Math.round(contentRect.width);
      if (!width || width === this.width) return;
      this.width = width;
      if (this.given) this.show(...this.given);
      this.mark(this.marked);
    });
    observer.observe(this.element);
    ended.addEventListener("abort", () => observer.disconnect());
  }

  /** Draws lines; `fits` are the reports at which a training began. */
  show(steps: ArrayLike<number>, series: Series[], fits: number[] = []): void {
    const { width } = this;
    const { height, left, right, top, bottom } = SIZE;
    this.given = [steps, series, fits];
    this.paper.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const all = Array.from(steps);
    const span = (all[all.length - 1] ?? 1) - (all[0] ?? 0) || 1;
    this.xs = all.map((step) => left + ((step - all[0]) / span) * (width - left - right));
    const axis = axisOf(
      series.map(({ values }) => values),
      this.log,
    );
    const scale = scaleOf(axis, height - bottom, top);
    const grid = ticks(axis, 3).flatMap((tick) => {
      const y = scale(tick) as number;
      const text = { x: left - 6, y: y + 4, "text-anchor": "end" };
      return [
        svg("path", { class: "tfkit-grid", d: `M${left} ${y}H${width - right}` }),
        svg("text", text, shortNumber(tick)),
      ];
    });
    const begins = fits.slice(1).flatMap((report) => {
      const x = this.xs[report];
      return x === undefined
        ? []
        : [svg("path", { class: "tfkit-begin", d: `M${x} ${top}V${height - bottom}` })];
    });
    const lines = series.map(({ values }, place) =>
      svg("path", { class: `tfkit-series tfkit-series-${place}`, d: linePath(this.xs, values, scale) }),
    );
    const foot = { y: height - 6 };
    this.paper.replaceChildren(
      ...grid,
      ...begins,
      ...lines,
      svg("text", { x: left, ...foot }, all.length ? `step ${all[0].toLocaleString("en-US")}` : ""),
      svg(
        "text",
        { x: width - right, "text-anchor": "end", ...foot },
        all.length ? all[all.length - 1].toLocaleString("en-US") : "",
      ),
      this.cursor,
    );
    const told = series.map(({ name, values }) => `${name} ${courseOf(values)}`).join(", ");
    this.paper.setAttribute("aria-label", `${this.title} over ${all.length} reports: ${told}`);
    this.key.replaceChildren(
      ...(series.length > 1
        ? series.map(({ name }, place) => {
            const key = html("span", {}, name);
            key.prepend(sample(place));
            return key;
          })
        : []),
    );
  }

  mark(report: number): void {
    this.marked = report;
    const x = this.xs[report];
    this.cursor.setAttribute("d", x === undefined ? "" : `M${x} ${SIZE.top}V${SIZE.height - SIZE.bottom}`);
  }
}

/** A piece of a line as it looks in the plot. */
function sample(place: number): SVGElement {
  const line = svg("path", { class: `tfkit-series tfkit-series-${place}`, d: "M1 2H21" });
  return svg("svg", { viewBox: "0 0 22 4", "aria-hidden": "true" }, line);
}
