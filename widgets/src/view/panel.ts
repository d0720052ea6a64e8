// Beside the drawing: what is known of one node or group, the code, or what a search found.

import type { Output, Summary } from "../engine/model.ts";
import { grouped, shapeText } from "../engine/style.ts";
import type { CodeLine, Fact, Link, Links, Subject } from "../engine/subject.ts";
import type { Item } from "../engine/visible.ts";
import { html, svg } from "./elements.ts";

const KIND_WORDS = new Map([
  ["op", "operation"],
  ["scope", "group"],
]);
const PIXEL = 5; // px of the page for one px of a small picture
const CHART = { width: 160, height: 36 };

/** What one can do from the panel. */
export interface PanelActions {
  go(item: Item): void;
  light(by: "ancestors" | "descendants"): void;
  pathFrom(item: Item): void;
  lightLine(file: string, line: number): void;
  close(): void;
}

export class Panel {
  // A part with a name: a page that is all view has its one landmark around it, where an <aside> may not stand.
  readonly element = html("section", { class: "tfkit-details", "aria-label": "Details", hidden: "" });

  constructor(private readonly actions: PanelActions) {}

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  hide(): void {
    this.element.hidden = true;
  }

  showSubject(subject: Subject): void {
    const word = KIND_WORDS.get(subject.kind) ?? subject.kind;
    const several = subject.outputs.length > 1;
    this.fill(
      subject.label,
      [html("span", { class: `tfkit-badge tfkit-${subject.kind}` }, word)],
      ...(subject.doc ? [html("p", { class: "tfkit-doc" }, subject.doc)] : []),
      facts(subject.facts),
      this.lightButtons(subject.item),
      ...subject.outputs.flatMap((output, place) =>
        outputPart(several ? `Output ${place}` : "Output", output),
      ),
      ...this.weightsPart(subject),
      ...part("Attributes", subject.attributes),
      ...this.sourcePart(subject.source),
      ...this.linksPart("Inputs", subject.inputs),
      ...this.linksPart("Used by", subject.users),
    );
  }

  showCode(files: { file: string; lines: CodeLine[] }[]): void {
    this.fill("Code", [], ...files.flatMap(({ file, lines }) => this.codePart(file, lines, -1)));
  }

  showHits(title: string, hits: Link[], count: number): void {
    this.fill(title, [], this.list({ shown: hits, more: count - hits.length }));
  }

  private fill(title: string, badges: HTMLElement[], ...parts: HTMLElement[]): void {
    const close = html(
      "button",
      { type: "button", class: "tfkit-close", "aria-label": "Close details" },
      "\u00d7",
    );
    close.addEventListener("click", this.actions.close);
    this.element.replaceChildren(html("header", {}, html("h3", {}, title), ...badges, close), ...parts);
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  private lightButtons(item: Item): HTMLElement {
    const row = html("div", { class: "tfkit-row", role: "group", "aria-label": "Highlight" });
    const add = (text: string, title: string, action: () => void) => row.append(button(text, title, action));
    add("Depends on", "Highlight everything that this depends on", () => this.actions.light("ancestors"));
    add("Leads to", "Highlight everything that depends on this", () => this.actions.light("descendants"));
    add("Path to\u2026", "Choose another box to see what lies between", () => this.actions.pathFrom(item));
    return row;
  }

  private weightsPart({ weights }: Subject): HTMLElement[] {
    if (!weights.length) return [];
    const rows = weights.map(({ item, text, summary }) => {
      const row = html("li", {}, this.link({ item, text }));
      if (summary)
        row.append(...chartOf(summary), html("span", { class: "tfkit-range" }, rangeText(summary)));
      return row;
    });
    return [html("h4", {}, "Weights"), html("ul", { class: "tfkit-weights" }, ...rows)];
  }

  private sourcePart(source: Subject["source"]): HTMLElement[] {
    return source ? [html("h4", {}, "Source"), ...this.codePart(source.file, source.lines, source.line)] : [];
  }

  /** Lines of code; one that made nodes is a button that lights them. */
  private codePart(file: string, lines: CodeLine[], current: number): HTMLElement[] {
    const place = html("p", { class: "tfkit-place" }, current < 0 ? file : `${file}, line ${current}`);
    const rows = lines.flatMap(({ line, text, nodes }, index) => {
      const gap =
        index && line > lines[index - 1].line + 1 ? [html("div", { class: "tfkit-gap" }, "\u22ee")] : [];
      const parts = [
        html("span", { class: "tfkit-line-number" }, String(line)),
        html("code", {}, text || " "),
        ...(nodes ? [html("span", { class: "tfkit-made" }, String(nodes))] : []),
      ];
      const kind = `tfkit-line-of-code${line === current ? " tfkit-current" : ""}`;
      if (!nodes) return [...gap, html("div", { class: kind }, ...parts)];
      const title = `Highlight the ${grouped(nodes)} operations that line ${line} made`;
      const row = html("button", { type: "button", class: kind, title, "data-line": line }, ...parts);
      if (line === current) row.setAttribute("aria-current", "true");
      row.addEventListener("click", () => this.actions.lightLine(file, line));
      return [...gap, row];
    });
    return [place, html("div", { class: "tfkit-code" }, ...rows)];
  }

  private linksPart(title: string, links: Links): HTMLElement[] {
    return links.shown.length ? [html("h4", {}, title), this.list(links)] : [];
  }

  private list({ shown, more }: Links): HTMLElement {
    const items = shown.map((link) => html("li", {}, this.link(link)));
    if (more > 0) items.push(html("li", {}, `and ${grouped(more)} more`));
    return html("ul", {}, ...items);
  }

  private link({ item, text }: Link): HTMLElement {
    const made = html("button", { type: "button", class: "tfkit-link" }, ...breakable(text));
    made.addEventListener("click", () => this.actions.go(item));
    return made;
  }
}

/** Returns a button of a bar or a panel. */
export function button(text: string, title: string, action: () => void): HTMLButtonElement {
  const made = html("button", { type: "button", class: "tfkit-button", title }, text);
  made.addEventListener("click", action);
  return made;
}

/** Gives a button with a sign for a face the name that its title says. */
export function named(made: HTMLButtonElement): HTMLButtonElement {
  made.setAttribute("aria-label", made.title);
  return made;
}

/** Returns a text with places to break it at: a long name reads better cut after a slash than anywhere. */
function breakable(text: string): (string | HTMLElement)[] {
  return text.split(/(?<=\/)/).flatMap((part, index) => (index ? [html("wbr"), part] : [part]));
}

function facts(pairs: Fact[]): HTMLElement {
  const rows = pairs.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, ...breakable(value))]);
  return html("dl", {}, ...rows);
}

function part(title: string, pairs: Fact[]): HTMLElement[] {
  return pairs.length ? [html("h4", {}, title), facts(pairs)] : [];
}

function outputPart(title: string, output: Output): HTMLElement[] {
  const known: Fact[] = [
    ["Shape", shapeText(output)],
    ["Type", output.dtype],
  ];
  if (output.device) known.push(["Device", output.device]);
  return [
    ...part(title, known),
    ...(output.value ? summaryPart("Value", output.value) : []),
    ...(output.gradient ? summaryPart("Gradient", output.gradient) : []),
  ];
}

function summaryPart(title: string, summary: Summary): HTMLElement[] {
  const odd = summary.nan > 0 || summary.infinite > 0;
  const heading = html("h4", {}, title);
  if (odd) heading.append(html("span", { class: "tfkit-flag" }, "! not finite"));
  const text = html("pre", { class: odd ? "tfkit-warning" : "" }, summary.text);
  const numbers: Fact[] = [["Elements", grouped(summary.size)]];
  for (const [name, value] of [
    ["Minimum", summary.minimum],
    ["Maximum", summary.maximum],
    ["Mean", summary.mean],
    ["Std. deviation", summary.std],
  ] as const) {
    if (value !== null) numbers.push([name, numberText(value)]);
  }
  numbers.push(["NaN", grouped(summary.nan)], ["Infinite", grouped(summary.infinite)]);
  const looks = html("div", { class: "tfkit-looks" }, ...pictureOf(summary), ...chartOf(summary));
  return [heading, text, ...(looks.childElementCount ? [looks] : []), facts(numbers)];
}

function rangeText({ minimum, maximum }: Summary): string {
  return minimum === null || maximum === null
    ? ""
    : `${numberText(minimum, 3)} \u2026 ${numberText(maximum, 3)}`;
}

function numberText(value: number | string, digits = 6): string {
  return typeof value === "number" ? String(Number(value.toPrecision(digits))) : value;
}

/** Returns the counts of a histogram as bars. */
function chartOf(summary: Summary): Element[] {
  const counts = summary.histogram ?? [];
  if (!counts.length) return [];
  const { width, height } = CHART;
  const [step, most] = [width / counts.length, Math.max(...counts)];
  const bars = counts.map((count, place) => {
    const tall = count && Math.max(1, (count / most) * height);
    return `M${place * step + 0.5} ${height}v${-tall}h${step - 1}v${tall}z`;
  });
  const label = `Histogram from ${numberText(summary.minimum ?? 0, 3)} to ${numberText(summary.maximum ?? 0, 3)}`;
  const box = { class: "tfkit-chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" };
  return [svg("svg", { ...box, "aria-label": label }, svg("path", { d: bars.join("") }))];
}

/** Returns a small picture of a tensor; its rows are written as hexadecimal gray levels. */
function pictureOf({ picture }: Summary): Element[] {
  if (!picture?.length) return [];
  const [width, height] = [picture[0].length, picture.length];
  const canvas = html("canvas", { class: "tfkit-picture", width, height, role: "img" });
  canvas.setAttribute("aria-label", "The tensor as a picture, dark for low and light for high values");
  canvas.style.width = `${Math.min(150, width * PIXEL)}px`;
  const context = canvas.getContext("2d");
  picture.forEach((row, y) => {
    Array.from(row).forEach((digit, x) => {
      const gray = 17 * Number.parseInt(digit, 16);
      if (!context) return;
      context.fillStyle = `rgb(${gray} ${gray} ${gray})`;
      context.fillRect(x, y, 1, 1);
    });
  });
  return [canvas];
}
