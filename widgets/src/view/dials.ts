// The numbers of a graph that can be set: a slider and a field for each, and a step of gradient descent.

import type { Backprop as Known } from "../engine/engine.ts";
import type { Knob } from "../engine/evaluate.ts";
import { shortNumber } from "../engine/style.ts";
import { html } from "./elements.ts";
import { button } from "./panel.ts";

const MOST = 24; // dials that are shown
const NOTCHES = 400; // of a slider

interface Dial {
  knob: Knob;
  first: number;
  range: HTMLInputElement;
  field: HTMLInputElement;
  gradient: HTMLElement;
}

export class Dials {
  readonly element = html("div", { class: "tfkit-dials", role: "group", "aria-label": "Numbers to set" });
  private readonly dials: Dial[];
  private readonly rate = html("input", {
    type: "number",
    class: "tfkit-number",
    value: "0.01",
    step: "any",
    min: 0,
    "aria-label": "Learning rate",
  });
  private readonly hint = html("span", { class: "tfkit-hint" });

  constructor(
    known: Known,
    private readonly changed: (values: Map<Knob, number>) => void,
  ) {
    this.dials = known.knobs.slice(0, MOST).map((knob) => this.dial(knob));
    this.element.hidden = !this.dials.length;
    this.element.append(...this.dials.map((dial) => this.row(dial)));
    if (this.descending.length) this.element.append(this.descent());
    this.element.append(this.hint);
    this.allow(known.computes, "");
  }

  /** Lets numbers be set, or says why not. */
  allow(can: boolean, why: string): void {
    for (const control of this.element.querySelectorAll<HTMLInputElement>("input, button"))
      control.disabled = !can;
    this.hint.textContent = why;
    this.hint.hidden = !why;
  }

  /** Shows what the numbers are now. */
  take(knobs: Knob[]): void {
    for (const dial of this.dials) {
      const now = knobs.find(({ node }) => node === dial.knob.node);
      if (!now) continue;
      dial.knob = now;
      this.show(dial);
    }
  }

  private dial(knob: Knob): Dial {
    const span = niceSpan(knob.value);
    const range = html("input", {
      type: "range",
      min: knob.value - span,
      max: knob.value + span,
      step: span / NOTCHES,
      "aria-label": `${knob.label}, slider`,
      "data-knob": knob.label,
    });
    const field = html("input", {
      type: "number",
      class: "tfkit-number",
      step: "any",
      "aria-label": knob.label,
    });
    const dial = { knob, first: knob.value, range, field, gradient: html("span", { class: "tfkit-slope" }) };
    range.addEventListener("input", () => this.set(dial, Number(range.value)));
    field.addEventListener("change", () => {
      if (field.value !== "" && Number.isFinite(Number(field.value))) this.set(dial, Number(field.value));
      else this.show(dial);
    });
    this.show(dial);
    return dial;
  }

  private row({ knob, range, field, gradient }: Dial): HTMLElement {
    return html("div", { class: "tfkit-dial" }, html("strong", {}, knob.label), range, field, gradient);
  }

  private show({ knob, range, field, gradient }: Dial): void {
    if (document.activeElement !== range) {
      range.min = String(Math.min(Number(range.min), knob.value));
      range.max = String(Math.max(Number(range.max), knob.value));
      range.value = String(knob.value);
    }
    field.value = String(Number(knob.value.toPrecision(7)));
    gradient.textContent = knob.gradient === null ? "" : `grad ${shortNumber(knob.gradient, 4)}`;
  }

  private set(dial: Dial, value: number): void {
    const values = new Map(this.dials.map((other): [Knob, number] => [other.knob, other.knob.value]));
    dial.knob.value = value;
    values.set(dial.knob, value);
    this.changed(values);
  }

  /** Variables are what is trained; where there are none, all that has a gradient. */
  private get descending(): Dial[] {
    const sloped = this.dials.filter(({ knob }) => knob.gradient !== null);
    const variables = sloped.filter(({ knob }) => knob.isVariable);
    return variables.length ? variables : sloped;
  }

  private descent(): HTMLElement {
    const names = this.descending.map(({ knob }) => knob.label).join(", ");
    const step = button(
      "Descend",
      `One step of gradient descent: ${names} less the learning rate times the gradient`,
      () => {
        for (const { knob } of this.descending) knob.value -= Number(this.rate.value) * (knob.gradient ?? 0);
        this.changed(new Map(this.dials.map(({ knob }) => [knob, knob.value])));
      },
    );
    const reset = button("Reset", "Take the first numbers again", () => {
      for (const dial of this.dials) dial.knob.value = dial.first;
      this.changed(new Map(this.dials.map(({ knob }) => [knob, knob.value])));
    });
    return html(
      "div",
      { class: "tfkit-dial tfkit-descent" },
      html("label", {}, "learning rate ", this.rate),
      step,
      reset,
    );
  }
}

/** Returns how far a slider goes to each side of a number: to twice it and beyond nothing, in round figures. */
function niceSpan(value: number): number {
  const size = Math.max(Math.abs(value), 0.5);
  const power = 10 ** Math.floor(Math.log10(size));
  return Math.ceil(size / power) * power * 2;
}
