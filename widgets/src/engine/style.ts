// How a graph looks: sizes, colours and the words in a box. Twin of tfkit/drawing/style.py, step by step,
// so that the live view and the still picture have the same boxes; the numbers are the same file.

import STYLE from "../../../tfkit/drawing/style.json";
import type { Attributes, Mark, Node, Output, Summary } from "./model.ts";

export { STYLE };

const OTHER_WIDTH = 600;
const WIDE_WIDTH = 1000;
const FIRST_WIDE = 0x1100;
const SHORT = 4; // elements of a value that a box shows
const DIGITS = 7; // of a number with a gradient: what a float32 has
const SHAPED = new Set(["variable", "input", "constant"]);
/** What Python's str.split() takes for white space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts these as white space.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/** Returns the width of one line of text in px, rounded up. */
export function textWidth(text: string, size: number, bold = false): number {
  let total = 0;
  for (const char of text) total += charWidth(char.codePointAt(0) ?? 0);
  total *= size;
  return Math.ceil((bold ? Math.floor((total * STYLE.bold_factor) / 1000) : total) / 1000);
}

function charWidth(code: number): number {
  if (code >= 32 && code < 127) return STYLE.char_widths[code - 32];
  return code < FIRST_WIDE ? OTHER_WIDTH : WIDE_WIDTH;
}

/** Returns `text` on one line, cut in the middle with an ellipsis where it is wider than a box may be. */
export function shorten(text: string, size: number, bold = false): string {
  const line = text.split(WHITE_SPACE).filter(Boolean).join(" ");
  const chars = Array.from(line);
  if (chars.length <= 200 && textWidth(line, size, bold) <= STYLE.max_text) return line;
  let keep = Math.min(chars.length - 1, 100);
  while (keep > 2 && textWidth(cut(chars, keep), size, bold) > STYLE.max_text) keep -= 1;
  return cut(chars, keep);
}

/** Returns `text` broken between words into a few lines, what does not fit shortened on the last one. */
function wrapped(text: string, size: number): string[] {
  let words = text.split(WHITE_SPACE).filter(Boolean);
  const found: string[] = [];
  while (words.length) {
    let count = 1;
    const fits = (next: number) => textWidth(words.slice(0, next).join(" "), size) <= STYLE.max_text;
    while (count < words.length && fits(count + 1)) count += 1;
    if (found.length === STYLE.max_lines - 1) count = words.length;
    found.push(shorten(words.slice(0, count).join(" "), size));
    words = words.slice(count);
  }
  return found;
}

function cut(chars: string[], keep: number): string {
  const tail = Math.floor(keep / 2);
  return `${chars.slice(0, keep - tail).join("")}\u2026${chars.slice(chars.length - tail).join("")}`;
}

/** Returns a shape as Python writes a tuple, `?` where the rank is unknown. */
export function shapeText({ shape }: Output): string {
  if (shape === null) return "?";
  return `(${shape.map((axis) => axis ?? "None").join(", ")}${shape.length === 1 ? "," : ""})`;
}

/** Returns the sign that stands on what failed or differs, so that it is not told by colour alone. */
export function badgeSign(mark: Mark): string | undefined {
  return new Map<string, string>(Object.entries(STYLE.badges)).get(mark);
}

/** Returns a mark and what there is to say about it, as one text. */
export function markText({ mark, note }: { mark: Mark; note: string }): string {
  return [mark, note].filter(Boolean).join(": ");
}

/**
 * Returns the lines of text in a node's box: its label, what it is, a short value and gradient, the number of an
 * overlay, what became of it, and which hubs it is connected to.
 */
export function lines(node: Node, amount = ""): string[] {
  const short = valueLine(node);
  const detail = short && node.kind === "constant" ? "" : detailLine(node); // a constant is its value
  const told = node.mark === "failed" || node.mark === "changed" ? node.note : "";
  const note = node.mark === "not run" ? node.mark : told;
  const numbers = [detail, short, gradientLine(node), amount].filter(Boolean);
  const details = numbers.map((text) => shorten(text, STYLE.detail_size));
  const more = [note, ...hubLines(node)].flatMap((text) => wrapped(text, STYLE.detail_size));
  return [shorten(node.label, STYLE.label_size, true), ...details, ...more];
}

/** Returns what a box says of a value; where there is a gradient, too, with all digits that it has. */
export function valueLine({ outputs: [output, ...more] }: Node): string {
  if (!output?.value || more.length || output.value.size > SHORT) return "";
  return `= ${output.gradient ? numberText(output.value) : output.value.text}`;
}

/** Returns what a box says of the gradient by its node; that by a constant is of no use to anybody. */
export function gradientLine({ kind, outputs: [output] }: Node): string {
  return !output?.gradient || kind === "constant" ? "" : `grad ${numberText(output.gradient)}`;
}

/** Returns a tensor in a few characters: a number with seven digits, up to four elements, or its norm. */
export function numberText(summary: Summary | undefined | null): string {
  if (!summary) return "nothing";
  if (summary.size === 1 && typeof summary.minimum === "number") return shortNumber(summary.minimum, DIGITS);
  if (summary.size <= SHORT || typeof summary.mean !== "number" || typeof summary.std !== "number")
    return summary.text;
  return `norm ${shortNumber(norm(summary))}`;
}

/** Returns the length of the finite elements of a tensor as one vector. */
export function norm({ mean, std, size, nan, infinite }: Summary): number {
  if (typeof mean !== "number" || typeof std !== "number") return 0;
  return Math.sqrt(size - nan - infinite) * Math.hypot(mean, std);
}

/** Returns what stands in a box instead of wires from and to nodes that everything is connected to. */
function hubLines({ attributes }: Node): string[] {
  const known = new Map(Object.entries(attributes));
  const found: string[] = [];
  const read = known.get("hub_inputs");
  // The places of an object are in order already, those of tensors first.
  const inputs = read && typeof read === "object" && !Array.isArray(read) ? Object.values(read) : [];
  if (inputs.length)
    found.push(`\u2190 ${hubNames(inputs.map((name) => String(name).replace(/:\d+$/, "")))}`);
  const fed = known.get("hub_outputs");
  if (Array.isArray(fed) && fed.length) found.push(`\u2192 ${hubNames(fed.map(String))}`);
  const neighbours = known.get("neighbours");
  if (typeof neighbours === "number") found.push(countText(neighbours, "connection"));
  return found;
}

/** Returns the last part of each id, each once. */
function hubNames(ids: string[]): string {
  return [...new Set(ids.map((id) => id.split("/").filter(Boolean).pop() ?? id))].join(", ");
}

/** Returns the second line: what makes this kind of node what it is. */
function detailLine(node: Node): string {
  if (node.members) return parametersText(node.attributes) || countText(node.members, "operation");
  if (node.kind === "layer") return parametersText(node.attributes) || node.op;
  if (SHAPED.has(node.kind) && node.outputs.length) {
    return `${shapeText(node.outputs[0])} ${node.outputs[0].dtype}`;
  }
  return node.label.replace(/_\d+$/, "").toLowerCase() === node.op.toLowerCase() ? "" : node.op;
}

/** Returns `Dense, 7,850 parameters` for a layer that says so, else nothing. */
function parametersText(attributes: Attributes): string {
  const of = new Map(Object.entries(attributes));
  const count = of.get("parameters");
  const name = String(of.get("class") ?? "");
  return typeof count === "number" && count ? `${name}, ${grouped(count)} parameters` : name;
}

/** What numbers are counted in, the largest first. */
export type Units = [number, string][];
export const TIMES: Units = [
  [1, "s"],
  [1e-3, "ms"],
  [1e-6, "\u00b5s"],
];
export const SIZES: Units = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
  [1, "B"],
];

/** Returns a number in the largest unit of which there is one. */
export function scaled(value: number, units: Units): string {
  const [size, name] = units.find(([unit]) => Math.abs(value) >= unit) ?? units[units.length - 1];
  return `${shortNumber(value / size)} ${name}`;
}

/** Returns a number with three digits, or with all that stand before the point where these are more. */
export function shortNumber(value: number, digits = 3): string {
  const whole = Math.abs(value) >= 10 ** digits && Math.abs(value) < 1e15;
  const rounded = Number(whole ? value.toFixed(0) : value.toPrecision(digits)) || 0;
  const size = Math.abs(rounded);
  if (size && (size < 1e-4 || size >= 1e15)) return rounded.toExponential();
  return rounded.toLocaleString("en-US", { maximumSignificantDigits: 15 });
}

export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

export function countText(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * Returns what to write beside a wire where it leaves a node, or nothing where that would say nothing new: the
 * tensor's shape, or how many tensors one wire stands for.
 */
export function wireText(node: Node, place: number, count = 1): string {
  if (count > 1) return `${grouped(count)} tensors`;
  const output = node.outputs[place];
  // A single number needs no shape, and an input or a variable says its own in the box.
  if (!output || output.shape?.length === 0 || node.kind === "input" || node.kind === "variable") return "";
  return shorten(shapeText(output), STYLE.wire_size);
}
