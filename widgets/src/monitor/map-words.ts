// The map of a training for those who do not see it: a table, and a line about the variable and report looked at.

import { html, printable } from "../view/elements.ts";
import type { History } from "./model.ts";
import type { Quantity } from "./quantities.ts";
import { HEADINGS, rowsOf, spoken } from "./words.ts";

export class MapWords {
  private readonly table = html("table", {});
  private readonly line = html("p", { class: "tfkit-map-line", "aria-live": "polite" });
  readonly element = html("div", { class: "tfkit-unseen tfkit-map-words" }, this.line, this.table);

  show(history: History, quantity: Quantity): void {
    const { rows, beyond } = rowsOf(history, quantity);
    const more = beyond ? `, the first ${rows.length} of ${rows.length + beyond} variables` : "";
    const line = (cells: HTMLElement[]) => html("tr", {}, ...cells);
    this.table.replaceChildren(
      html("caption", {}, `${quantity.title} over ${history.steps.length} reports${more}`),
      html("thead", {}, line(HEADINGS.map((text) => html("th", { scope: "col" }, text)))),
      html(
        "tbody",
        {},
        ...rows.map(([name, ...numbers]) =>
          line([html("th", { scope: "row" }, name), ...numbers.map((text) => html("td", {}, text))]),
        ),
      ),
    );
  }

  /** Says the number of one variable at one report. */
  tell({ tracks }: History, quantity: Quantity, row: number, report: number): void {
    const track = tracks[row];
    const value = track && quantity.of(track)[report];
    const text = value === undefined ? "" : printable(`${track.name}: ${quantity.title} ${spoken(value)}`);
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  /** While reports pass by themselves, not every one is read out. */
  quiet(on: boolean): void {
    this.line.setAttribute("aria-live", on ? "off" : "polite");
  }
}
