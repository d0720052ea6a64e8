// Numbers to colour a graph by: what each node has of something, and groups what their members have together.
// The same rules as tfkit/overlays.py.

import type { Graph, Node, Output, Overlay } from "./model.ts";
import { SIZES, STYLE, scaled, shortNumber, TIMES } from "./style.ts";
import type { Item } from "./visible.ts";

type NumberOf = (node: Node) => number | null;

/** Bytes of one element; of a type that is not listed nothing is known. */
const BYTES = new Map<string, number>(Object.entries(STYLE.dtype_bytes));

/** What can be measured in a graph itself. */
const MEASURES = new Map<string, Pick<Overlay, "unit" | "how"> & { of: NumberOf }>([
  ["parameters", { unit: "", how: "sum", of: parametersOf }],
  ["output size", { unit: "B", how: "sum", of: ({ outputs }) => total(outputs.map(bytesOf)) }],
  ["time", { unit: "s", how: "sum", of: ({ cost }) => cost?.seconds ?? null }],
  ["memory", { unit: "B", how: "sum", of: ({ cost }) => cost?.bytes ?? null }],
  ["value range", { unit: "", how: "most", of: ({ outputs }) => most(outputs.map(rangeOf)) }],
  ["gradient norm", { unit: "", how: "norm", of: ({ outputs }) => norm(outputs.map(gradientNorm)) }],
]);

const DEVICE = "device";
const NEARLY = 1e-9; // of a step: the last digits of logarithms are not the same in all languages

/** What a query can compare with a number. */
export const numberFacts = new Map<string, NumberOf>([
  ...["params", "parameters"].map((name) => [name, parametersOf] as const),
  ["size", ({ outputs }) => total(outputs.map(bytesOf))],
  ["elements", ({ outputs }) => total(outputs.map(elementsOf))],
  ["rank", ({ outputs }) => outputs[0]?.shape?.length ?? null],
  ["time", ({ cost }) => cost?.seconds ?? null],
  ["memory", ({ cost }) => cost?.bytes ?? null],
  ["min", ({ outputs }) => number(outputs[0]?.value?.minimum)],
  ["max", ({ outputs }) => number(outputs[0]?.value?.maximum)],
  ["mean", ({ outputs }) => number(outputs[0]?.value?.mean)],
  ["std", ({ outputs }) => number(outputs[0]?.value?.std)],
  ["nan", ({ outputs }) => total(outputs.map(({ value }) => value?.nan ?? null))],
  ["inf", ({ outputs }) => total(outputs.map(({ value }) => value?.infinite ?? null))],
  ["gradient", ({ outputs }) => norm(outputs.map(gradientNorm))],
  ["line", ({ source }) => source?.line ?? null],
]);

/** Returns the numbers of one name for all nodes, or null where the graph has none. */
export function measure(graph: Graph, name: string): Overlay | null {
  if (name === graph.overlay?.name) return graph.overlay;
  const known = MEASURES.get(name);
  if (!known) return null;
  const values = graph.nodes.map((node) => finite(known.of(node)));
  return values.some((value) => value) ? { name, unit: known.unit, how: known.how, values } : null;
}

/** Returns the names of all numbers that a graph can be coloured by. */
export function overlayNames(graph: Graph): string[] {
  const own = graph.overlay ? [graph.overlay.name] : [];
  const found = [...MEASURES].filter(([, { of }]) => graph.nodes.some((node) => finite(of(node))));
  const placed = devices(graph).length ? [DEVICE] : [];
  return [...new Set([...own, ...found.map(([name]) => name), ...placed])];
}

/** Returns the number of each drawn item; what a group's members have together is its own. */
export function amountsOf({ values, how }: Overlay, items: Int32Array): Map<Item, number> {
  const found = new Map<Item, number>();
  values.forEach((value, node) => {
    if (value === null) return;
    const known = found.get(items[node]);
    found.set(items[node], known === undefined ? value : together(how, known, value));
  });
  return found;
}

function together(how: Overlay["how"], one: number, other: number): number {
  const found = how === "most" ? Math.max(one, other) : how === "norm" ? Math.hypot(one, other) : one + other;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, found));
}

/** Returns a number in the units that people say. */
export function amountText(value: number, unit: string): string {
  if (unit === "s") return scaled(value, TIMES);
  if (unit === "B") return scaled(value, SIZES);
  return unit ? `${shortNumber(value)} ${unit}` : shortNumber(value);
}

/** How drawn items are painted: a step of the colour scale and a text for each, and what the steps mean. */
export interface Paint {
  title: string;
  steps: Map<Item, number>;
  texts: Map<Item, string>;
  legend: { step: number; text: string }[];
}

/** Returns how to paint what is drawn, or null where nothing is known of that name. */
export function paint(graph: Graph, name: string, items: Int32Array): Paint | null {
  if (name === DEVICE && graph.overlay?.name !== DEVICE) return paintDevices(graph, items);
  const overlay = measure(graph, name);
  if (!overlay) return null;
  const amounts = amountsOf(overlay, items);
  if (!amounts.size) return null;
  const step = heatScale([...amounts.values()]);
  const title = overlay.how === "most" ? `${name}, largest magnitude` : name;
  const found: Paint = { title, steps: new Map(), texts: new Map(), legend: [] };
  for (const [item, value] of amounts) {
    found.steps.set(item, step(value));
    found.texts.set(item, amountText(value, overlay.unit));
  }
  const ends = [Math.min, Math.max].map((pick) => [...amounts.values()].reduce((a, b) => pick(a, b)));
  found.legend = Array.from({ length: STYLE.heat_steps }, (_, place) => ({ step: place, text: "" }));
  found.legend[0].text = amountText(ends[0], overlay.unit);
  found.legend[STYLE.heat_steps - 1].text = amountText(ends[1], overlay.unit);
  return found;
}

/** Devices have no order: each has a step of its own, and its name instead of a number. */
function paintDevices(graph: Graph, items: Int32Array): Paint {
  const found: Paint = { title: DEVICE, steps: new Map(), texts: new Map(), legend: [] };
  const known = devices(graph);
  graph.nodes.forEach(({ outputs }, node) => {
    const device = outputs.find((output) => output.device)?.device;
    if (!device) return;
    const [text, before] = [shortDevice(device), found.texts.get(items[node])];
    if (before !== undefined && before !== text) found.steps.delete(items[node]);
    else found.steps.set(items[node], known.indexOf(text) % STYLE.heat_steps);
    found.texts.set(items[node], before === undefined || before === text ? text : "several devices");
  });
  found.legend = known.slice(0, STYLE.heat_steps).map((text, step) => ({ step, text }));
  return found;
}

function devices({ nodes }: Graph): string[] {
  const all = nodes.flatMap(({ outputs }) => outputs.flatMap(({ device }) => device || []));
  return [...new Set(all.map(shortDevice))].sort();
}

/** `CPU:0` of `/job:localhost/replica:0/task:0/device:CPU:0`. */
function shortDevice(device: string): string {
  return device.replace(/^.*device:/i, "").replace(/^\//, "");
}

/** Returns what gives a number its step on the colour scale; over a wide range the steps are powers. */
function heatScale(values: number[]): (value: number) => number {
  const steps = STYLE.heat_steps;
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const least = values.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), high);
  const byPowers = low === 0 && high > least * STYLE.heat_powers_from;
  return (value) => {
    const share = byPowers
      ? (Math.log(Math.max(value, least)) - Math.log(least)) / (Math.log(high) - Math.log(least))
      : (value / 2 - low / 2) / (high / 2 - low / 2 || 1); // the whole range may be more than a number holds
    return Math.min(steps - 1, Math.max(0, Math.floor(share * steps + NEARLY)));
  };
}

function parametersOf({ kind, outputs, attributes }: Node): number | null {
  const stated = Object.hasOwn(attributes, "parameters") ? attributes.parameters : null;
  if (typeof stated === "number") return stated;
  return kind === "variable" && outputs.length ? elementsOf(outputs[0]) : null;
}

/** Returns the number of elements; an axis of unknown size counts as one. */
function elementsOf({ shape }: Output): number | null {
  return shape?.reduce<number>((product, axis) => product * (axis ?? 1), 1) ?? null;
}

function bytesOf(output: Output): number | null {
  const [elements, size] = [elementsOf(output), BYTES.get(output.dtype)];
  return elements !== null && size !== undefined ? elements * size : null;
}

/** The largest magnitude, because that is what grows when training fails. */
function rangeOf({ value }: Output): number | null {
  const ends = known([number(value?.minimum), number(value?.maximum)]);
  return ends.length ? Math.max(...ends.map(Math.abs)) : null;
}

/** The norm of a gradient, from the mean and the spread of its finite elements. */
function gradientNorm({ gradient }: Output): number | null {
  const [mean, std] = [number(gradient?.mean), number(gradient?.std)];
  if (!gradient || mean === null || std === null) return null;
  return Math.sqrt(gradient.size - gradient.nan - gradient.infinite) * Math.hypot(mean, std);
}

const finite = (value: number | null) => (Number.isFinite(value) ? value : null);
const number = (value: unknown) => (typeof value === "number" ? value : null);
const known = (values: (number | null)[]) => values.filter((value) => value !== null);
const total = (values: (number | null)[]) =>
  known(values).length ? known(values).reduce((sum, value) => sum + value, 0) : null;
const most = (values: (number | null)[]) => (known(values).length ? Math.max(...known(values)) : null);
const norm = (values: (number | null)[]) => (known(values).length ? Math.hypot(...known(values)) : null);
