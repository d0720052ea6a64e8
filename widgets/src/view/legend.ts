// What the colours of an overlay mean.

import type { Paint } from "../engine/overlays.ts";
import { STYLE, shorten } from "../engine/style.ts";
import { html } from "./elements.ts";

export class Legend {
  readonly element = html("div", { class: "tfkit-legend", role: "note", hidden: "" });

  show(paint: Paint | null): void {
    this.element.hidden = !paint;
    if (!paint) return;
    const steps = paint.legend.map(({ step, text }) =>
      html(
        "span",
        { class: `tfkit-step tfkit-heat-${step}`, title: text },
        shorten(text, STYLE.detail_size) || "\u00a0",
      ),
    );
    const title = html("strong", { title: paint.title }, shorten(paint.title, STYLE.detail_size, true));
    this.element.replaceChildren(title, html("div", {}, ...steps));
  }
}
