// What is visible to DOT text, the language of Graphviz. The same text as tfkit/drawing/dot.py writes.

import type { Paint } from "./overlays.ts";
import { boxSize } from "./sizes.ts";
import { badgeSign, lines, STYLE } from "./style.ts";
import type { Shown, Visible } from "./visible.ts";

const SHAPES: Record<string, string> = {
  input: 'shape=box style="rounded,filled"',
  output: 'shape=box peripheries=2 style="rounded,filled"',
  variable: 'shape=box style="filled,diagonals"',
  constant: 'shape=box style="filled,dashed"',
  function: 'shape=box style="filled,bold"',
  scope: "shape=box3d style=filled",
};
const POINTS_PER_INCH = 72;
const COLORS = STYLE.colors as Record<string, string | string[]>;

/** Returns a graph as DOT text, open groups as clusters. */
export function toDot(name: string, visible: Visible, painted: Paint | null = null): string {
  const text = [
    `digraph ${quote(name)} {`,
    "  graph [rankdir=TB nodesep=0.3 ranksep=0.4]",
    "  node [fixedsize=true fontname=Helvetica fontsize=11 shape=box style=filled]",
    `  edge [arrowsize=0.6 color="${COLORS.wire}"]`,
    ...level(visible, painted),
  ];
  for (const { source, target, control, mark } of visible.edges) {
    const options = control || mark === "removed" ? ["style=dashed"] : [];
    if (badgeSign(mark)) options.push(`color="${COLORS[mark]}" penwidth=2`);
    text.push(`  "n${source}" -> "n${target}"${options.length ? ` [${options.join(" ")}]` : ""}`);
  }
  return [...text, "}", ""].join("\n");
}

/** Returns `text` as one DOT string, with every character kept as it is. */
function quote(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  return `"${escaped.replaceAll("\r", "").replaceAll("\0", "")}"`;
}

/** Returns the nodes, and around them the clusters that open and close where their group does. */
function level({ nodes, scopes }: Visible, painted: Paint | null): string[] {
  const inside: string[][] = [[], ...scopes.map(() => [])];
  const depths = scopes.map(({ depth }) => depth);
  nodes.forEach((node, place) => {
    const depth = node.scope < 0 ? 0 : depths[node.scope];
    inside[node.scope + 1].push(nodeText(node, `n${place}`, "  ".repeat(depth + 1), painted));
  });
  const children: number[][] = [[], ...scopes.map(() => [])];
  scopes.forEach(({ parent }, scope) => {
    children[parent + 1].push(scope);
  });
  const text = [...inside[0]];
  const frame = `bgcolor="${COLORS.frame}" color="${COLORS.frame_line}"`;
  const waiting: [scope: number, ends: boolean][] = children[0]
    .map((scope): [number, boolean] => [scope, false])
    .reverse();
  for (let step = waiting.pop(); step; step = waiting.pop()) {
    const [scope, ends] = step;
    const indent = "  ".repeat(depths[scope]);
    if (ends) {
      text.push(`${indent}}`);
      continue;
    }
    const title = `label=${quote(scopes[scope].label)} labeljust=l fontname=Helvetica ${frame}`;
    text.push(`${indent}subgraph cluster_${scope} {`, `${indent}  graph [${title}]`, ...inside[scope + 1]);
    waiting.push([scope, true]);
    for (const child of [...children[scope + 1]].reverse()) waiting.push([child, false]);
  }
  return text;
}

function nodeText(node: Shown, name: string, indent: string, painted: Paint | null): string {
  const amount = painted?.texts.get(node.item) ?? "";
  const step = painted?.steps.get(node.item);
  const heat = step === undefined ? null : COLORS.heat[step];
  const inches = (side: number) => rounded(side / POINTS_PER_INCH);
  const [width, height] = boxSize(node, amount).map(inches);
  const idle = node.mark === "not run";
  const [fill, own] = COLORS[idle ? "idle" : node.kind] as string[];
  const [first, ...rest] = lines(node, amount);
  const sign = badgeSign(node.mark);
  const line = sign ? String(COLORS[node.mark]) : idle ? `${own}" fontcolor="${COLORS.idle_text}` : own;
  const label = quote([sign ? `${sign} ${first}` : first, ...rest].join("\n"));
  return (
    `${indent}"${name}" [id=${quote(node.id)} label=${label} width=${width} height=${height}` +
    ` fillcolor="${heat ?? fill}" color="${line}"${sign ? " penwidth=3" : ""} ${SHAPES[node.kind] ?? ""}]`
  );
}

/** Writes a number as Python does: three digits after the point, and at least one. */
function rounded(value: number): string {
  const text = String(Number(value.toFixed(3)));
  return text.includes(".") ? text : `${text}.0`;
}
