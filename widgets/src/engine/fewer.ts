// Fewer wires: one for all tensors between a closed group and another box; and what everything uses does not cross
// the whole picture, its wires become a line of text in the boxes at their ends. The same rules as `bundle_edges`
// and `extract_hubs` in tfkit/repeats.py.

import type { Attributes, Edge } from "./model.ts";
import type { Shown, Visible } from "./visible.ts";

/** Returns what is drawn with one edge, which knows their number, for all tensors between a closed group and a box. */
export function bundleEdges(visible: Visible): Visible {
  const { nodes, edges } = visible;
  const found = new Map<string, { edge: Edge; tensors: Map<number, number> }>();
  for (const edge of edges) {
    const { source, target, sourceOutput, targetInput, control, mark } = edge;
    const atGroup = nodes[source].members || nodes[target].members;
    const key = `${source},${target},${control},${atGroup ? "" : `${sourceOutput},${targetInput}`}`;
    const known = found.get(key) ?? { edge: { ...edge }, tensors: new Map() };
    found.set(key, known);
    if (!known.tensors.has(sourceOutput)) known.tensors.set(sourceOutput, edge.count);
    if (known.edge.mark !== mark) known.edge.mark = "";
  }
  if (found.size === edges.length) return visible;
  const bundled = [...found.values()].map(({ edge, tensors }) => ({
    ...edge,
    count: [...tensors.values()].reduce((sum, count) => sum + count),
  }));
  return { ...visible, edges: bundled };
}

/** Returns what is drawn without the edges of nodes that have more than `degree` neighbours on one side. */
export function pullHubs(visible: Visible, degree: number): Visible {
  const { nodes, edges } = visible;
  const after = neighbours(edges, "source", "target");
  const before = neighbours(edges, "target", "source");
  const isHub = (node: number, of: Map<number, Set<number>>) =>
    !nodes[node].members && (of.get(node)?.size ?? 0) > degree;
  const inputs = new Map<number, Attributes>();
  const outputs = new Map<number, Set<string>>();
  const kept: Edge[] = [];
  for (const edge of edges) {
    const { source, target } = edge;
    if (isHub(source, after)) {
      const found = inputs.get(target) ?? {};
      inputs.set(target, found);
      const place = edge.control ? `^${Object.keys(found).length}` : String(edge.targetInput);
      found[place] = `${nodes[source].id}:${edge.sourceOutput}`;
    } else if (isHub(target, before)) {
      outputs.set(source, (outputs.get(source) ?? new Set()).add(nodes[target].id));
    } else kept.push(edge);
  }
  if (kept.length === edges.length) return visible;
  return { ...visible, edges: kept, nodes: nodes.map(annotated) };

  function annotated(node: Shown, place: number): Shown {
    const facts: Attributes = {};
    const [read, fed] = [inputs.get(place), outputs.get(place)];
    if (read) facts.hub_inputs = read;
    if (fed) facts.hub_outputs = [...fed];
    if (isHub(place, after) || isHub(place, before))
      facts.neighbours = new Set([...(after.get(place) ?? []), ...(before.get(place) ?? [])]).size;
    return Object.keys(facts).length ? { ...node, attributes: { ...node.attributes, ...facts } } : node;
  }
}

/** Returns for each node at the one end of edges the nodes at the other. */
function neighbours(edges: Edge[], one: "source" | "target", other: "source" | "target") {
  const found = new Map<number, Set<number>>();
  for (const edge of edges) found.set(edge[one], (found.get(edge[one]) ?? new Set()).add(edge[other]));
  return found;
}
