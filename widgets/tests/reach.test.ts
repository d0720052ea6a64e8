import assert from "node:assert/strict";
import { test } from "node:test";
import { nodesIn, Reach } from "../src/engine/reach.ts";
import { groupItem } from "../src/engine/visible.ts";
import { edge, graph, node } from "./made.ts";

// a -> b -> d -> e, a -> c -> d, a circle d <-> e, and f alone
const all = graph(
  ["a", "b", "c", "d", "e", "f"].map((id, place) => node(id, { scope: [-1, 0, 1, -1, 2, -1][place] })),
  [edge(0, 1), edge(0, 2), edge(1, 3), edge(2, 3), edge(3, 4), edge(4, 3)],
  ["g", "g/h", "other"],
);
const reach = new Reach(all);
const ids = (found: Uint8Array) =>
  all.nodes
    .filter((_, place) => found[place])
    .map(({ id }) => id)
    .join("");

test("ancestors and descendants count the nodes that they start from", () => {
  assert.equal(ids(reach.descendants([1])), "bde");
  assert.equal(ids(reach.ancestors([1])), "ab");
  assert.equal(ids(reach.ancestors([3])), "abcde");
  assert.equal(ids(reach.descendants([5])), "f");
  assert.equal(ids(reach.descendants([])), "");
});

test("what lies between two nodes is the same in both directions", () => {
  assert.equal(ids(reach.between([0], [3])), "abcde");
  assert.equal(ids(reach.between([3], [0])), "abcde");
  assert.equal(ids(reach.between([0], [1])), "ab");
  assert.equal(ids(reach.between([1], [2])), "");
  assert.equal(ids(reach.between([5], [5])), "f");
});

test("a group is all nodes in it, at any depth", () => {
  assert.deepEqual(nodesIn(all, groupItem(0)), [1, 2]);
  assert.deepEqual(nodesIn(all, groupItem(1)), [2]);
  assert.deepEqual(nodesIn(all, 4), [4]);
  assert.deepEqual(nodesIn(all, -1), []);
  assert.equal(ids(reach.between([0], nodesIn(all, groupItem(0)))), "abc");
});

test("a chain of 100,000 nodes is walked without recursion", () => {
  const nodes = Array.from({ length: 100_000 }, (_, place) => node(String(place)));
  const chain = new Reach(
    graph(
      nodes,
      nodes.slice(1).map((_, place) => edge(place, place + 1)),
    ),
  );
  assert.equal(
    chain.descendants([0]).reduce((sum, value) => sum + value, 0),
    100_000,
  );
});
