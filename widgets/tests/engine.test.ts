import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { GraphEngine, type Wish } from "../src/engine/engine.ts";
import { answer } from "../src/engine/questions.ts";
import { groupItem } from "../src/engine/visible.ts";
import { edge, graph, node } from "./made.ts";

const fixture = readFileSync("../tests/fixtures/graph_v1.json", "utf8");
const example = await GraphEngine.read(gzipSync(fixture).toString("base64"));
const line = (number: number, text = "", context?: [number, string][]) => ({
  source: { file: "a.py", line: number, text, ...(context ? { context } : {}) },
});
// a -> g/b -> g/h/c, and d that only runs before
const small = new GraphEngine(
  graph(
    [
      node(
        "a",
        line(2, "  a = 1", [
          [1, ""],
          [2, "  a = 1"],
          [3, "    b = 2"],
        ]),
      ),
      node("g/b", { scope: 0, ...line(3, "    b = 2") }),
      node("g/h/c", { scope: 1, ...line(3) }),
      node("d"),
    ],
    [edge(0, 1), edge(1, 2), edge(3, 2, { control: true })],
    ["g", "g/h"],
  ),
);
const wish = (facts: Partial<Wish> = {}): Wish => ({
  open: [],
  control: true,
  hubs: true,
  overlay: "",
  ...facts,
});

test("the opening tells what the page has to know", () => {
  const { name, nodes, open, parents, depth, controls, control, hasCode, isDiff, overlays, overlay } =
    example.opening();
  assert.deepEqual(
    [name, nodes, depth, controls, control, hasCode, isDiff, overlay],
    ["example", 10, 2, 1, true, true, false, ""],
  );
  assert.deepEqual(
    [parents, open.sort()],
    [
      [-1, 0, 0, -1],
      [0, 3],
    ],
  );
  assert.ok(overlays.includes("parameters"));
  assert.match(
    example.opening().summary,
    /^Dataflow graph example: 10 nodes, \d+ edges, 4 groups\. Inputs: x\./,
  );
});

test("an empty graph and a diff have an opening, too", () => {
  assert.deepEqual(new GraphEngine(graph([])).opening().open, []);
  assert.ok(new GraphEngine(graph([node("a", { mark: "removed" })])).opening().isDiff);
});

test("what is lit is counted by what is drawn for it", () => {
  const items = (light: Parameters<typeof small.lit>[0], open: number[] = []) => {
    const { count, items: found, hits } = small.lit(light, open);
    return [count, [...found], hits.map(({ text }) => text).join(" ")];
  };
  assert.deepEqual(items({ by: "query", text: "^g/" }), [2, [[-2, 2]], "g/b g/h/c"]);
  assert.deepEqual(items({ by: "query", text: "^g/" }, [0]), [
    2,
    [
      [1, 1],
      [-3, 1],
    ],
    "g/b g/h/c",
  ]);
  assert.deepEqual(items({ by: "ancestors", of: groupItem(1) }), [
    4,
    [
      [0, 1],
      [-2, 2],
      [3, 1],
    ],
    "a g/b g/h/c d",
  ]);
  assert.deepEqual(items({ by: "descendants", of: 3 }), [
    2,
    [
      [-2, 1],
      [3, 1],
    ],
    "g/h/c d",
  ]);
  assert.deepEqual(items({ by: "path", from: groupItem(1), to: 0 }), [
    3,
    [
      [0, 1],
      [-2, 2],
    ],
    "a g/b g/h/c",
  ]);
  assert.deepEqual(items({ by: "line", file: "a.py", line: 3 }), [2, [[-2, 2]], "g/b g/h/c"]);
  assert.throws(() => small.lit({ by: "query", text: "(" }, []), /not a regular expression/);
});

test("code has each line once, in order, with the number of nodes that it made", () => {
  assert.deepEqual(small.code(), [
    {
      file: "a.py",
      lines: [
        { line: 1, text: "", nodes: 0 },
        { line: 2, text: "a = 1", nodes: 1 },
        { line: 3, text: "  b = 2", nodes: 2 },
      ],
    },
  ]);
});

test("the groups around an item, the outermost first", () => {
  assert.deepEqual(
    [2, 1, 0, groupItem(1), groupItem(0)].map((item) => small.around(item)),
    [[0, 1], [0], [], [0], []],
  );
});

test("a view shows what is wished for", () => {
  const boxes = (facts: Partial<Wish>) => small.view(wish(facts), () => {}).picture.nodes.map(({ id }) => id);
  assert.deepEqual(boxes({}), ["a", "g/", "d"]);
  assert.deepEqual(boxes({ open: [0, 1] }), ["a", "g/b", "g/h/c", "d"]);
  assert.match(small.dot(wish()), /style=dashed/);
  assert.doesNotMatch(small.dot(wish({ control: false })), /style=dashed/);
  assert.equal(small.view(wish({ overlay: "time" }), () => {}).paint, null);
});

test("questions are answered by the method of their name", () => {
  assert.deepEqual(
    answer(small, { asked: "around", arguments: [2] }, () => {}),
    [0, 1],
  );
  assert.deepEqual(
    answer(small, { asked: "names", arguments: [] }, () => {}),
    small.names(),
  );
  const told: number[] = [];
  answer(small, { asked: "view", arguments: [wish({ open: [0, 1] })] }, (share) => told.push(share));
  assert.deepEqual(told, [0, 1 / 3, 2 / 3]);
});
