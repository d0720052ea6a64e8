import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { decode, unpack, type Wire } from "../src/engine/model.ts";

const wire = JSON.parse(readFileSync("../tests/fixtures/graph_v1.json", "utf8")) as Wire;

test("columns become nodes, edges and scopes", () => {
  const graph = decode(wire);
  assert.equal(graph.name, "example");
  assert.deepEqual(
    graph.scopes.map(({ path, depth, kind }) => [path, depth, kind]),
    [
      ["model", 1, "layer"],
      ["model/dense", 2, "layer"],
      ["model/softmax", 2, "layer"],
      ["loss", 1, "name"],
    ],
  );
  const kernel = graph.nodes[1];
  assert.equal(kernel.label, "kernel");
  assert.equal(kernel.kind, "variable");
  assert.equal(graph.scopes[kernel.scope].path, "model/dense");
  assert.deepEqual(kernel.outputs[0].shape, [784, 10]);
  assert.equal(kernel.outputs[0].value?.maximum, 0.08);
  assert.equal(graph.edges.length, wire.edges.source.length);
  assert.ok(graph.edges.some((edge) => edge.control));
});

test("values, sources and operations have what the details panel shows", () => {
  const { nodes, docs } = decode(wire);
  const value = nodes[1].outputs[0].value;
  assert.equal(value?.histogram?.length, 16);
  assert.equal(
    value.histogram.reduce((sum, count) => sum + count),
    value.size,
  );
  assert.equal(value.picture?.[0], "07f3");
  assert.deepEqual(nodes[3].source?.context?.[2], [12, "dense = layers.Dense(10)(x)"]);
  assert.deepEqual(Object.keys(nodes[5].source ?? {}), ["file", "line", "text"]);
  assert.equal(docs.get("MatMul"), 'Multiply the matrix "a" by the matrix "b".');
  assert.equal(docs.get("layer Dense"), "Just your regular densely-connected NN layer.");
});

test("a graph without lines about its operations is read, and no name finds what is not there", () => {
  const { docs: _, ...older } = wire;
  assert.equal(decode(older).docs.size, 0);
  assert.equal(decode(wire).docs.get("__proto__"), undefined);
  const odd = JSON.parse('{ "__proto__": "its line" }');
  assert.equal(decode({ ...wire, docs: odd }).docs.get("__proto__"), "its line");
});

test("odd names survive as they are", () => {
  const { nodes } = decode(wire);
  assert.deepEqual(
    nodes.slice(-2).map(({ id, label }) => [id, label]),
    [
      [wire.nodes.id[8], 'odd <name> & "quotes"'],
      ["__proto__", "__proto__"],
    ],
  );
});

test("unpack reads what Graph.to_wire packs", async () => {
  const packed = gzipSync(JSON.stringify(wire)).toString("base64");
  assert.deepEqual(await unpack(packed), decode(wire));
});

test("a newer version is refused with the cure", () => {
  assert.throws(() => decode({ ...wire, version: 2 }), /version 1 \(its version is 2\): update tfkit-course/);
});
