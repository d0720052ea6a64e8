// The view of a watched training: the loss, a map of all variables over all reports, and one of them more closely.

import { shortNumber } from "../engine/style.ts";
import { html, printable } from "../view/elements.ts";
import { Closely } from "./closely.ts";
import { HeatMap } from "./heat-map.ts";
import { type History, knowsLoss } from "./model.ts";
import { Plot } from "./plot.ts";
import { QUANTITIES, type Quantity } from "./quantities.ts";

const LOSS = "Loss (mean of the epoch so far)"; // what Keras logs, as in tfkit/gradients/history.py
const TURN_MS = 150; // between two reports while they play, at most
const REPLAY_MS = 15_000; // for all of them, at most
const CALM_MS = 1000; // between two, for readers who asked their system for less motion

export class MonitorView {
  private history: History | null = null;
  private report = -1;
  private chosen = 0; // which variable
  private timer = 0;
  private readonly title = html("div", { class: "tfkit-name" });
  private readonly state = html("span", { class: "tfkit-state" }, "running");
  private readonly quantity = html("select", { class: "tfkit-paint", "aria-label": "What the map shows" });
  private readonly slider = html("input", { type: "range", min: 0, step: 1, "aria-label": "Report" });
  private readonly playing = html("button", { type: "button", class: "tfkit-button" }, "Play");
  private readonly where = html("span", { class: "tfkit-where", "aria-live": "polite" });
  private readonly loss: Plot;
  private readonly map: HeatMap;
  private readonly closely: Closely;
  private readonly findings = html("ul", { class: "tfkit-findings", "aria-label": "Findings" });
  private readonly notes = html("p", { class: "tfkit-notes" });

  constructor(root: HTMLElement, ended: AbortSignal) {
    this.quantity.append(
      ...Object.entries(QUANTITIES).map(([value, { title }]) => html("option", { value }, title)),
    );
    this.loss = new Plot(LOSS, false, ended);
    this.closely = new Closely((row) => this.choose(row, null), ended);
    this.map = new HeatMap((row, report) => this.choose(row, report), ended);
    this.quantity.addEventListener("change", () => this.draw());
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.playing.addEventListener("click", () => this.togglePlaying());
    root.addEventListener("keydown", (event) => this.onKey(event), { signal: ended });
    ended.addEventListener("abort", () => clearInterval(this.timer));
    root.replaceChildren(
      html("div", { class: "tfkit-head" }, this.title, this.state),
      html("div", { class: "tfkit-scrub" }, this.playing, this.slider, this.where),
      this.loss.element,
      html("div", { class: "tfkit-map-head" }, this.quantity, this.map.legend),
      this.map.element,
      this.map.words.element,
      this.closely.element,
      this.findings,
      this.notes,
    );
  }

  /** Shows a history, or more of the one that is shown: what was chosen stays chosen. */
  update(history: History): void {
    const last = history.steps.length - 1;
    const atEnd = !this.history || this.report >= this.history.steps.length - 1;
    const step = this.history?.steps[this.report] ?? 0;
    this.history = history;
    // While it runs the reports are thinned out: the same step may be another report.
    this.report = atEnd
      ? last
      : Math.max(
          0,
          history.steps.findIndex((at) => at >= step),
        );
    this.chosen = Math.min(this.chosen, Math.max(0, history.tracks.length - 1));
    this.slider.max = String(Math.max(0, last));
    this.state.hidden = !history.isRunning;
    this.title.replaceChildren(
      html("strong", {}, history.name || "training"),
      `${history.tracks.length} variables, ${history.steps.length} reports`,
    );
    this.findings.hidden = !history.findings.length;
    this.findings.replaceChildren(
      ...history.findings.map(({ code, where, evidence, advice }) =>
        html("li", {}, html("strong", {}, code), ` in ${where}: ${evidence}. ${advice}`),
      ),
    );
    this.notes.hidden = !history.notes.length;
    this.notes.textContent = printable(history.notes.join(" "));
    this.draw();
  }

  private get shown(): Quantity {
    return QUANTITIES[this.quantity.value] ?? QUANTITIES.gradient;
  }

  private draw(): void {
    const { history, chosen } = this;
    if (!history) return;
    this.loss.element.hidden = !knowsLoss(history);
    this.loss.show(history.steps, [{ name: "loss", values: history.losses }], history.fits);
    this.map.show(history, this.shown);
    this.closely.show(history, chosen);
    this.mark();
  }

  /** Marks the report that is looked at. */
  private mark(): void {
    const { history, report, chosen } = this;
    if (!history) return;
    this.slider.value = String(report);
    this.listenable();
    const step = history.steps[report];
    const loss = history.losses[report];
    const skipped = history.skipped[report] ? ", skipped" : "";
    const told = this.loss.element.hidden ? "" : `, loss ${Number.isFinite(loss) ? shortNumber(loss) : loss}`;
    this.where.textContent =
      report < 0 ? "no report yet" : `step ${step.toLocaleString("en-US")}${skipped}${told}`;
    this.loss.mark(report);
    this.map.mark(chosen, report);
    this.closely.mark(report);
  }

  private choose(row: number, report: number | null): void {
    this.chosen = row;
    this.closely.show(this.history as History, row);
    this.goTo(report ?? this.report);
  }

  private goTo(report: number): void {
    const last = (this.history?.steps.length ?? 0) - 1;
    this.report = Math.max(0, Math.min(report, last));
    this.mark();
  }

  private togglePlaying(): void {
    if (this.timer) {
      this.stop();
      return;
    }
    const last = (this.history?.steps.length ?? 0) - 1;
    if (this.report >= last) this.goTo(0);
    this.playing.textContent = "Pause";
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const turn = isCalm ? CALM_MS : Math.min(TURN_MS, REPLAY_MS / Math.max(1, last));
    const stride = Math.max(1, Math.ceil((last * turn) / REPLAY_MS)); // 1, unless it is calm and there are many
    this.timer = window.setInterval(() => {
      if (this.report >= (this.history?.steps.length ?? 0) - 1) this.stop();
      else this.goTo(this.report + stride);
    }, turn);
    this.listenable();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.playing.textContent = "Play";
    this.listenable();
  }

  /** Reports that pass by themselves, replayed or as they come, are not each read out. */
  private listenable(): void {
    const { history, report } = this;
    const follows = this.timer > 0 || (history?.isRunning && report === history.steps.length - 1) || false;
    this.where.setAttribute("aria-live", follows ? "off" : "polite");
    this.map.words.quiet(follows);
  }

  private onKey(event: KeyboardEvent): void {
    const target = event.target as Element;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("select, input")) return;
    const tracks = this.history?.tracks.length ?? 0;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.goTo(this.report - 1),
      ArrowRight: () => this.goTo(this.report + 1),
      ArrowUp: () => this.choose(Math.max(0, this.chosen - 1), this.report),
      ArrowDown: () => this.choose(Math.min(tracks - 1, this.chosen + 1), this.report),
    };
    const move = Object.hasOwn(moves, event.key) ? moves[event.key] : null;
    if (move && tracks) move();
    else if (event.key === " " && !target.matches("button")) this.togglePlaying();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
