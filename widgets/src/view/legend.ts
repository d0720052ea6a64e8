// What the colours of an overlay mean.

import type { Paint } from "../engine/overlays.ts";
import { html } from "./elements.ts";

export class Legend {
  readonly element = html("div", { class: "tfkit-legend", role: "note", hidden: "" });

  show(paint: Paint | null): void {
    this.element.hidden = !paint;
    if (!paint) return;
    const steps = paint.legend.map(({ step, text }) =>
      html("span", { class: `tfkit-step tfkit-heat-${step}` }, text || "\u00a0"),
    );
    this.element.replaceChildren(html("strong", {}, paint.title), html("div", {}, ...steps));
  }
}
