import assert from "node:assert/strict";
import { test } from "node:test";
import { layOut } from "../src/engine/layout.ts";
import type { Graph, Mark } from "../src/engine/model.ts";
import { paint } from "../src/engine/overlays.ts";
import { picture } from "../src/engine/picture.ts";
import { collapse, layoutInput } from "../src/engine/visible.ts";
import { edge, graph, node, tensor } from "./made.ts";

function drawn(all: Graph) {
  const visible = collapse(all, new Set(all.scopes.keys()));
  const painted = all.overlay && paint(all, all.overlay.name, Int32Array.from(all.nodes.keys()));
  return picture(visible, layOut(layoutInput(visible)), painted);
}

function marked(...marks: Mark[]) {
  const nodes = marks.map((mark, place) => node(String(place), { mark, scope: place ? 1 : 0 }));
  return drawn(graph(nodes, [edge(0, 1)], ["g", "g/h"]));
}

test("the order is that of a tree: each group before what it holds, groups where their first node stands", () => {
  const scopes = [-1, 1, 2, 1, 0, -1];
  const all = graph(
    scopes.map((scope, place) => node(String(place), { scope })),
    [],
    ["late", "g", "g/h"],
  );
  const { order, groups, nodes } = drawn(all);
  const told = order.map((entry) => (entry < 0 ? groups[-1 - entry].path : nodes[entry].id));
  assert.deepEqual(told, ["0", "g", "1", "g/h", "2", "3", "late", "4", "5"]);
});

test("a group has a mark if all that stands in it has that", () => {
  assert.deepEqual(
    marked("added", "added").groups.map(({ mark }) => mark),
    ["added", "added"],
  );
  assert.deepEqual(
    marked("", "added", "added").groups.map(({ mark }) => mark),
    ["", "added"],
  );
  assert.deepEqual(
    marked("added", "removed", "added").groups.map(({ mark }) => mark),
    ["", ""],
  );
});

test("a wire from or to what was not run is idle, another has the mark of its edge", () => {
  assert.ok(marked("not run", "ran").wires.every(({ mark }) => mark === "not run"));
  const wires = drawn(
    graph([node("a"), node("b"), node("c")], [edge(0, 1, { mark: "added" }), edge(0, 2)]),
  ).wires;
  const arriving = Object.fromEntries(
    wires.filter(({ target }) => target >= 0).map(({ target, mark }) => [target, mark]),
  );
  assert.deepEqual(arriving, { 1: "added", 2: "" });
});

test("a box has its number, its step and a line that says it all", () => {
  const all = graph(
    [node("a", { outputs: [tensor([2])], mark: "failed", note: "no" }), node("b")],
    [edge(0, 1)],
  );
  const [a, b] = drawn({ ...all, overlay: { name: "n", unit: "B", how: "sum", values: [2000, null] } }).nodes;
  assert.equal(a.about, "a: Op \u2192 (2,) float32 (failed: no; 2 kB)");
  assert.deepEqual([a.lines, a.heat], [["a", "Op", "2 kB", "no"], 5]);
  assert.deepEqual([b.lines, b.heat, b.about], [["b", "Op"], -1, "b: Op"]);
});

test("beside a wire stands its shape, or how many tensors it stands for", () => {
  const shaped = [node("a", { outputs: [tensor([2])] }), node("b")];
  assert.deepEqual(
    drawn(graph(shaped, [edge(0, 1)])).texts.map(({ text }) => text),
    ["(2,)"],
  );
  assert.deepEqual(
    drawn(graph(shaped, [edge(0, 1, { count: 3 })])).texts.map(({ text }) => text),
    ["3 tensors"],
  );
  assert.deepEqual(drawn(graph(shaped, [edge(0, 1, { control: true })])).texts, []);
});
