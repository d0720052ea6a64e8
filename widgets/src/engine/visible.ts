// What is drawn while some groups are open: closed groups become nodes, edges are lifted to them. The same
// rules as `collapse` and `first_open` in tfkit/passes.py.

import type { LayoutInput } from "./layout.ts";
import type { Cost, Edge, Graph, Kind, Mark, Node, Output, Scope, ScopeKind } from "./model.ts";
import { shareTexts } from "./shares.ts";
import { arrivalStep, boxSize, roomAbove, roomWidth } from "./sizes.ts";
import { grouped, STYLE, shorten, textWidth } from "./style.ts";

export const KINDS: Record<ScopeKind, Kind> = {
  name: "scope",
  group: "scope",
  part: "scope",
  repeat: "scope",
  layer: "layer",
  function: "function",
  auxiliary: "scope",
};

const DIFFERENCES: Mark[] = ["added", "removed", "changed"];

const ALIKE = 4; // groups whose sizes differ by less than this factor

/**
 * A node or a group by one number: a node by its place in the graph, a group by -2 minus its place.
 * -1 is neither: the outermost level, or nothing.
 */
export type Item = number;
export const groupItem = (group: number): Item => -2 - group;
export const isGroup = (item: Item): boolean => item <= -2;
/** Returns the place of the group that an item stands for. */
export const groupOf = (item: Item): number => -2 - item;

/** A drawn node or closed group. */
export interface Shown extends Node {
  item: Item;
}

/** A graph to draw; `scopes` are the open groups, `scopeNumbers` their places in the whole graph. */
export interface Visible {
  nodes: Shown[];
  edges: Edge[];
  scopes: Scope[];
  scopeNumbers: number[];
}

/** Returns the graph with all groups closed that are not in `open`. */
export function collapse(graph: Graph, open: ReadonlySet<number>, control = true): Visible {
  const closed = outermostClosed(graph.scopes, open);
  const { edges, leaving } = liftEdges(graph, standsFor(graph, closed), control);
  const nodes = showNodes(graph, closed, leaving);
  const places = new Map(nodes.map(({ item }, place) => [item, place]));
  const scopeNumbers = openScopes(graph.scopes, nodes, closed);
  const renumbered = new Map(scopeNumbers.map((scope, index) => [scope, index]));
  const inner = (scope: number) => (scope < 0 ? -1 : (renumbered.get(scope) as number));
  for (const node of nodes) node.scope = inner(node.scope);
  for (const edge of edges) {
    edge.source = places.get(edge.source) as number;
    edge.target = places.get(edge.target) as number;
  }
  const scopes = scopeNumbers.map((scope) => ({
    ...graph.scopes[scope],
    parent: inner(graph.scopes[scope].parent),
  }));
  return { nodes, edges, scopes, scopeNumbers };
}

/** Returns the groups down to a depth; `parents` has that of each group. */
export function groupsTo(depth: number, parents: number[]): number[] {
  const depths: number[] = [];
  for (const parent of parents) depths.push(parent < 0 ? 1 : depths[parent] + 1);
  return depths.flatMap((at, group) => (at <= depth ? [group] : []));
}

/** Returns for each group the outermost closed group around it (perhaps itself), or -1. */
export function outermostClosed(scopes: Scope[], open: ReadonlySet<number>): Int32Array {
  const closed = new Int32Array(scopes.length);
  scopes.forEach(({ parent }, scope) => {
    const around = parent < 0 ? -1 : closed[parent];
    closed[scope] = around >= 0 ? around : open.has(scope) ? -1 : scope;
  });
  return closed;
}

/** Returns for each node the item that is drawn for it. */
export function standsFor({ nodes }: Graph, closed: Int32Array): Int32Array {
  const items = new Int32Array(nodes.length);
  for (let node = 0; node < nodes.length; node++) {
    const { scope } = nodes[node];
    items[node] = scope < 0 || closed[scope] < 0 ? node : groupItem(closed[scope]);
  }
  return items;
}

/** The tensors that pass a group's border, in the order in which they were met. */
type Passing = Map<string, { number: number; node: number; output: number }>;

function liftEdges(graph: Graph, items: Int32Array, control: boolean) {
  const leaving = new Map<Item, Passing>();
  const entering = new Map<Item, Passing>();
  const found = new Map<string, Edge>();
  const carried = new Set<string>();
  const crossing = graph.edges.filter(({ source, target }) => {
    const from = items[source];
    return from >= 0 || from !== items[target];
  });
  // Data first: an arrow with a tensor hides one without.
  const data = crossing.filter((edge) => !edge.control);
  for (const edge of control ? [...data, ...crossing.filter((edge) => edge.control)] : data) {
    const [from, to] = [items[edge.source], items[edge.target]];
    const lifted = { ...edge, source: from, target: to };
    if (isGroup(from)) lifted.sourceOutput = edge.control ? 0 : numberOf(leaving, from, edge);
    if (isGroup(to)) {
      lifted.targetInput = edge.control ? -1 : numberOf(entering, to, edge);
      lifted.local = null; // the derivative is that of an operation inside
    }
    const pair = `${from},${to}`;
    const merged = isGroup(from) || isGroup(to);
    if (edge.control && merged && carried.has(pair)) continue;
    carried.add(pair);
    const key = `${pair},${merged ? lifted.sourceOutput : lifted.targetInput},${edge.control}`;
    const first = found.get(key);
    if (!first) found.set(key, lifted);
    else {
      if (first.mark !== edge.mark) first.mark = "";
      // What goes back along several is known of none of them.
      first.local = null;
      first.gradient = null;
    }
  }
  return { edges: [...found.values()], leaving };
}

/** Returns the number of a tensor among those that pass a group's border. */
function numberOf(groups: Map<Item, Passing>, group: Item, { source, sourceOutput }: Edge): number {
  const passing: Passing = groups.get(group) ?? new Map();
  groups.set(group, passing);
  const key = `${source},${sourceOutput}`;
  const tensor = passing.get(key) ?? { number: passing.size, node: source, output: sourceOutput };
  passing.set(key, tensor);
  return tensor.number;
}

/** Returns the drawn nodes, each closed group at the place of its first member. */
function showNodes(graph: Graph, closed: Int32Array, leaving: Map<Item, Passing>): Shown[] {
  const members = new Map<number, Node[]>();
  const nodes: Shown[] = [];
  graph.nodes.forEach((node, place) => {
    const group = node.scope < 0 ? -1 : closed[node.scope];
    const known = group < 0 ? undefined : members.get(group);
    if (known) known.push(node);
    else if (group < 0) nodes.push({ ...node, item: place });
    else {
      members.set(group, [node]);
      const tensors = [...(leaving.get(groupItem(group))?.values() ?? [])];
      nodes.push(
        groupNode(
          graph.scopes[group],
          group,
          tensors.map((tensor) => outputOf(graph, tensor)),
        ),
      );
    }
  });
  for (const node of nodes) {
    const inside = members.get(groupOf(node.item));
    if (!inside) continue;
    const count = inside.reduce((sum, { members }) => sum + (members || 1), 0);
    Object.assign(node, { members: count, cost: costOfGroup(inside) }, markOfGroup(inside));
  }
  return nodes;
}

function outputOf(graph: Graph, { node, output }: { node: number; output: number }): Output {
  return graph.nodes[node].outputs[output] ?? { shape: null, dtype: "unknown" };
}

/** Returns the node that stands for a closed group; the slash at the end of its id keeps it apart. */
function groupNode(scope: Scope, group: number, outputs: Output[]): Shown {
  return {
    id: `${scope.path}/`,
    op: String(new Map(Object.entries(scope.attributes)).get("class") ?? scope.kind),
    label: scope.label,
    scope: scope.parent,
    kind: KINDS[scope.kind],
    outputs,
    attributes: scope.attributes,
    source: null,
    members: 0,
    mark: "",
    note: "",
    cost: null,
    was: [],
    item: groupItem(group),
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
function openScopes(scopes: Scope[], nodes: Shown[], closed: Int32Array): number[] {
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
  const keepClosed = keptClosed(graph);
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
  // Groups in groups with nothing beside them add no boxes.
  while (generation.length && opened.size < limit) {
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
 * Layers are what a reader of a model looks for first: the innermost ones stay closed. So does what repeats,
 * what is only auxiliary, and a group of mere parts. Of two compared graphs only what differs is opened.
 */
function keptClosed(graph: Graph): Set<number> {
  const { scopes } = graph;
  const differs = ({ mark }: Node) => DIFFERENCES.includes(mark);
  if (graph.nodes.some(differs)) {
    const differing = groupsOf(graph, differs);
    return new Set([...scopes.keys()].filter((scope) => !differing.has(scope)));
  }
  const leaves = new Set<number>();
  const outer = new Set<number>();
  scopes.forEach(({ kind, parent }, scope) => {
    if (kind !== "layer") return;
    leaves.add(scope);
    for (let at = parent; at >= 0; at = scopes[at].parent) outer.add(at);
  });
  for (const scope of outer) leaves.delete(scope);
  const kept = leaves.size > 1 ? leaves : new Set<number>();
  const onLevel = new Map<number, number>(); // how many groups stand on the level of each group
  for (const { parent } of scopes) onLevel.set(parent, (onLevel.get(parent) ?? 0) + 1);
  scopes.forEach(({ kind, parent }, scope) => {
    const chain = kind === "repeat" && (onLevel.get(parent) as number) > 1;
    if (kind === "auxiliary" || chain) kept.add(scope);
    if (kind === "part") kept.add(parent); // -1 is always open
  });
  return kept;
}

/** Returns all groups around the nodes for which something is so. */
function groupsOf({ nodes, scopes }: Graph, isSo: (node: Node) => boolean): Set<number> {
  const found = new Set<number>();
  for (const node of nodes) {
    if (!isSo(node)) continue;
    for (let at = node.scope; at >= 0 && !found.has(at); at = scopes[at].parent) found.add(at);
  }
  return found;
}

/** Returns what the layout has to know of a graph; `amounts` are the numbers that an overlay writes into boxes. */
export function layoutInput({ nodes, edges, scopes }: Visible, amounts: string[] = []): LayoutInput {
  const wires = new Map<number, Set<string>>();
  for (const { source, sourceOutput, control } of edges)
    wires.set(source, (wires.get(source) ?? new Set()).add(`${sourceOutput},${control}`));
  const arriving = nodes.map((): string[] => []);
  for (const { target, text } of shareTexts(nodes, edges).values()) arriving[target].push(text);
  return {
    sizes: nodes.map((node, place) => boxSize(node, amounts[place], arriving[place])),
    rooms: nodes.map((node, place) => ({
      width: roomWidth(node, wires.get(place)?.size ?? 0, amounts[place], arriving[place]),
      above: roomAbove(arriving[place]),
      step: arrivalStep(arriving[place]),
    })),
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
