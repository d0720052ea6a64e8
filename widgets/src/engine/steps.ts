// Back-propagation one step at a time: what is known after each, and in words. The same words as in
// tfkit/gradients/steps.py.

import type { Edge, Graph } from "./model.ts";
import { numberText } from "./style.ts";
import type { Item } from "./visible.ts";

/** After how many steps a value, a gradient, and what goes back from a node are known. */
export interface Times {
  value: number;
  gradient: number;
  back: number;
}

export interface Step {
  forward: boolean;
  node: number;
}

export class Steps {
  readonly all: Step[];
  readonly names: string[]; // of the nodes, told apart
  private readonly into: Edge[][];

  constructor(private readonly graph: Graph) {
    const { nodes, edges } = graph;
    this.into = nodes.map(() => []);
    // An edge of a damaged graph may lead nowhere: that is told where it is drawn.
    for (const edge of edges) if (!edge.control) this.into[edge.target]?.push(edge);
    const times = new Map<string, number>();
    for (const { label } of nodes) times.set(label, (times.get(label) ?? 0) + 1);
    this.names = nodes.map(({ id, label }) => (times.get(label) === 1 ? label : id));
    const places = [...nodes.keys()];
    const forward = places.filter((node) => this.into[node].length && nodes[node].outputs[0]?.value);
    const backward = places.reverse().filter((node) => this.into[node].some(({ gradient }) => gradient));
    this.all = [
      ...forward.map((node) => ({ forward: true, node })),
      ...backward.map((node) => ({ forward: false, node })),
    ];
  }

  /** Returns whether there is anything to go back through. */
  get isEmpty(): boolean {
    return this.all.every(({ forward }) => forward);
  }

  /** Returns when the numbers of each drawn item are known; what a group shows, when all in it are. */
  times(items: Int32Array): Map<Item, Times> {
    const { nodes, edges } = this.graph;
    const own = nodes.map((): Times => ({ value: 0, gradient: 0, back: 0 }));
    const first = this.all.findIndex(({ forward }) => !forward);
    this.all.forEach(({ forward, node }, place) => {
      if (forward) own[node].value = place + 1;
      else own[node].back = place + 1;
    });
    for (const node of own) node.gradient = first;
    for (const { source, target, gradient } of edges)
      if (gradient) own[source].gradient = Math.max(own[source].gradient, own[target].back);
    const found = new Map<Item, Times>();
    own.forEach((times, node) => {
      const known = found.get(items[node]);
      if (!known) found.set(items[node], { ...times });
      else
        for (const key of ["value", "gradient", "back"] as const)
          known[key] = Math.max(known[key], times[key]);
    });
    return found;
  }

  /** Returns a step in words. */
  text({ forward, node }: Step): string {
    const { names, into, graph } = this;
    const output = graph.nodes[node].outputs[0];
    if (forward) {
      const given = into[node].map(({ source }) => names[source]).join(", ");
      return `${names[node]} = ${graph.nodes[node].op}(${given}) = ${numberText(output?.value)}`;
    }
    const upstream = numberText(output?.gradient);
    const told = [`${names[node]} has the gradient ${upstream}`];
    for (const { source, local, gradient } of into[node]) {
      if (!gradient) continue;
      const product = local ? `${numberText(local)} \u00b7 ${upstream} = ` : "";
      told.push(`to ${names[source]}: ${product}${numberText(gradient)}`);
    }
    return told.join("; ");
  }
}
