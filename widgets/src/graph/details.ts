// What is known about one node or group, as a panel of text.

import { html } from "./elements.ts";
import type { Attribute, Attributes, Node, Output, Source, Summary } from "./model.ts";
import { grouped, shapeText } from "./style.ts";

const MOST_LINKS = 30;

const KIND_WORDS = new Map([
  ["op", "operation"],
  ["scope", "group"],
]);

const TIMES: [number, string][] = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "\u00b5s"],
];
const SIZES: [number, string][] = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
  [1, "B"],
];

/** A neighbour that one can go to. */
export interface Neighbour {
  text: string;
  go: () => void;
}

export interface Subject {
  label: string;
  facts: [string, string][];
  kind: string;
  outputs: Output[];
  attributes: Attributes;
  source: Source | null;
  inputs: Neighbour[];
  users: Neighbour[];
}

/** Fills the panel with what is known about `subject`. */
export function showDetails(panel: HTMLElement, subject: Subject, close: () => void): void {
  const button = html(
    "button",
    { type: "button", class: "tfkit-close", "aria-label": "Close details" },
    "\u00d7",
  );
  button.addEventListener("click", close);
  const several = subject.outputs.length > 1;
  panel.replaceChildren(
    html(
      "header",
      {},
      html("h3", {}, subject.label),
      html(
        "span",
        { class: `tfkit-badge tfkit-${subject.kind}` },
        KIND_WORDS.get(subject.kind) ?? subject.kind,
      ),
      button,
    ),
    facts(subject.facts),
    ...subject.outputs.flatMap((output, index) => outputPart(several ? `Output ${index}` : "Output", output)),
    ...part("Attributes", Object.entries(subject.attributes).map(attributeFact)),
    ...sourcePart(subject.source),
    ...linksPart("Inputs", subject.inputs),
    ...linksPart("Used by", subject.users),
  );
  panel.scrollTop = 0;
}

/** Returns a text with places to break it at: a long name reads better cut after a slash than anywhere. */
function breakable(text: string): (string | HTMLElement)[] {
  return text.split(/(?<=\/)/).flatMap((part, index) => (index ? [html("wbr"), part] : [part]));
}

function facts(pairs: [string, string][]): HTMLElement {
  const rows = pairs.flatMap(([name, value]) => [html("dt", {}, name), html("dd", {}, ...breakable(value))]);
  return html("dl", {}, ...rows);
}

function part(title: string, pairs: [string, string][]): HTMLElement[] {
  return pairs.length ? [html("h4", {}, title), facts(pairs)] : [];
}

/** Returns what became of a node in a run or between two graphs, and what it took. */
export function outcomeFacts({ mark, note, cost }: Node): [string, string][] {
  const known: [string, string][] = [];
  if (mark) known.push(["State", mark]);
  if (note) known.push(["Note", note]);
  if (cost?.seconds != null) known.push(["Time", scaled(cost.seconds, TIMES)]);
  if (cost?.bytes != null) known.push(["Memory", scaled(cost.bytes, SIZES)]);
  return known;
}

function scaled(value: number, units: [number, string][]): string {
  const [size, name] = units.find(([unit]) => value >= unit) ?? units[units.length - 1];
  return `${Number((value / size).toPrecision(3))} ${name}`;
}

function outputPart(title: string, output: Output): HTMLElement[] {
  const known: [string, string][] = [
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
  const text = html("pre", { class: summary.nan || summary.infinite ? "tfkit-warning" : "" }, summary.text);
  const numbers: [string, string][] = [["Elements", grouped(summary.size)]];
  for (const [name, value] of [
    ["Minimum", summary.minimum],
    ["Maximum", summary.maximum],
    ["Mean", summary.mean],
    ["Std. deviation", summary.std],
  ] as const) {
    if (value !== null) numbers.push([name, numberText(value)]);
  }
  numbers.push(["NaN", grouped(summary.nan)], ["Infinite", grouped(summary.infinite)]);
  return [html("h4", {}, title), text, facts(numbers)];
}

function numberText(value: number | string): string {
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : value;
}

function attributeFact([name, value]: [string, Attribute]): [string, string] {
  if (typeof value === "string") return [name, value];
  return [name, typeof value === "number" ? value.toLocaleString("en-US") : JSON.stringify(value)];
}

function sourcePart(source: Source | null): HTMLElement[] {
  if (!source) return [];
  const place = html("p", { class: "tfkit-place" }, `${source.file}, line ${source.line}`);
  const text = source.text ? [html("pre", {}, source.text)] : [];
  return [html("h4", {}, "Source"), place, ...text];
}

function linksPart(title: string, neighbours: Neighbour[]): HTMLElement[] {
  if (!neighbours.length) return [];
  const items = neighbours.slice(0, MOST_LINKS).map(({ text, go }) => {
    const link = html("button", { type: "button", class: "tfkit-link" }, text);
    link.addEventListener("click", go);
    return html("li", {}, link);
  });
  const more = neighbours.length - items.length;
  if (more > 0) items.push(html("li", {}, `and ${grouped(more)} more`));
  return [html("h4", {}, title), html("ul", {}, ...items)];
}
