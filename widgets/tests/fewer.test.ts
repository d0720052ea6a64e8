import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleEdges, pullHubs } from "../src/engine/fewer.ts";
import type { Edge, Node } from "../src/engine/model.ts";
import { lines } from "../src/engine/style.ts";
import { collapse, type Visible } from "../src/engine/visible.ts";
import { edge, graph, node } from "./made.ts";

const seen = (nodes: Node[], edges: Edge[]): Visible => collapse(graph(nodes, edges), new Set());
const closed = (id: string) => node(id, { members: 2 });

test("one edge at a closed group stands for all its tensors", () => {
  const edges = [0, 1, 1, 2].map((output, place) => edge(0, 1, { sourceOutput: output, targetInput: place }));
  const { edges: found } = bundleEdges(
    seen([node("a"), closed("b")], [...edges, edge(0, 1, { control: true, targetInput: -1 })]),
  );
  assert.deepEqual(
    found.map(({ control, count }) => [control, count]),
    [
      [false, 3],
      [true, 1],
    ],
  );
});

test("what is bundled already is counted with the rest", () => {
  const edges = [edge(0, 1, { count: 4 }), edge(0, 1, { sourceOutput: 1, targetInput: 1 })];
  assert.equal(bundleEdges(seen([node("a"), closed("b")], edges)).edges[0].count, 5);
});

test("a bundle keeps a mark only if its edges share it", () => {
  const marked = (...marks: Edge["mark"][]) =>
    bundleEdges(
      seen(
        [node("a"), closed("b")],
        marks.map((mark, sourceOutput) => edge(0, 1, { mark, sourceOutput, targetInput: sourceOutput })),
      ),
    ).edges[0].mark;
  assert.equal(marked("added", "added"), "added");
  assert.equal(marked("added", "removed", "added"), "");
});

test("edges between plain nodes and graphs without hubs stay as they are", () => {
  const plain = seen([node("a"), node("b")], [edge(0, 1), edge(0, 1, { targetInput: 1 })]);
  assert.equal(bundleEdges(plain), plain);
  assert.equal(pullHubs(plain, 1), plain);
});

test("hubs give their edges to their neighbours, closed groups do not", () => {
  const users = ["b", "c"].map((id) => node(id));
  const edges = [edge(0, 1, { targetInput: 2 }), edge(0, 2, { control: true })];
  const { nodes, edges: left } = pullHubs(seen([node("s/hub"), ...users], edges), 1);
  assert.deepEqual(left, []);
  assert.deepEqual(
    nodes.map(({ attributes }) => attributes),
    [{ neighbours: 2 }, { hub_inputs: { 2: "s/hub:0" } }, { hub_inputs: { "^0": "s/hub:0" } }],
  );
  assert.deepEqual(lines(nodes[1]), ["b", "Op", "\u2190 hub"]);
  const group = seen([closed("s/hub"), ...users], edges);
  assert.equal(pullHubs(group, 1), group);
});

test("attributes that only bear the names of hubs do no harm", () => {
  for (const value of ["text", 5, [1], {}, null, true, { x: null }]) {
    const odd = node("n", {
      op: "N",
      attributes: { hub_inputs: value, hub_outputs: value, neighbours: "many" },
    });
    assert.equal(lines(odd)[0], "n");
  }
});
