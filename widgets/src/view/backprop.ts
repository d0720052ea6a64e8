// The two lines below the bar of a graph with gradients: steps forward and back through it, and the numbers that can
// be set. The drawing stays where it is, only its numbers change.

import type { Backprop as Known, Renumbered, Wish } from "../engine/engine.ts";
import type { Agreement, Knob } from "../engine/evaluate.ts";
import type { Picture } from "../engine/picture.ts";
import type { Times } from "../engine/steps.ts";
import { countText, shortNumber } from "../engine/style.ts";
import type { Item } from "../engine/visible.ts";
import type { Client } from "./client.ts";
import { Dials } from "./dials.ts";
import { html } from "./elements.ts";
import { Numbers } from "./numbers.ts";
import type { Pane } from "./pane.ts";
import { button, named } from "./panel.ts";

const TURN_MS = 900; // between two steps while they play by themselves

/** What Python found when it held the gradients against finite differences. */
export interface Check {
  ok: boolean;
  words: string;
}

/** What comes beside a graph: what Python found when it checked the gradients, and the object's id in the kernel. */
export interface Extras {
  check: Check | null;
  live: string;
}

/** What the view around it has and does. */
export interface BackpropPage {
  panes(): Pane[];
  wish(): Wish;
  show(item: Item): void;
  put(picture: Picture): void;
}

/** Returns what steps through a graph with gradients, or null for any other. */
export function makeBackprop(
  known: Known | null,
  client: Client,
  root: HTMLElement,
  { check, live }: Extras,
  ended: AbortSignal,
  page: BackpropPage,
): Backprop | null {
  if (!known) return null;
  root.classList.add("tfkit-backprop");
  return new Backprop(known, client, new Numbers(client, known, root, live), page, check, ended);
}

export class Backprop {
  readonly element: HTMLElement;
  private place: number; // how many steps were taken
  private times = new Map<Item, Times>();
  private readonly words = html("p", { class: "tfkit-told", "aria-live": "polite" });
  private readonly count = html("span", { class: "tfkit-step-count" });
  private readonly badge = html("span", { class: "tfkit-agreement", role: "note" });
  private readonly playing: HTMLButtonElement;
  private readonly slider: HTMLInputElement;
  private readonly dials: Dials;
  private timer = 0;
  private wanted: Map<Knob, number> | null = null;
  private isAsking = false;

  constructor(
    private readonly known: Known,
    private readonly client: Client,
    private readonly numbers: Numbers,
    private readonly page: BackpropPage,
    check: Check | null,
    ended: AbortSignal,
  ) {
    this.place = known.steps;
    this.playing = button("Play", "Play the steps", () => this.togglePlaying());
    this.slider = html("input", { type: "range", min: 0, max: known.steps, step: 1, "aria-label": "Step" });
    this.slider.value = String(known.steps);
    this.slider.addEventListener("input", () => void this.goTo(Number(this.slider.value)));
    this.dials = new Dials(known, (values) => void this.set(values));
    this.element = html(
      "div",
      { class: "tfkit-backprop-bar" },
      html(
        "div",
        { class: "tfkit-steps", role: "toolbar", "aria-label": "Steps" },
        named(button("|\u25c0", "Before the first step", () => void this.goTo(0))),
        named(button("\u25c0", "One step back  (,)", () => void this.step(false))),
        this.playing,
        named(button("\u25b6", "One step on  (.)", () => void this.step(true))),
        named(button("\u25b6|", "After the last step", () => void this.goTo(known.steps))),
        this.slider,
        this.count,
        this.words,
        this.badge,
      ),
      this.dials.element,
    );
    this.showCheck(check);
    ended.addEventListener("abort", () => clearInterval(this.timer));
  }

  /** Goes on by one step, or back. */
  step(forward: boolean): void {
    this.stop();
    void this.goTo(this.place + (forward ? 1 : -1));
  }

  /** Shows in a new drawing what is known after the steps that were taken. */
  async drawn(): Promise<void> {
    void this.numbers.connect().then((found) => found && this.dials.allow(found.can, found.why));
    this.times = await this.client.ask("times", [this.page.wish().open]);
    await this.show();
  }

  private togglePlaying(): void {
    if (this.timer) {
      this.stop();
      return;
    }
    if (this.place === this.known.steps) void this.goTo(0);
    this.playing.textContent = "Pause";
    this.words.setAttribute("aria-live", "off"); // not every step is read out
    this.timer = window.setInterval(() => {
      if (this.place >= this.known.steps) this.stop();
      else void this.goTo(this.place + 1);
    }, TURN_MS);
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.words.setAttribute("aria-live", "polite");
    this.playing.textContent = "Play";
  }

  private async goTo(place: number): Promise<void> {
    this.place = Math.max(0, Math.min(place, this.known.steps));
    await this.show();
  }

  private async show(): Promise<void> {
    const { place, known, page } = this;
    this.slider.value = String(place);
    this.count.textContent = `${place} of ${countText(known.steps, "step")}`;
    const step = place ? await this.client.ask("step", [place - 1, page.wish().open]) : null;
    if (place !== this.place) return; // overtaken
    const all = place === known.steps;
    this.words.textContent = step
      ? `${step.forward ? "Forward" : "Backward"}: ${step.text}`
      : "Nothing is computed yet: only inputs, variables and constants have their numbers.";
    for (const pane of page.panes()) pane.showKnown(place, this.times, all || !step ? null : step.item);
    if (step && !all) page.show(step.item);
  }

  /** Sets numbers; what comes while an answer is awaited waits, and only the last of it counts. */
  private async set(values: Map<Knob, number>): Promise<void> {
    this.wanted = values;
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      while (this.wanted) {
        const next = this.wanted;
        this.wanted = null;
        await this.take(await this.numbers.set(next, this.page.wish()));
      }
    } catch (error) {
      this.dials.allow(false, (error as Error).message); // the kernel has gone
    } finally {
      this.isAsking = false;
    }
  }

  private async take(found: Renumbered | null): Promise<void> {
    if (!found) return;
    this.page.put(found.picture);
    this.dials.take(found.knobs);
    if (found.agreement) this.showAgreement(found.agreement);
    else this.badge.hidden = true; // that of other numbers
    await this.show();
  }

  private showCheck(check: Check | null): void {
    this.badge.hidden = !check;
    if (check) this.say(check.ok, check.words);
  }

  private showAgreement({ agrees, error }: Agreement): void {
    const words = `at these numbers, computed in the page in float64; the largest error is ${shortNumber(error)}`;
    this.say(agrees, `Gradients and finite differences ${agrees ? "agree" : "do not agree"} ${words}.`);
  }

  private say(ok: boolean, words: string): void {
    this.badge.hidden = false;
    this.badge.textContent = ok ? "\u2713 gradients checked" : "\u2717 gradients differ";
    this.badge.title = words;
    this.badge.setAttribute("aria-label", words);
    this.badge.classList.toggle("tfkit-bad", !ok);
  }
}
