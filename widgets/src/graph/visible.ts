// What is drawn while some groups are open: closed groups become nodes, edges are lifted to them. The same
// rules as `collapse` and `first_open` in tfkit/passes.py.

import type { LayoutInput } from "./layout.ts";
import type { Cost, Edge, Graph, Kind, Mark, Node, Output, Scope, ScopeKind } from "./model.ts";
import { boxSize, grouped, roomWidth, STYLE, shorten, textWidth } from "./style.ts";

const KINDS: Record<ScopeKind, Kind> = {
  name: "scope",
  group: "scope",
  layer: "layer",
  function: "function",
  auxiliary: "scope",
};

const DIFFERENCES: Mark[] = ["added", "removed", "changed"];

const ALIKE = 4; // groups whose sizes differ by less than this factor

/** A drawn node: `original` is its place in the whole graph, or -1 for a closed group, `group`. */
export interface Shown extends Node {
  original: number;
  group: number;
}

/** A graph to draw; `scopes` are the open groups, `scopeNumbers` their places in the whole graph. */
export interface Visible {
  nodes: Shown[];
  edges: Edge[];
  scopes: Scope[];
  scopeNumbers: number[];
}

/** Returns the graph with all groups closed that are not in `open`. */
export function collapse(graph: Graph, open: ReadonlySet<number>): Visible {
  const closed = outermostClosed(graph.scopes, open);
  const of = (node: number) => (graph.nodes[node].scope < 0 ? -1 : closed[graph.nodes[node].scope]);
  const lifted = liftEdges(graph, of);
  const { nodes, places } = showNodes(graph, of, lifted.leaving);
  const scopeNumbers = openScopes(graph.scopes, nodes, closed);
  const renumbered = new Map(scopeNumbers.map((scope, index) => [scope, index]));
  const inner = (scope: number) => (scope < 0 ? -1 : (renumbered.get(scope) as number));
  const place = (end: number) => places.get(end) as number;
  return {
    nodes: nodes.map((node) => ({ ...node, scope: inner(node.scope) })),
    edges: lifted.edges.map((edge) => ({ ...edge, source: place(edge.source), target: place(edge.target) })),
    scopes: scopeNumbers.map((scope) => ({
      ...graph.scopes[scope],
      parent: inner(graph.scopes[scope].parent),
    })),
    scopeNumbers,
  };
}

/** Returns for each group the outermost closed group around it (perhaps itself), or -1. */
export function outermostClosed(scopes: Scope[], open: ReadonlySet<number>): number[] {
  const closed: number[] = [];
  scopes.forEach(({ parent }, scope) => {
    const around = parent < 0 ? -1 : closed[parent];
    closed.push(around >= 0 ? around : open.has(scope) ? -1 : scope);
  });
  return closed;
}

/** The tensors that pass a group's border, in the order in which they were met. */
type Passing = Map<string, { number: number; node: number; output: number }>;

/** Ends of lifted edges are nodes, or groups written as -2 - group. */
const groupEnd = (group: number) => -2 - group;

function liftEdges(graph: Graph, of: (node: number) => number) {
  const leaving = new Map<number, Passing>();
  const entering = new Map<number, Passing>();
  const found = new Map<string, Edge>();
  const carried = new Set<string>();
  const data = graph.edges.filter((edge) => !edge.control);
  // Data first: an arrow with a tensor hides one without.
  for (const edge of [...data, ...graph.edges.filter((edge) => edge.control)]) {
    const [from, to] = [of(edge.source), of(edge.target)];
    if (from >= 0 && from === to) continue;
    const lifted = { ...edge };
    if (from >= 0) {
      lifted.source = groupEnd(from);
      lifted.sourceOutput = edge.control ? 0 : numberOf(leaving, from, edge);
    }
    if (to >= 0) {
      lifted.target = groupEnd(to);
      lifted.targetInput = edge.control ? -1 : numberOf(entering, to, edge);
    }
    const pair = `${lifted.source},${lifted.target}`;
    const merged = from >= 0 || to >= 0;
    if (edge.control && merged && carried.has(pair)) continue;
    carried.add(pair);
    const key = `${pair},${merged ? lifted.sourceOutput : lifted.targetInput},${edge.control}`;
    const first = found.get(key);
    if (!first) found.set(key, lifted);
    else if (first.mark !== edge.mark) first.mark = "";
  }
  return { edges: [...found.values()], leaving };
}

/** Returns the number of a tensor among those that pass a group's border. */
function numberOf(groups: Map<number, Passing>, group: number, { source, sourceOutput }: Edge): number {
  const passing: Passing = groups.get(group) ?? new Map();
  groups.set(group, passing);
  const key = `${source},${sourceOutput}`;
  const tensor = passing.get(key) ?? { number: passing.size, node: source, output: sourceOutput };
  passing.set(key, tensor);
  return tensor.number;
}

function showNodes(
  graph: Graph,
  of: (node: number) => number,
  leaving: Map<number, Passing>,
): { nodes: Shown[]; places: Map<number, number> } {
  const members = new Map<number, Node[]>();
  graph.nodes.forEach((node, original) => {
    const group = of(original);
    if (group < 0) return;
    if (!members.has(group)) members.set(group, []);
    members.get(group)?.push(node);
  });
  const nodes: Shown[] = [];
  const places = new Map<number, number>();
  graph.nodes.forEach((node, original) => {
    const group = of(original);
    const end = group < 0 ? original : groupEnd(group);
    if (places.has(end)) return;
    places.set(end, nodes.length);
    if (group < 0) {
      nodes.push({ ...node, original, group });
    } else {
      const outputs = [...(leaving.get(group)?.values() ?? [])].map((tensor) => outputOf(graph, tensor));
      nodes.push(groupNode(graph.scopes[group], group, members.get(group) as Node[], outputs));
    }
  });
  return { nodes, places };
}

function outputOf(graph: Graph, { node, output }: { node: number; output: number }): Output {
  return graph.nodes[node].outputs[output] ?? { shape: null, dtype: "unknown" };
}

/** Returns the node that stands for a closed group; the slash at the end of its id keeps it apart. */
function groupNode(scope: Scope, group: number, members: Node[], outputs: Output[]): Shown {
  return {
    id: `${scope.path}/`,
    op: String(new Map(Object.entries(scope.attributes)).get("class") ?? scope.kind),
    label: scope.label,
    scope: scope.parent,
    kind: KINDS[scope.kind],
    outputs,
    attributes: scope.attributes,
    source: null,
    members: members.length,
    ...markOfGroup(members),
    cost: costOfGroup(members),
    original: -1,
    group,
  };
}

/** Returns what became of a group as a whole, and that in words where the mark alone does not say it. */
function markOfGroup(members: Node[]): { mark: Mark; note: string } {
  const marks = new Set(members.map(({ mark }) => mark));
  const failed = members.find(({ mark }) => mark === "failed");
  if (failed) return { mark: "failed", note: [failed.label, failed.note].filter(Boolean).join(": ") };
  if (marks.has("ran")) return { mark: "ran", note: "" };
  const [one, other] = [...marks].sort().reverse();
  if (marks.size === 1 || (marks.size === 2 && one === "not run" && !other)) return { mark: one, note: "" };
  const counts = DIFFERENCES.map(
    (kind) => [members.filter(({ mark }) => mark === kind).length, kind] as const,
  );
  const words = counts.filter(([count]) => count).map(([count, kind]) => `${grouped(count)} ${kind}`);
  return { mark: "changed", note: words.join(", ") };
}

/** Returns what the members took together; where nothing was measured, nothing is known. */
function costOfGroup(members: Node[]): Cost | null {
  const costs = members.flatMap(({ cost }) => cost ?? []);
  const sum = (known: (number | null)[]) =>
    known.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);
  const [seconds, bytes] = [sum(costs.map((cost) => cost.seconds)), sum(costs.map((cost) => cost.bytes))];
  return costs.length ? { seconds, bytes } : null;
}

/** Returns the open groups in the order of the nodes, parents first, as tfkit/graph.py orders them. */
function openScopes(scopes: Scope[], nodes: Shown[], closed: number[]): number[] {
  const found = new Set<number>();
  const add = (scope: number) => {
    const around: number[] = [];
    for (let at = scope; at >= 0 && !found.has(at); at = scopes[at].parent) around.push(at);
    for (const at of around.reverse()) found.add(at);
  };
  for (const node of nodes) add(node.scope);
  closed.forEach((outer, scope) => {
    if (outer < 0) add(scope);
  });
  return [...found];
}

/**
 * Returns the groups to show open at first: generation by generation inwards, within `limit` boxes in all.
 * Where a generation does not fit, its largest groups stay closed, and so do those of about their size.
 */
export function firstOpen(graph: Graph, limit: number): Set<number> {
  const members = new Array<number>(graph.scopes.length + 1).fill(0);
  const children: number[][] = members.map(() => []);
  const keepClosed = keptClosed(graph.scopes);
  graph.scopes.forEach(({ parent }, scope) => {
    members[parent + 1] += 1;
    if (!keepClosed.has(scope)) children[parent + 1].push(scope);
  });
  for (const node of graph.nodes) members[node.scope + 1] += 1;
  const sizeOf = (scope: number) => members[scope + 1];
  const added = (scopes: number[]) => scopes.reduce((sum, scope) => sum + sizeOf(scope) - 1, 0);
  const opened = new Set<number>();
  let boxes = members[0];
  let generation = children[0];
  while (generation.length) {
    const bySize = [...generation].sort((a, b) => sizeOf(a) - sizeOf(b));
    let smallestLeft = Number.POSITIVE_INFINITY;
    while (bySize.length && boxes + added(bySize) > limit) smallestLeft = sizeOf(bySize.pop() as number);
    const chosen = bySize.filter((scope) => ALIKE * sizeOf(scope) <= smallestLeft);
    boxes += added(chosen);
    for (const scope of chosen) opened.add(scope);
    generation = chosen.flatMap((scope) => children[scope + 1]);
  }
  return opened;
}

/**
 * Layers are what a reader of a model looks for first: the innermost ones stay closed. So does what is only
 * auxiliary.
 */
function keptClosed(scopes: Scope[]): Set<number> {
  const leaves = new Set<number>();
  const outer = new Set<number>();
  scopes.forEach(({ kind, parent }, scope) => {
    if (kind !== "layer") return;
    leaves.add(scope);
    for (let at = parent; at >= 0; at = scopes[at].parent) outer.add(at);
  });
  for (const scope of outer) leaves.delete(scope);
  const kept = leaves.size > 1 ? leaves : new Set<number>();
  scopes.forEach(({ kind }, scope) => {
    if (kind === "auxiliary") kept.add(scope);
  });
  return kept;
}

/** Returns what the layout has to know of a graph. */
export function layoutInput({ nodes, edges, scopes }: Visible): LayoutInput {
  const wires = new Map<number, Set<string>>();
  for (const { source, sourceOutput, control } of edges)
    wires.set(source, (wires.get(source) ?? new Set()).add(`${sourceOutput},${control}`));
  return {
    sizes: nodes.map(boxSize),
    rooms: nodes.map((node, place) => roomWidth(node, wires.get(place)?.size ?? 0)),
    scopeOf: nodes.map((node) => node.scope),
    parents: scopes.map((scope) => scope.parent),
    titleWidths: scopes.map(({ label }) => {
      const size = STYLE.title_size;
      return textWidth(shorten(label, size, true), size, true);
    }),
    edges: edges.map(({ source, target, sourceOutput, control }) => ({
      source,
      target,
      sourceOutput,
      control,
    })),
  };
}
