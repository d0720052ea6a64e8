// Who feeds whom, for the links in the details.

import type { Edge, Graph, Node } from "./model.ts";
import { shapeText } from "./style.ts";
import type { Visible } from "./visible.ts";

/** One neighbour: its place among the nodes, and how the link to it reads. */
export interface Link {
  node: number;
  text: string;
}

/** Returns the links from a node to what it reads and to what reads it, each neighbour once. */
export function linksOf({ nodes, edges }: Graph | Visible, node: number): { inputs: Link[]; users: Link[] } {
  const incoming = edges
    .filter(({ target }) => target === node)
    .sort((a, b) => a.targetInput - b.targetInput);
  const outgoing = edges.filter(({ source }) => source === node);
  return {
    inputs: distinct(
      incoming.map((edge) => ({ node: edge.source, text: inputText(nodes[edge.source], edge) })),
    ),
    users: distinct(outgoing.map(({ target }) => ({ node: target, text: nodes[target].label }))),
  };
}

function inputText(source: Node, { sourceOutput, control }: Edge): string {
  if (control) return `${source.label} (runs before)`;
  const output = source.outputs[sourceOutput];
  const which = source.outputs.length > 1 && !source.members ? `:${sourceOutput}` : "";
  return `${source.label}${which}${output ? ` ${shapeText(output)}` : ""}`;
}

function distinct(links: Link[]): Link[] {
  return [...new Map(links.map((link) => [`${link.node} ${link.text}`, link])).values()];
}
