// The line above the drawing: what it is of, the search, and what one can do with the whole of it.

import type { Opening } from "../engine/engine.ts";
import { countText } from "../engine/style.ts";
import { html, svg } from "./elements.ts";
import { button, named } from "./panel.ts";

/** What the bar can ask for. */
export interface BarActions {
  search(text: string): void;
  step(forward: boolean): void;
  listHits(): void;
  openTo(depth: number): void;
  set(option: "control" | "hubs" | "sides", on: boolean): void;
  paint(overlay: string): void;
  showCode(): void;
  save(form: string): void;
  zoom(inwards: boolean): void;
  fit(): void;
}

const FORMS = ["SVG", "PNG", "PDF", "DOT", "JSON"];
const TYPING_MS = 150; // after which a search begins

export class Bar {
  readonly element: HTMLElement;
  readonly searchField: HTMLInputElement;
  private readonly found: HTMLButtonElement;
  private timer = 0;
  private asked = ""; // what was searched last

  constructor(
    opening: Opening,
    private readonly actions: BarActions,
  ) {
    const { name, nodes, overlays, hasCode } = opening;
    this.searchField = html("input", {
      type: "search",
      class: "tfkit-search",
      placeholder: "Search  (/)",
      "aria-label":
        "Search: a regular expression, or conditions such as op:MatMul shape:(None,10) params>1000",
      spellcheck: "false",
    });
    this.searchField.title = this.searchField.getAttribute("aria-label") ?? "";
    this.found = button("", "Show what was found", () => actions.listHits());
    this.found.classList.add("tfkit-found");
    this.found.hidden = true;
    this.listen();
    this.element = html(
      "div",
      { class: "tfkit-bar-top", role: "toolbar", "aria-label": "Graph" },
      html("div", { class: "tfkit-name" }, html("strong", { title: name }, name), countText(nodes, "node")),
      html("div", { class: "tfkit-finder" }, this.searchField, this.found),
      html(
        "div",
        { class: "tfkit-tools" },
        menu("Groups", this.groupEntries(opening)),
        ...(overlays.length ? [this.paintChoice(opening)] : []),
        ...(hasCode
          ? [button("Code", "Show the lines of code that made the graph", () => actions.showCode())]
          : []),
        menu(
          "Save",
          FORMS.map((form) =>
            entry(form, `save-${form.toLowerCase()}`, () => actions.save(form.toLowerCase())),
          ),
        ),
        named(button("\u2212", "Zoom out", () => actions.zoom(false))),
        named(button("+", "Zoom in", () => actions.zoom(true))),
        fitButton(() => actions.fit()),
      ),
    );
  }

  /** Says what a search found; nothing where there is none. */
  setFound(text: string, isError = false): void {
    this.found.textContent = text;
    this.found.hidden = !text;
    this.found.disabled = isError;
    this.searchField.setAttribute("aria-invalid", String(isError));
  }

  private listen(): void {
    this.searchField.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.search(), TYPING_MS);
    });
  }

  /** Searches at once and goes to the next hit, or to the one before. */
  enter(forward: boolean): void {
    clearTimeout(this.timer);
    const text = this.searchField.value.trim();
    if (text !== this.asked) this.search();
    this.actions.step(forward);
  }

  clear(): void {
    this.searchField.value = "";
    this.asked = "";
    this.setFound("");
  }

  private search(): void {
    this.asked = this.searchField.value.trim();
    this.actions.search(this.asked);
  }

  private groupEntries({ depth, controls, control, isDiff }: Opening): HTMLElement[] {
    const { actions } = this;
    const depths = Array.from({ length: Math.max(0, Math.min(depth, 9) - 1) }, (_, place) =>
      entry(`Open to depth ${place + 1}`, `open-depth-${place + 1}`, () => actions.openTo(place + 1)),
    );
    return [
      entry("Open all", "open-all", () => actions.openTo(Number.POSITIVE_INFINITY)),
      ...depths,
      entry("Close all", "close-all", () => actions.openTo(0)),
      check("Pull hubs out", "hubs", true, (on) => actions.set("hubs", on)),
      ...(controls ? [check("Control edges", "control", control, (on) => actions.set("control", on))] : []),
      ...(isDiff ? [check("Side by side", "sides", true, (on) => actions.set("sides", on))] : []),
    ];
  }

  private paintChoice({ overlays, overlay }: Opening): HTMLElement {
    const choice = html("select", { class: "tfkit-paint", "aria-label": "Colour by" });
    choice.title = "Colour the graph by a number";
    choice.append(
      html("option", { value: "" }, "Colour: kind"),
      ...overlays.map((name) => {
        const made = html("option", {}, `Colour: ${name}`);
        made.value = name; // as it is, to be asked for: an attribute would have marks in it
        return made;
      }),
    );
    choice.value = overlay;
    choice.addEventListener("change", () => this.actions.paint(choice.value));
    return choice;
  }
}

function entry(text: string, action: string, chosen: () => void): HTMLElement {
  const made = html("button", { type: "button", "data-action": action, class: "tfkit-entry" }, text);
  made.addEventListener("click", () => {
    made.closest<HTMLElement>("[popover]")?.hidePopover();
    chosen();
  });
  return made;
}

function check(text: string, action: string, on: boolean, changed: (on: boolean) => void): HTMLElement {
  const box = html("input", { type: "checkbox", "data-action": action });
  box.checked = on;
  box.addEventListener("change", () => changed(box.checked));
  return html("label", { class: "tfkit-entry" }, box, text);
}

/** A sign instead of a word: who says the word that is seen to a computer must find the button by it (WCAG 2.5.3). */
function fitButton(act: () => void): HTMLElement {
  const made = named(button("", "Show the whole graph", act));
  const corners = "M2 5V2h3M9 2h3v3M12 9v3H9M5 12H2V9";
  const sign = svg("svg", { class: "tfkit-fit", viewBox: "0 0 14 14", "aria-hidden": "true" });
  sign.append(svg("path", { d: corners }));
  made.append(sign);
  return made;
}

/** Returns a button with a list that it opens above everything else: an output may be lower than the list. */
function menu(title: string, entries: HTMLElement[]): HTMLElement {
  const list = html(
    "div",
    { class: "tfkit-menu", popover: "auto", role: "group", "aria-label": title },
    ...entries,
  );
  const opener = html("button", { type: "button", class: "tfkit-button" }, `${title} \u25be`);
  opener.popoverTargetElement = list;
  list.addEventListener("beforetoggle", () => {
    const { left, bottom } = opener.getBoundingClientRect();
    list.style.left = `${Math.max(4, Math.min(left, window.innerWidth - 200))}px`;
    list.style.top = `${bottom + 2}px`;
  });
  return html("div", {}, opener, list);
}
