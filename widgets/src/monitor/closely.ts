// One variable more closely: its lengths over the steps, and how its numbers were spread at one report.

import { html, printable, svg } from "../view/elements.ts";
import { BINS, type History, type Track } from "./model.ts";
import { Plot } from "./plot.ts";
import { spreadWords } from "./words.ts";

const SIZE = { width: 420, height: 110, foot: 18 };

export class Closely {
  readonly element: HTMLElement;
  private readonly heading = html("strong", {});
  private readonly choice = html("select", { class: "tfkit-paint", "aria-label": "Variable" });
  private names = "";
  private readonly lengths: Plot;
  private readonly gradient = new Spread("Gradient, by magnitude");
  private readonly weight = new Spread("Weight, by magnitude");
  private track: Track | null = null;

  /** `choose` is told a variable: the rows of the map are lower than every hand can hit. */
  constructor(choose: (variable: number) => void, ended: AbortSignal) {
    this.choice.addEventListener("change", () => choose(Number(this.choice.value)));
    this.lengths = new Plot("Gradient, weight and update", true, ended);
    this.element = html(
      "section",
      { class: "tfkit-closely", "aria-label": "One variable" },
      html("div", { class: "tfkit-closely-name" }, this.heading, this.choice),
      this.lengths.element,
      html("div", { class: "tfkit-spreads" }, this.gradient.element, this.weight.element),
    );
  }

  show({ steps, tracks, fits }: History, chosen: number): void {
    this.track = tracks[chosen] ?? null;
    this.element.hidden = !this.track;
    if (!this.track) return;
    this.offer(tracks, chosen);
    const { name, shape, gradientNorm, clippedNorm, weightNorm, updateRatio } = this.track;
    this.heading.textContent = printable(`${name} (${shape.join(", ")}${shape.length === 1 ? "," : ""})`);
    const clips = clippedNorm.some((value, place) => value !== gradientNorm[place] && !Number.isNaN(value));
    this.lengths.show(
      steps,
      [
        { name: "|gradient|", values: gradientNorm },
        { name: "|weight|", values: weightNorm },
        { name: "update by weight", values: updateRatio },
        ...(clips ? [{ name: "|gradient|, clipped", values: clippedNorm }] : []),
      ],
      fits,
    );
  }

  private offer(tracks: Track[], chosen: number): void {
    const names = JSON.stringify(tracks.map(({ name }) => name));
    if (names !== this.names) {
      this.names = names;
      this.choice.replaceChildren(...tracks.map(({ name }, value) => html("option", { value }, name)));
    }
    this.choice.value = String(chosen);
  }

  mark(report: number): void {
    if (!this.track) return;
    this.lengths.mark(report);
    const at = (counts: Int32Array) => counts.subarray(report * BINS, (report + 1) * BINS);
    this.gradient.show(at(this.track.gradientHistogram));
    this.weight.show(at(this.track.weightHistogram));
  }
}

/** Bars of counts by the power of two of magnitudes. */
class Spread {
  readonly element: HTMLElement;
  private readonly paper = svg("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img" });
  private readonly bars: SVGRectElement[];

  constructor(private readonly title: string) {
    const step = SIZE.width / BINS;
    this.bars = Array.from({ length: BINS }, (_, bin) =>
      svg("rect", { class: "tfkit-spread-bar", x: bin * step + 0.5, width: step - 1 }),
    );
    const marks = [
      [0.5, "0"],
      [5, "1e-6"],
      [11.7, "1e-4"],
      [18.4, "0.01"],
      [25, "1"],
      [28.3, "10"],
    ].map(([bin, text]) =>
      svg("text", { x: Number(bin) * step, y: SIZE.height - 4, "text-anchor": "middle" }, String(text)),
    );
    this.paper.append(...this.bars, ...marks);
    this.element = html("figure", { class: "tfkit-plot" }, html("figcaption", {}, title));
    this.element.append(this.paper);
  }

  show(counts: Int32Array): void {
    const most = counts.reduce((a, b) => Math.max(a, b), 0);
    const room = SIZE.height - SIZE.foot;
    for (const [bin, bar] of this.bars.entries()) {
      const height = most ? ((counts[bin] ?? 0) / most) * (room - 4) : 0;
      bar.setAttribute("y", String(room - height));
      bar.setAttribute("height", String(height));
    }
    this.paper.setAttribute("aria-label", `${this.title}: ${spreadWords(counts)}`);
  }
}
