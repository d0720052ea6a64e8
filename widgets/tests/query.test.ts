import assert from "node:assert/strict";
import { test } from "node:test";
import { search } from "../src/engine/query.ts";
import { edge, graph, node, summary, tensor } from "./made.ts";

const value = summary({ minimum: -5, maximum: 2, mean: 0.5, std: 1, nan: 3 });
const all = graph(
  [
    node("model/dense/kernel", {
      kind: "variable",
      scope: 1,
      outputs: [tensor([784, 10], { value, device: "/device:GPU:0" })],
    }),
    node("model/dense/MatMul", {
      op: "MatMul",
      scope: 1,
      outputs: [tensor([null, 10])],
      attributes: { transpose_a: true, epsilon: 1e-5, padding: "SAME" },
      source: { file: "lesson.py", line: 12, text: "" },
      cost: { seconds: 0.002, bytes: 4000 },
    }),
    node("loss", {
      label: "two words",
      op: "Mean",
      outputs: [tensor([], { dtype: "float64" })],
      mark: "failed",
      note: "no fit",
    }),
    node("vector", { outputs: [tensor([10]), tensor(null)], cost: { seconds: null, bytes: 2_000_000 } }),
    node("__proto__", { attributes: JSON.parse('{"__proto__": "odd", "constructor": 3}') }),
  ],
  [edge(0, 1)],
  ["model", "model/dense"],
);

const cases: [query: string, found: number[]][] = [
  ["", [0, 1, 2, 3, 4]],
  ["  ", [0, 1, 2, 3, 4]],
  ["mat", [1]],
  ["dense.*l$", [0, 1]],
  ["dense kernel", [0]],
  ['"two words"', [2]],
  ["two words", [2]],
  ['"words two"', []],
  ["(two words|kernel)", [0, 2]],
  ["-dense", [2, 3, 4]],
  ["-dense -loss", [3, 4]],
  ["op:matmul", [1]],
  ["op:Mat", []],
  ["op:Mat.*", [1]],
  ["op!=Op", [1, 2]],
  ["-op:Op", [1, 2]],
  ["-op!=Op", [0, 3, 4]],
  ["id:kern", [0]],
  ['label:"two w"', [2]],
  ["kind:variable", [0]],
  ["dtype:float64", [2]],
  ["mark:failed", [2]],
  ['mark:"" op:Op', [0, 3, 4]],
  ["note:fit", [2]],
  ["device:gpu", [0]],
  ["group:model", [0, 1]],
  ["group:^dense", []],
  ["file:lesson line:12", [1]],
  ["line>12", []],
  ["params>1000", [0]],
  ["parameters=7840", [0]],
  ["params>=7.84k params<=7840", [0]],
  ["params<7840", []],
  ["params!=7840", [1, 2, 3, 4]],
  ["time:2ms", [1]],
  ["time<3000us", [1]],
  ["time>1500\u00b5s", [1]],
  ["time<1s", [1]],
  ["memory>1MB", [3]],
  ["memory=4kB", [1]],
  ["memory<1GB", [1, 3]],
  ["memory<5000B", [1]],
  ["elements=10", [1, 3]],
  ["rank=0", [2]],
  ["size=8", [2]],
  ["min<-4.5", [0]],
  ["max:2", [0]],
  ["mean=.5 std=1e0", [0]],
  ["nan>0", [0]],
  ["shape:(784,10)", [0]],
  ["shape:(784, 10)", [0]],
  ["shape:[None,10]", [1]],
  ["shape:(*,10)", [0, 1]],
  ["shape=(10,)", [3]],
  ["shape:*", [3]],
  ["shape:()", [2]],
  ["shape:?", [3]],
  ["shape!=()", [0, 1, 3, 4]],
  ["transpose_a:true", [1]],
  ["epsilon<1e-4", [1]],
  ["padding:same", [1]],
  ["padding!=same", [0, 2, 3, 4]],
  ["__proto__", [4]],
  ["__proto__:odd", [4]],
  ["constructor>2", [4]],
];

for (const [query, found] of cases)
  test(`a query finds nodes: ${query}`, () => assert.deepEqual(search(all, query), found));

const wrong: [query: string, message: RegExp][] = [
  ['"two words', /a quotation mark is missing after "two words/],
  ['mat "', /a quotation mark is missing/],
  ["mat(", /mat\( is not a regular expression/],
  ["op:[", /\[ is not a regular expression/],
  ["params>many", /params is compared with a number, and many is none/],
  ["time>2min", /and 2min is none/],
  ["epsilon>small", /and small is none/],
  ["nothing:1", /no node has anything called nothing/],
  ["toString:1", /no node has anything called toString/],
  ["hasOwnProperty>1", /no node has anything called hasOwnProperty/],
  ["op>3", /op goes with : = or !=/],
  ["shape<(1,)", /shape goes with : = or !=/],
];

for (const [query, message] of wrong)
  test(`a query says what is wrong with it: ${query}`, () => {
    assert.throws(() => search(all, query), message);
  });
