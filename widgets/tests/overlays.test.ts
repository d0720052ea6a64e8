import assert from "node:assert/strict";
import { test } from "node:test";
import { amountsOf, amountText, measure, overlayNames, paint } from "../src/engine/overlays.ts";
import { edge, graph, node, summary, tensor } from "./made.ts";

const items = (...places: number[]) => Int32Array.from(places);
const own = (name: string, values: (number | null)[]) => ({
  ...graph(values.map((_, place) => node(String(place)))),
  overlay: { name, unit: "", how: "sum" as const, values },
});

// That all else is the same as in Python is tested with tests/fixtures/view_v1.json.
test("what a group's members have together", () => {
  const amounts = (how: "sum" | "most" | "norm", ...values: (number | null)[]) =>
    amountsOf({ name: "", unit: "", how, values }, items(0, -2, -2, -2)).get(-2);
  assert.equal(amounts("sum", 9, 3, null, 4), 7);
  assert.equal(amounts("most", 9, 3, null, 4), 4);
  assert.equal(amounts("norm", 9, 3, null, 4), 5);
  assert.equal(amounts("sum", 9, null, null, null), undefined);
  assert.equal(amounts("sum", 9, 1.7e308, 1.7e308, null), Number.MAX_VALUE);
});

test("a number that is not finite is not known", () => {
  const huge = graph([node("a", { outputs: [tensor(new Array(40).fill(1e9))] })]);
  assert.deepEqual(overlayNames(huge), []);
  assert.equal(measure(huge, "output size"), null);
  const odd = tensor([], { value: summary({ minimum: "NaN", maximum: "Infinity" }) });
  assert.equal(measure(graph([node("a", { outputs: [odd] })]), "value range"), null);
});

test("names of all objects are no numbers", () => {
  assert.equal(measure(graph([node("a")]), "__proto__"), null);
  assert.equal(paint(graph([node("a")]), "constructor", items(0)), null);
});

test("numbers of one's own come before those of the same name", () => {
  assert.deepEqual(overlayNames(own("mine", [1])), ["mine"]);
  assert.equal(paint(own("parameters", [5]), "parameters", items(0))?.texts.get(0), "5");
  assert.equal(paint(own("device", [5]), "device", items(0))?.texts.get(0), "5");
});

test("where no node has a number there is nothing to paint", () => {
  assert.equal(paint(own("mine", [null]), "mine", items(0)), null);
  assert.equal(paint(own("mine", []), "mine", items()), null);
});

test("devices have steps of their own and groups of several say so", () => {
  const device = (name: string) => node(name, { outputs: [tensor([], { device: `/job:x/device:${name}` })] });
  const placed = graph([device("GPU:0"), device("CPU:0"), device("CPU:0"), node("none")], [edge(0, 1)]);
  assert.deepEqual(overlayNames(placed), ["output size", "device"]);
  const found = paint(placed, "device", items(-2, -2, 2, 3));
  assert.deepEqual(
    [...(found?.texts ?? [])],
    [
      [-2, "several devices"],
      [2, "CPU:0"],
    ],
  );
  assert.deepEqual([...(found?.steps ?? [])], [[2, 0]]);
  assert.deepEqual(
    found?.legend.map(({ text }) => text),
    ["CPU:0", "GPU:0"],
  );
});

test("the legend says what a group's number is", () => {
  const value = tensor([], { value: summary({ minimum: -3, maximum: 1 }) });
  assert.equal(
    paint(graph([node("a", { outputs: [value] })]), "value range", items(0))?.title,
    "value range, largest magnitude",
  );
});

test("a number as people say it", () => {
  const said = [
    [0, ""],
    [-0, ""],
    [7850, ""],
    [1234.5, "dB"],
    [0.8125, ""],
    [1.25e-5, ""],
    [2048, "B"],
    [-5, "s"],
  ] as const;
  assert.deepEqual(
    said.map(([value, unit]) => amountText(value, unit)),
    ["0", "0", "7,850", "1,235 dB", "0.813", "1.25e-5", "2.05 kB", "-5 s"],
  );
});
