// What goes back along the wires, in words. Twin of tfkit/drawing/shares.py.

import type { Edge, Node } from "./model.ts";
import { norm, shortNumber } from "./style.ts";

const DIGITS = 4;

/** A text where a wire arrives; `source`, `output` and `target` tell which wire it is. */
export interface Share {
  source: number;
  output: number;
  target: number;
  text: string;
}

export const shareKey = (source: number, output: number, target: number) => `${source},${output},${target}`;

/** Returns what wires say where they arrive, by their keys: what goes back there, or nothing. */
export function shareTexts(nodes: Node[], edges: Edge[]): Map<string, Share> {
  const found = new Map<string, Share & { texts: string[] }>();
  const told = new Set<number>(); // the targets at which anything is said
  for (const edge of edges) {
    if (edge.control) continue;
    const { source, sourceOutput: output, target } = edge;
    const key = shareKey(source, output, target);
    const share = found.get(key) ?? { source, output, target, text: "", texts: [] };
    found.set(key, share);
    if (!edge.gradient || nodes[source].kind === "constant" || edge.count !== 1) continue;
    share.texts.push(shareText(edge, nodes[target]));
    share.text = share.texts.join(" + ");
    told.add(target);
  }
  return new Map([...found].filter(([, { target }]) => told.has(target)));
}

/** Returns what goes back along an edge: `local · upstream` of single numbers, else the share as a whole. */
function shareText({ local, gradient }: Edge, target: Node): string {
  const upstream = target.outputs.length === 1 ? target.outputs[0].gradient : undefined;
  if (local?.size === 1 && upstream?.size === 1) {
    const [one, other] = [local.minimum, upstream.minimum];
    if (typeof one === "number" && typeof other === "number")
      return `${shortNumber(one, DIGITS)} \u00b7 ${shortNumber(other, DIGITS)}`;
  }
  if (gradient?.size === 1 && typeof gradient.minimum === "number")
    return shortNumber(gradient.minimum, DIGITS);
  return gradient ? `|grad| ${shortNumber(norm(gradient))}` : "";
}
