// A graph of single numbers computed anew in the page, forward and back, so that a slider needs no kernel.

import type { Edge, Graph, Node, Summary } from "./model.ts";
import { DRAWS, RULES, type Rule, SAME } from "./rules.ts";

/** A number that can be set: an input or a variable. */
export interface Knob {
  node: number;
  id: string;
  label: string;
  value: number;
  gradient: number | null;
  isVariable: boolean;
}

/** The derivative by each knob held against central differences. */
export interface Agreement {
  agrees: boolean;
  error: number;
}

const STEP = Number.EPSILON ** (1 / 3);
const TOLERANCE = 1e-6;

const numberOf = (summary: Summary | undefined) =>
  summary?.size === 1 && typeof summary.minimum === "number" ? summary.minimum : null;

/** Returns the inputs and variables of a graph that are single floats. */
export function knobs({ nodes }: Graph): Knob[] {
  return nodes.flatMap(({ id, kind, label, outputs: [output] }, node): Knob[] => {
    const value = numberOf(output?.value);
    if (value === null || (kind !== "input" && kind !== "variable") || !output.dtype.includes("float"))
      return [];
    const gradient = numberOf(output.gradient);
    return [{ node, id, label, value, gradient, isVariable: kind === "variable" }];
  });
}

export class Evaluator {
  private constructor(
    private readonly graph: Graph,
    private readonly order: number[], // what the output needs, inputs first
    private readonly into: Edge[][],
    private readonly output: number,
  ) {}

  /** Returns what computes a graph, or null where it has more than single numbers or unknown operations. */
  static of(graph: Graph): Evaluator | null {
    const { nodes, edges } = graph;
    const isOutput = ({ kind, outputs }: Node) => kind === "output" && outputs[0]?.gradient;
    const output = nodes.length - 1 - [...nodes].reverse().findIndex(isOutput);
    if (output === nodes.length) return null;
    const into: Edge[][] = nodes.map(() => []);
    for (const edge of edges) if (!edge.control) into[edge.target].push(edge);
    for (const list of into) list.sort((a, b) => a.targetInput - b.targetInput);
    const needed = new Set<number>();
    const waiting = [output];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (needed.has(node)) continue;
      needed.add(node);
      if (!isLeaf(nodes[node], into[node]))
        for (const { source } of usedOf(nodes[node], into[node])) waiting.push(source);
    }
    const order = [...needed].sort((a, b) => a - b);
    const isKnown = (node: number) =>
      numberOf(nodes[node].outputs[0]?.value) !== null &&
      nodes[node].outputs.length === 1 &&
      (isLeaf(nodes[node], into[node]) ||
        (ruleOf(nodes[node]) !== undefined && into[node].every(({ source }) => source < node)));
    return order.every(isKnown) ? new Evaluator(graph, order, into, output) : null;
  }

  /** Writes the numbers of a run with other values of some nodes onto the graph. */
  run(settings: ReadonlyMap<number, number>): void {
    const { nodes } = this.graph;
    const { values, locals } = this.forward(settings, true);
    const gradients = this.back(values, locals, true, (edge, local, share) => {
      edge.local = edge.local && summaryOf(local);
      edge.gradient = summaryOf(share);
    });
    for (const node of this.order) {
      const [output] = nodes[node].outputs; // nodes that are alike share it
      const gradient = output.gradient && summaryOf(gradients[node] ?? 0);
      nodes[node].outputs = [{ ...output, value: summaryOf(values[node]), ...(gradient && { gradient }) }];
    }
  }

  /** Returns whether finite differences, in float64, agree with the derivatives by the knobs. */
  check(settings: ReadonlyMap<number, number>): Agreement {
    const { values, locals } = this.forward(settings, false);
    const gradients = this.back(values, locals, false, () => {});
    let error = 0;
    for (const { node, gradient } of knobs(this.graph)) {
      if (gradient === null || !this.order.includes(node)) continue;
      const step = STEP * Math.max(1, Math.abs(values[node]));
      const at = (value: number) =>
        this.forward(new Map([...settings, [node, value]]), false).values[this.output];
      const found = (at(values[node] + step) - at(values[node] - step)) / (2 * step);
      const scale = Math.max(
        Math.abs(gradients[node]),
        Math.abs(found),
        1e-4 * Math.abs(values[this.output]),
      );
      if (Number.isFinite(found) && scale) error = Math.max(error, Math.abs(found - gradients[node]) / scale);
    }
    return { agrees: error <= TOLERANCE, error };
  }

  private forward(settings: ReadonlyMap<number, number>, rounded: boolean) {
    const { nodes } = this.graph;
    const values: number[] = [];
    const locals: number[][] = [];
    for (const node of this.order) {
      const round = rounded && nodes[node].outputs[0].dtype === "float32" ? Math.fround : (x: number) => x;
      if (isLeaf(nodes[node], this.into[node])) {
        values[node] = round(settings.get(node) ?? (numberOf(nodes[node].outputs[0].value) as number));
        continue;
      }
      const given = usedOf(nodes[node], this.into[node]).map(({ source }) => values[source]);
      const [value, ...rest] = (ruleOf(nodes[node]) as Rule)(given, nodes[node].attributes);
      values[node] = round(value);
      locals[node] = rest.map(round);
    }
    return { values, locals };
  }

  /** Returns the gradients; those edges carry any back that did before. */
  private back(
    values: number[],
    locals: number[][],
    rounded: boolean,
    tell: (edge: Edge, local: number, share: number) => void,
  ): number[] {
    const gradients: number[] = [];
    gradients[this.output] = 1;
    for (const node of [...this.order].reverse()) {
      const { dtype } = this.graph.nodes[node].outputs[0];
      const round = rounded && dtype === "float32" ? Math.fround : (x: number) => x;
      if (gradients[node] === undefined || isLeaf(this.graph.nodes[node], this.into[node])) continue;
      usedOf(this.graph.nodes[node], this.into[node]).forEach((edge, place) => {
        if (!edge.gradient || values[edge.source] === undefined) return;
        const share = round(locals[node][place] * gradients[node]);
        gradients[edge.source] = round((gradients[edge.source] ?? 0) + share);
        tell(edge, locals[node][place], share);
      });
    }
    return gradients;
  }
}

/** What is not computed: nothing leads to it, or it was drawn at random and is kept. */
const isLeaf = ({ op, kind }: Node, into: Edge[]) =>
  !into.length || kind === "constant" || kind === "input" || kind === "variable" || DRAWS.has(op);

const ruleOf = ({ op }: Node): Rule | undefined => RULES.get(op) ?? SAME.get(op);

/** The inputs that are numbers: of a sum or a change of shape, the first alone. */
const usedOf = ({ op }: Node, into: Edge[]) => (SAME.has(op) ? into.slice(0, 1) : into);

function summaryOf(value: number): Summary {
  const finite = Number.isFinite(value);
  const number = finite ? value : null;
  return {
    size: 1,
    text: finite
      ? String(Number(value.toPrecision(6)))
      : String(value).replace("Infinity", "inf").toLowerCase(),
    minimum: number,
    maximum: number,
    mean: number,
    std: finite ? 0 : null,
    nan: Number(Number.isNaN(value)),
    infinite: Number(!finite && !Number.isNaN(value)),
  };
}
