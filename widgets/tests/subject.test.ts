import assert from "node:assert/strict";
import { test } from "node:test";
import { atTheLeft, subjectOf } from "../src/engine/subject.ts";
import { groupItem } from "../src/engine/visible.ts";
import { edge, graph, node, summary, tensor } from "./made.ts";

const lines = (...texts: string[]) => texts.map((text, place) => ({ line: place + 1, text, nodes: 0 }));
const left = (...texts: string[]) => atTheLeft(lines(...texts)).map(({ text }) => text);

test("code stands at the left as far as all of it does", () => {
  assert.deepEqual(left("    a", "      b", "", "    c"), ["a", "  b", "", "c"]);
  assert.deepEqual(left("  a", "b"), ["  a", "b"]);
  assert.deepEqual(left("  a", " ", "   b"), ["a", "", " b"]);
  assert.deepEqual(left("", "  "), ["", ""]);
  assert.deepEqual(left(), []);
});

const kernel = node("dense/kernel", {
  kind: "variable",
  scope: 0,
  outputs: [tensor([2, 3], { value: summary() })],
});
const source = {
  file: "a.py",
  line: 2,
  text: "  y = f(x)",
  context: [
    [1, "  x = 1"],
    [2, "  y = f(x)"],
  ] as [number, string][],
};
const all = graph(
  [
    node("x", { outputs: [tensor([2]), tensor([3])] }),
    kernel,
    node("dense/mul", {
      op: "MatMul",
      scope: 0,
      source,
      cost: { seconds: 0.0012, bytes: 2048 },
      mark: "failed",
      note: "no fit",
      attributes: JSON.parse(
        '{"transpose": true, "name": "m", "epsilon": 0.00001, "units": 1000, "__proto__": [1]}',
      ),
    }),
    node("y", { source: { ...source, line: 1 } }),
    node("z"),
  ],
  [
    edge(0, 2, { sourceOutput: 1, targetInput: 1 }),
    edge(1, 2),
    edge(2, 3),
    edge(2, 3, { targetInput: 1 }),
    edge(4, 2, { control: true, targetInput: -1 }),
  ],
  ["dense"],
);
all.docs.set("MatMul", "Multiplies.");

test("a node's facts, attributes and line", () => {
  const found = subjectOf(all, 2);
  assert.equal(found.doc, "Multiplies.");
  assert.deepEqual(found.facts, [
    ["Name", "dense/mul"],
    ["Operation", "MatMul"],
    ["Group", "dense"],
    ["State", "failed"],
    ["Note", "no fit"],
    ["Time", "1.2 ms"],
    ["Memory", "2.05 kB"],
  ]);
  assert.deepEqual(found.attributes, [
    ["transpose", "true"],
    ["name", "m"],
    ["epsilon", "0.00001"],
    ["units", "1,000"],
    ["__proto__", "[1]"],
  ]);
  assert.deepEqual(found.source, {
    file: "a.py",
    line: 2,
    lines: [
      { line: 1, text: "x = 1", nodes: 1 },
      { line: 2, text: "y = f(x)", nodes: 1 },
    ],
  });
  assert.equal(subjectOf(all, 0).source, null);
});

test("links lead to each neighbour once, in the order of the inputs", () => {
  const { inputs, users } = subjectOf(all, 2);
  assert.deepEqual(
    inputs.shown.map(({ text }) => text),
    ["z (runs before)", "kernel (2, 3)", "x:1 (3,)"],
  );
  assert.deepEqual(users, { shown: [{ item: 3, text: "y" }], more: 0 });
});

test("of many neighbours the first are linked and the rest counted", () => {
  const nodes = Array.from({ length: 41 }, (_, place) => node(String(place)));
  const wide = graph(
    nodes,
    nodes.slice(1).map((_, place) => edge(0, place + 1)),
  );
  const { users } = subjectOf(wide, 0);
  assert.deepEqual([users.shown.length, users.more], [30, 10]);
});

test("a group has weights, and neighbours outside of it", () => {
  const { facts, weights, inputs, users, kind } = subjectOf(all, groupItem(0));
  assert.equal(kind, "scope");
  assert.deepEqual(facts, [
    ["Name", "dense"],
    ["Holds", "2 operations"],
  ]);
  assert.deepEqual(weights, [{ item: 1, text: "kernel (2, 3)", summary: kernel.outputs[0].value }]);
  assert.deepEqual(
    inputs.shown.map(({ item }) => item),
    [0, 4],
  );
  assert.deepEqual(
    users.shown.map(({ item }) => item),
    [3],
  );
});
