// What a reader types to find nodes: regular expressions and conditions, all of which must hold.
//
//   conv.*bias   op:MatMul   shape:(None,10)   params>1000   time>2ms   -kind:constant   "two words"

import type { Graph, Node } from "./model.ts";
import { numberFacts } from "./overlays.ts";
import { shapeText } from "./style.ts";

type Test = (node: Node) => boolean;

/** A minus, a name with a sign, and what it is compared with; brackets keep blanks together. */
const TERM = /\s*(-)?(?:([A-Za-z_][\w.]*)(>=|<=|!=|[:=<>]))?("[^"]*"|(?:\([^()]*\)|[^\s"])+)/y;
const NUMBER = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(k|M|G|kB|MB|GB|B|s|ms|us|\u00b5s)?$/;
const UNITS = new Map(
  Object.entries({
    k: 1e3,
    M: 1e6,
    G: 1e9,
    B: 1,
    kB: 1e3,
    MB: 1e6,
    GB: 1e9,
    s: 1,
    ms: 1e-3,
    us: 1e-6,
    "\u00b5s": 1e-6,
  }),
);

/** What can be asked as text; the whole of it must fit where `whole` says so. */
const TEXTS: Record<string, { whole?: true; of: (node: Node, graph: Graph) => string[] }> = {
  id: { of: ({ id }) => [id] },
  label: { of: ({ label }) => [label] },
  op: { whole: true, of: ({ op }) => [op] },
  kind: { whole: true, of: ({ kind }) => [kind] },
  dtype: { whole: true, of: ({ outputs }) => outputs.map(({ dtype }) => dtype) },
  mark: { whole: true, of: ({ mark }) => [mark] },
  note: { of: ({ note }) => [note] },
  device: { of: ({ outputs }) => outputs.map(({ device }) => device ?? "") },
  group: { of: ({ scope }, { scopes }) => (scope < 0 ? [] : [scopes[scope].path]) },
  file: { of: ({ source }) => (source ? [source.file] : []) },
};

/** Returns the places of all nodes that a query fits. Throws an `Error` that says what is wrong with it. */
export function search(graph: Graph, query: string): number[] {
  const tests = readQuery(query, graph);
  return graph.nodes.flatMap((node, place) => (tests.every((fits) => fits(node)) ? [place] : []));
}

function readQuery(query: string, graph: Graph): Test[] {
  const tests: Test[] = [];
  TERM.lastIndex = 0;
  const text = query.trim();
  while (TERM.lastIndex < text.length) {
    const at = TERM.lastIndex;
    const found = TERM.exec(text);
    if (!found) throw new Error(`a quotation mark is missing after ${text.slice(at, at + 20)}`);
    const [, not, name, sign, written] = found;
    const value = written.startsWith('"') ? written.slice(1, -1) : written;
    const fits = name ? condition(name, sign, value, graph) : anywhere(value);
    tests.push(not ? (node) => !fits(node) : fits);
  }
  return tests;
}

function anywhere(pattern: string): Test {
  const found = expression(pattern);
  return ({ id, label, op }) => found.test(id) || found.test(label) || found.test(op);
}

function expression(pattern: string, whole = false): RegExp {
  try {
    return new RegExp(whole ? `^(?:${pattern})$` : pattern, "iu");
  } catch {
    throw new Error(`${pattern} is not a regular expression`);
  }
}

function condition(name: string, sign: string, value: string, graph: Graph): Test {
  if (sign === "!=") {
    const equal = condition(name, "=", value, graph);
    return (node) => !equal(node);
  }
  const number = numberFacts.get(name);
  if (number) return compare(number, sign, readNumber(name, value));
  const isEqual = sign === ":" || sign === "=";
  if (name === "shape" && isEqual) return ofShape(value);
  if (Object.hasOwn(TEXTS, name) && isEqual) {
    const { whole, of } = TEXTS[name];
    const found = expression(value, whole);
    return (node) => of(node, graph).some((text) => found.test(text));
  }
  if (name === "shape" || Object.hasOwn(TEXTS, name)) throw new Error(`${name} goes with : = or !=`);
  return ofAttribute(name, sign, value, graph);
}

function ofAttribute(name: string, sign: string, value: string, graph: Graph): Test {
  if (!graph.nodes.some(({ attributes }) => Object.hasOwn(attributes, name))) {
    throw new Error(`no node has anything called ${name}`);
  }
  const of = ({ attributes }: Node) => (Object.hasOwn(attributes, name) ? attributes[name] : null);
  if (sign !== ":" && sign !== "=") {
    const number = (node: Node) => (typeof of(node) === "number" ? (of(node) as number) : null);
    return compare(number, sign, readNumber(name, value));
  }
  const found = expression(value, true);
  return (node) => {
    const known = of(node);
    return known !== null && found.test(typeof known === "string" ? known : JSON.stringify(known));
  };
}

function readNumber(name: string, text: string): number {
  const found = NUMBER.exec(text);
  if (!found) throw new Error(`${name} is compared with a number, and ${text} is none`);
  return Number(found[1]) * (UNITS.get(found[2]) ?? 1);
}

function compare(of: (node: Node) => number | null, sign: string, limit: number): Test {
  const fits: Record<string, (value: number) => boolean> = {
    ">": (value) => value > limit,
    "<": (value) => value < limit,
    ">=": (value) => value >= limit,
    "<=": (value) => value <= limit,
    "=": (value) => value === limit,
    ":": (value) => value === limit,
  };
  return (node) => {
    const value = of(node);
    return value !== null && fits[sign](value);
  };
}

/** A star stands for any axis; an axis without a size is None, as Python writes it. */
function ofShape(value: string): Test {
  const axes = (text: string) =>
    text
      .replace(/[()[\]\s]/g, "")
      .split(",")
      .filter((axis) => axis);
  const wanted = axes(value);
  const fits = (found: string[]) =>
    found.length === wanted.length &&
    found.every((axis, place) => wanted[place] === "*" || wanted[place] === axis);
  return ({ outputs }) => outputs.some((output) => fits(axes(shapeText(output))));
}
