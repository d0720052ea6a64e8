// All that is known about one node or group, as plain values for the panel of details.

import type { Attribute, Edge, Graph, Kind, Node, Output, Summary } from "./model.ts";
import { nodesIn } from "./reach.ts";
import { countText, grouped, SIZES, scaled, shapeText, TIMES } from "./style.ts";
import { groupItem, groupOf, type Item, isGroup, KINDS } from "./visible.ts";

const MOST_LINKS = 30;
const MOST_WEIGHTS = 60;

export type Fact = [name: string, value: string];

/** A neighbour that one can go to. */
export interface Link {
  item: Item;
  text: string;
}

/** A line of code with the number of nodes that it made. */
export interface CodeLine {
  line: number;
  text: string;
  nodes: number;
}

export interface Links {
  shown: Link[];
  more: number;
}

interface Weight extends Link {
  summary: Summary | null;
}

export interface Subject {
  item: Item;
  label: string;
  kind: Kind;
  doc: string;
  facts: Fact[];
  outputs: Output[];
  attributes: Fact[];
  source: { file: string; line: number; lines: CodeLine[] } | null;
  weights: Weight[];
  inputs: Links;
  users: Links;
}

/** Returns what is known about an item of the graph. */
export function subjectOf(graph: Graph, item: Item): Subject {
  return isGroup(item) ? groupSubject(graph, groupOf(item)) : nodeSubject(graph, item);
}

function nodeSubject(graph: Graph, place: number): Subject {
  const node = graph.nodes[place];
  const facts: Fact[] = [
    ["Name", node.id],
    ["Operation", node.op],
  ];
  if (node.scope >= 0) facts.push(["Group", graph.scopes[node.scope].path]);
  return {
    item: place,
    label: node.label,
    kind: node.kind,
    doc: graph.docs.get(node.kind === "layer" ? `layer ${node.op}` : node.op) ?? "",
    facts: [...facts, ...outcome(node)],
    outputs: node.outputs,
    attributes: Object.entries(node.attributes).map(attributeFact),
    source: sourceOf(graph, node),
    weights: [],
    ...neighbours(graph, new Set([place])),
  };
}

function groupSubject(graph: Graph, group: number): Subject {
  const { path, label, kind, attributes } = graph.scopes[group];
  const members = nodesIn(graph, groupItem(group));
  const known = new Map(Object.entries(attributes));
  return {
    item: groupItem(group),
    label,
    kind: KINDS[kind],
    doc: graph.docs.get(`layer ${known.get("class")}`) ?? "",
    facts: [
      ["Name", path],
      ["Holds", countText(members.length, "operation")],
    ],
    outputs: [],
    attributes: Object.entries(attributes).map(attributeFact),
    source: null,
    weights: members.flatMap((place) => weightOf(graph, place)).slice(0, MOST_WEIGHTS),
    ...neighbours(graph, new Set(members)),
  };
}

/** Returns what became of a node in a run or between two graphs, and what it took. */
function outcome({ mark, note, cost }: Node): Fact[] {
  const known: Fact[] = [];
  if (mark) known.push(["State", mark]);
  if (note) known.push(["Note", note]);
  if (cost?.seconds != null) known.push(["Time", scaled(cost.seconds, TIMES)]);
  if (cost?.bytes != null) known.push(["Memory", scaled(cost.bytes, SIZES)]);
  return known;
}

function attributeFact([name, value]: [string, Attribute]): Fact {
  if (typeof value === "string") return [name, value];
  return [name, Number.isInteger(value) ? grouped(value as number) : JSON.stringify(value)];
}

function sourceOf(graph: Graph, { source }: Node): Subject["source"] {
  if (!source) return null;
  const made = new Map<number, number>();
  for (const { source: other } of graph.nodes) {
    if (other?.file === source.file) made.set(other.line, (made.get(other.line) ?? 0) + 1);
  }
  const context: [number, string][] = source.context ?? (source.text ? [[source.line, source.text]] : []);
  const lines = context.map(([line, text]) => ({ line, text, nodes: made.get(line) ?? 0 }));
  return { file: source.file, line: source.line, lines: atTheLeft(lines) };
}

/** Returns lines without the indentation that all of them have. */
export function atTheLeft(lines: CodeLine[]): CodeLine[] {
  const indents = lines.filter(({ text }) => text.trim()).map(({ text }) => text.search(/\S/));
  const common = indents.reduce((least, indent) => Math.min(least, indent), Number.POSITIVE_INFINITY);
  return lines.map((line) => ({ ...line, text: line.text.slice(Math.min(common, line.text.length)) }));
}

function weightOf({ nodes }: Graph, place: number): Weight[] {
  const { kind, label, outputs } = nodes[place];
  if (kind !== "variable" || !outputs.length) return [];
  return [{ item: place, text: `${label} ${shapeText(outputs[0])}`, summary: outputs[0].value ?? null }];
}

/** Returns the links to what some nodes read from outside, and to what reads from them, each neighbour once. */
function neighbours({ nodes, edges }: Graph, inside: Set<number>): { inputs: Links; users: Links } {
  const inputs = new Map<number, Edge>();
  const users = new Map<number, Edge>();
  for (const edge of edges) {
    const [from, to] = [inside.has(edge.source), inside.has(edge.target)];
    if (to && !from && (!inputs.has(edge.source) || inputs.get(edge.source)?.control))
      inputs.set(edge.source, edge);
    if (from && !to && !users.has(edge.target)) users.set(edge.target, edge);
  }
  const byPlace = [...inputs].sort(([, a], [, b]) => a.targetInput - b.targetInput);
  const ordered = inside.size === 1 ? byPlace : [...inputs];
  return {
    inputs: links(ordered.map(([item, edge]) => ({ item, text: inputText(nodes[item], edge) }))),
    users: links([...users.keys()].map((item) => ({ item, text: nodes[item].label }))),
  };
}

const links = (all: Link[]): Links => ({
  shown: all.slice(0, MOST_LINKS),
  more: Math.max(0, all.length - MOST_LINKS),
});

function inputText(source: Node, { sourceOutput, control }: Edge): string {
  if (control) return `${source.label} (runs before)`;
  const output = source.outputs[sourceOutput];
  const which = source.outputs.length > 1 ? `:${sourceOutput}` : "";
  return `${source.label}${which}${output ? ` ${shapeText(output)}` : ""}`;
}
