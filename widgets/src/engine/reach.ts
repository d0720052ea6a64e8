// Which nodes depend on which: ancestors, descendants, and what lies between.

import type { Edge, Graph } from "./model.ts";
import { groupOf, type Item, isGroup } from "./visible.ts";

/** Returns the places of the nodes that an item stands for: itself, or all members of a group. */
export function nodesIn({ nodes, scopes }: Graph, item: Item): number[] {
  if (!isGroup(item)) return item < 0 ? [] : [item];
  const group = groupOf(item);
  const inside = new Uint8Array(scopes.length);
  inside[group] = 1;
  for (let scope = group + 1; scope < scopes.length; scope++) {
    if (scopes[scope].parent >= 0) inside[scope] ||= inside[scopes[scope].parent];
  }
  return nodes.flatMap(({ scope }, place) => (scope >= 0 && inside[scope] ? [place] : []));
}

/** Direct neighbours of every node in one direction, as one list cut by `begins`. */
interface Arrows {
  begins: Int32Array;
  ends: Int32Array;
}

export class Reach {
  private forward: Arrows | undefined;
  private backward: Arrows | undefined;

  constructor(private readonly graph: Graph) {}

  /** Returns 1 for each node that depends on one of `from`, which are counted themselves. */
  descendants(from: number[]): Uint8Array {
    this.forward ??= arrows(this.graph, "source", "target");
    return walk(this.forward, from, this.graph.nodes.length);
  }

  /** Returns 1 for each node that one of `from` depends on, which are counted themselves. */
  ancestors(from: number[]): Uint8Array {
    this.backward ??= arrows(this.graph, "target", "source");
    return walk(this.backward, from, this.graph.nodes.length);
  }

  /** Returns 1 for each node on a way from one of `from` to one of `to`, or in the other direction. */
  between(from: number[], to: number[]): Uint8Array {
    const onward = both(this.descendants(from), this.ancestors(to));
    return onward.includes(1) ? onward : both(this.descendants(to), this.ancestors(from));
  }
}

function both(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((value, place) => value & other[place]);
}

function arrows(
  { nodes, edges }: Graph,
  from: (keyof Edge & "source") | "target",
  to: "source" | "target",
): Arrows {
  const begins = new Int32Array(nodes.length + 1);
  for (const edge of edges) begins[edge[from] + 1] += 1;
  for (let node = 0; node < nodes.length; node++) begins[node + 1] += begins[node];
  const next = begins.slice();
  const ends = new Int32Array(edges.length);
  for (const edge of edges) ends[next[edge[from]]++] = edge[to];
  return { begins, ends };
}

function walk({ begins, ends }: Arrows, from: number[], count: number): Uint8Array {
  const seen = new Uint8Array(count);
  const waiting = [...from];
  for (const node of from) seen[node] = 1;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (let place = begins[node]; place < begins[node + 1]; place++) {
      if (seen[ends[place]]) continue;
      seen[ends[place]] = 1;
      waiting.push(ends[place]);
    }
  }
  return seen;
}
