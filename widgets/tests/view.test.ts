import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { toDot } from "../src/engine/dot.ts";
import { bundleEdges, pullHubs } from "../src/engine/fewer.ts";
import { decode, type Graph, type Wire } from "../src/engine/model.ts";
import { overlayNames, type Paint, paint } from "../src/engine/overlays.ts";
import { shareTexts } from "../src/engine/shares.ts";
import { lines, STYLE } from "../src/engine/style.ts";
import { collapse, firstOpen, outermostClosed, standsFor, type Visible } from "../src/engine/visible.ts";

/** What tests/drawing/test_view.py writes. */
interface View {
  graph: Wire;
  lines: object;
  edges: unknown[];
  shares: unknown[];
  scopes: string[];
  overlays: Record<string, { ends: string[]; nodes: object; lines: object }>;
  dot: string;
}

const views = JSON.parse(readFileSync("../tests/fixtures/view_v1.json", "utf8")) as View[];

function shown(graph: Graph): { visible: Visible; painted: (name: string) => Paint | null } {
  const open = firstOpen(graph, STYLE.open_limit);
  const items = standsFor(graph, outermostClosed(graph.scopes, open));
  const visible = pullHubs(bundleEdges(collapse(graph, open)), STYLE.hub_degree);
  return { visible, painted: (name) => paint(graph, name, items) };
}

function linesOf({ nodes }: Visible, painted: Paint | null): object {
  return Object.fromEntries(nodes.map((node) => [node.id, lines(node, painted?.texts.get(node.item))]));
}

function written(visible: Visible, painted: Paint) {
  const told = visible.nodes.filter(({ item }) => painted.texts.has(item));
  return {
    ends: [painted.legend[0].text, painted.legend[STYLE.heat_steps - 1].text],
    nodes: Object.fromEntries(
      told.map(({ id, item }) => [id, [painted.texts.get(item), painted.steps.get(item)]]),
    ),
    lines: linesOf(visible, painted),
  };
}

views.forEach(({ graph: wire, ...wanted }, number) => {
  const graph = decode(wire);
  const { visible, painted } = shown(graph);
  const { nodes, edges, scopes } = visible;

  test(`the page shows what the still picture shows: ${number}, ${graph.name}`, () => {
    assert.deepEqual(linesOf(visible, null), wanted.lines);
    assert.deepEqual(
      edges.map((e) => [
        nodes[e.source].id,
        nodes[e.target].id,
        e.sourceOutput,
        e.targetInput,
        Number(e.control),
        e.mark,
        e.count,
      ]),
      wanted.edges,
    );
    const shares = [...shareTexts(nodes, edges).values()].map(({ source, output, target, text }) =>
      JSON.stringify([nodes[source].id, output, nodes[target].id, text]),
    );
    assert.deepEqual(shares.sort(), wanted.shares.map((share) => JSON.stringify(share)).sort());
    assert.deepEqual(
      scopes.map(({ path }) => path),
      wanted.scopes,
    );
    const own = graph.overlay?.name;
    assert.equal(toDot(graph.name, visible, own === undefined ? null : painted(own)), wanted.dot);
  });

  test(`the page colours as the still picture does: ${number}, ${graph.name}`, () => {
    const names = overlayNames(graph).filter((name) => name !== "device" || name === graph.overlay?.name);
    assert.deepEqual(names, Object.keys(wanted.overlays));
    for (const [name, by] of Object.entries(wanted.overlays))
      assert.deepEqual(written(visible, painted(name) as Paint), by);
  });
});
