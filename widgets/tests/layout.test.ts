import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Box, type Layout, layOut } from "../src/engine/layout.ts";
import { decode, type Wire } from "../src/engine/model.ts";
import { collapse, firstOpen, layoutInput, type Visible } from "../src/engine/visible.ts";

interface Case {
  name: string;
  graph: Wire;
  open: string[];
  layout: object;
  closed: object;
}

const fixture = "../tests/fixtures/layout_v1.json";
const { open_limit, cases } = JSON.parse(readFileSync(fixture, "utf8")) as {
  open_limit: number;
  cases: Case[];
};

const edges = ({ x, y, width, height }: Box) => [x, y, width, height];

/** A layout as tests/drawing/test_layout.py writes it. */
function written(visible: Visible, layout: Layout): object {
  return {
    size: [layout.width, layout.height],
    boxes: Object.fromEntries(visible.nodes.map((node, index) => [node.id, edges(layout.boxes[index])])),
    frames: Object.fromEntries(
      visible.scopes.map((scope, index) => [scope.path, edges(layout.frames[index])]),
    ),
    routes: layout.routes.map((route) => [
      visible.nodes[route.source].id,
      route.sourceOutput,
      route.target < 0 ? "" : visible.nodes[route.target].id,
      Number(route.control),
      route.points,
    ]),
  };
}

function outcomes({ nodes, edges }: Visible): object {
  return {
    nodes: Object.fromEntries(
      nodes.map(({ id, mark, note, cost }) => [id, [mark, note, cost && [cost.seconds, cost.bytes]]]),
    ),
    edges: edges.map(({ source, target, mark }) => [nodes[source].id, nodes[target].id, mark]),
  };
}

for (const { name, graph: wire, open, layout, closed } of cases) {
  test(`the page puts everything where the still picture has it: ${name}`, () => {
    const graph = decode(wire);
    const opened = firstOpen(graph, open_limit);
    assert.deepEqual([...opened].map((scope) => graph.scopes[scope].path).sort(), [...open].sort());
    const visible = collapse(graph, opened);
    assert.deepEqual(written(visible, layOut(layoutInput(visible))), layout);
  });

  test(`a closed group says what became of its members: ${name}`, () => {
    assert.deepEqual(outcomes(collapse(decode(wire), new Set())), closed);
  });
}
