import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../src/engine/model.ts";
import { collapse, firstOpen, outermostClosed } from "../src/engine/visible.ts";

const graph = decode(JSON.parse(readFileSync("../tests/fixtures/graph_v1.json", "utf8")));
const numberOf = (path: string) => graph.scopes.findIndex((scope) => scope.path === path);

test("with every group closed each is one node that counts its members", () => {
  const { nodes, scopes, edges } = collapse(graph, new Set());
  assert.deepEqual(scopes, []);
  const groups = nodes.filter(({ members }) => members);
  assert.deepEqual(groups.map(({ id, members }) => [id, members]).sort(), [
    ["loss/", 2],
    ["model/", 5],
  ]);
  assert.equal(groups.find(({ id }) => id === "model/")?.op, "Functional");
  for (const { source, target } of edges) assert.notEqual(source, target);
});

test("opening a group shows what stands in it and keeps its own groups closed", () => {
  const { nodes, scopes } = collapse(graph, new Set([numberOf("model")]));
  assert.deepEqual(
    scopes.map(({ path }) => path),
    ["model"],
  );
  assert.ok(nodes.some(({ id, scope }) => id === "model/dense/" && scope === 0));
});

test("a group inside a closed one stays hidden even if it is marked open", () => {
  const closed = outermostClosed(graph.scopes, new Set([numberOf("model/dense")]));
  assert.equal(closed[numberOf("model/dense")], numberOf("model"));
});

test("with every group open the graph is the whole graph", () => {
  const all = new Set(graph.scopes.keys());
  const { nodes, edges } = collapse(graph, all);
  assert.equal(nodes.length, graph.nodes.length);
  assert.equal(edges.length, graph.edges.length);
});

test("innermost layers stay closed at first", () => {
  const paths = [...firstOpen(graph, 40)].map((scope) => graph.scopes[scope].path);
  assert.deepEqual(paths.sort(), ["loss", "model"]);
});
