// Small graphs for the tests, of what each test is about and defaults for all else.

import type { Edge, Graph, Node, Output, ScopeKind, Summary } from "../src/engine/model.ts";

export function node(id: string, facts: Partial<Node> = {}): Node {
  const own = { id, op: "Op", label: id.split("/").pop() ?? id, scope: -1, kind: "op" as const };
  const none = { source: null, members: 0, mark: "" as const, note: "", cost: null, was: [] };
  return { ...own, ...none, outputs: [], attributes: {}, ...facts };
}

export function edge(source: number, target: number, facts: Partial<Edge> = {}): Edge {
  const first = { sourceOutput: 0, targetInput: 0, control: false, mark: "" as const, count: 1 };
  const nothing = { local: null, gradient: null };
  return { source, target, ...first, ...nothing, ...facts };
}

/** `groups` are paths, parents first; each is of its kind, or a name. */
export function graph(
  nodes: Node[],
  edges: Edge[] = [],
  groups: string[] = [],
  kinds: ScopeKind[] = [],
): Graph {
  const scopes = groups.map((path, place) => {
    const names = path.split("/");
    const name = names[names.length - 1];
    const parent = groups.indexOf(names.slice(0, -1).join("/"));
    const kind = kinds[place] ?? "name";
    return { name, path, parent, depth: names.length, kind, label: name, attributes: {} };
  });
  return { name: "made", nodes, edges, scopes, overlay: null, docs: new Map() };
}

export const tensor = (shape: Output["shape"], facts: Partial<Output> = {}): Output => ({
  shape,
  dtype: "float32",
  ...facts,
});

export function summary(facts: Partial<Summary> = {}): Summary {
  const unknown = { minimum: null, maximum: null, mean: null, std: null };
  return { size: 1, text: "1", nan: 0, infinite: 0, ...unknown, ...facts };
}
