import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphEngine } from "../src/engine/engine.ts";
import { Evaluator, knobs } from "../src/engine/evaluate.ts";
import { RULES } from "../src/engine/rules.ts";
import { Steps } from "../src/engine/steps.ts";
import { edge, graph, node, summary, tensor } from "./made.ts";

const number = (value: number) =>
  summary({ text: String(value), minimum: value, maximum: value, mean: value, std: 0 });
const scalar = (value: number, gradient: number) =>
  tensor([], { dtype: "float64", value: number(value), gradient: number(gradient) });

/** z = w x, loss = z z at x = 3, w = 2. */
function product() {
  return graph(
    [
      node("x", { kind: "input", op: "Placeholder", outputs: [scalar(3, 24)] }),
      node("w", { kind: "variable", op: "Placeholder", outputs: [scalar(2, 36)] }),
      node("z", { op: "Mul", outputs: [scalar(6, 12)] }),
      node("loss", { op: "Mul", kind: "output", outputs: [scalar(36, 1)] }),
    ],
    [
      edge(0, 2, { local: number(2), gradient: number(24) }),
      edge(1, 2, { targetInput: 1, local: number(3), gradient: number(36) }),
      edge(2, 3, { local: number(6), gradient: number(6) }),
      edge(2, 3, { targetInput: 1, local: number(6), gradient: number(6) }),
    ],
  );
}

test("steps go through the operations forward, and back", () => {
  const steps = new Steps(product());
  assert.deepEqual(
    steps.all.map((step) => `${step.forward ? "forward" : "back"} ${step.node}`),
    ["forward 2", "forward 3", "back 3", "back 2"],
  );
  assert.equal(steps.text(steps.all[0]), "z = Mul(x, w) = 6");
  assert.equal(
    steps.text(steps.all[3]),
    "z has the gradient 12; to x: 2 \u00b7 12 = 24; to w: 3 \u00b7 12 = 36",
  );
});

test("numbers are known after the step that makes them", () => {
  const times = new Steps(product()).times(Int32Array.from([0, 1, 2, 3]));
  assert.deepEqual(times.get(0), { value: 0, gradient: 4, back: 0 });
  assert.deepEqual(times.get(2), { value: 1, gradient: 3, back: 4 });
  assert.deepEqual(times.get(3), { value: 2, gradient: 2, back: 3 });
});

test("a graph without gradients has no steps back", () => {
  const plain = product();
  for (const one of plain.edges) one.gradient = null;
  assert.ok(new Steps(plain).isEmpty);
  assert.equal(new GraphEngine(plain).opening().backprop, null);
});

test("a graph of single numbers is computed anew", () => {
  const made = product();
  const evaluator = Evaluator.of(made) as Evaluator;
  evaluator.run(new Map([[0, 5]]));
  const [x, w, z, loss] = made.nodes.map(({ outputs: [{ value, gradient }] }) => [
    value?.minimum,
    gradient?.minimum,
  ]);
  assert.deepEqual(
    [x, w, z, loss],
    [
      [5, 40],
      [2, 100],
      [10, 20],
      [100, 1],
    ],
  );
  assert.deepEqual(
    made.edges.map(({ local, gradient }) => [local?.minimum, gradient?.minimum]),
    [
      [2, 40],
      [5, 100],
      [10, 10],
      [10, 10],
    ],
  );
  assert.ok(evaluator.check(new Map([[0, 5]])).agrees);
});

test("float32 is rounded as TensorFlow rounds it", () => {
  const made = product();
  for (const { outputs } of made.nodes) outputs[0].dtype = "float32";
  (Evaluator.of(made) as Evaluator).run(new Map([[0, 0.1]]));
  assert.equal(made.nodes[2].outputs[0].value?.minimum, Math.fround(Math.fround(0.1) * 2));
});

test("what is not finite stays what it is", () => {
  const made = product();
  (Evaluator.of(made) as Evaluator).run(new Map([[0, Number.NaN]]));
  const { value } = made.nodes[3].outputs[0];
  assert.deepEqual([value?.minimum, value?.nan, value?.text], [null, 1, "nan"]);
});

test("tensors and unknown operations are for Python", () => {
  const unknown = product();
  unknown.nodes[2].op = "MatMul";
  assert.equal(Evaluator.of(unknown), null);
  const larger = product();
  larger.nodes[0].outputs[0].value = summary({ size: 2 });
  assert.equal(Evaluator.of(larger), null);
  assert.deepEqual(
    knobs(larger).map(({ label }) => label),
    ["w"],
  );
});

test("every rule has the derivative that finite differences have", () => {
  for (const [name, rule] of RULES) {
    for (const at of [
      [0.4, 0.7],
      [0.8, 0.3],
    ]) {
      const inputs = name === "Acosh" ? [1.5] : at.slice(0, Math.max(1, rule(at, {}).length - 1));
      const locals = rule(inputs, {}).slice(1);
      locals.slice(0, inputs.length).forEach((local, place) => {
        const moved = (by: number) =>
          rule(
            inputs.map((x, other) => (other === place ? x + by : x)),
            {},
          )[0];
        const found = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        assert.ok(
          Math.abs(found - local) < 1e-6 * Math.max(1, Math.abs(local)),
          `${name} ${place}: ${found} ${local}`,
        );
      });
    }
  }
});

test("numbers change in the boxes that are there", () => {
  const engine = new GraphEngine(product());
  const wish = { open: [], control: true, hubs: true, overlay: "" };
  const { picture } = engine.view(wish, () => {});
  const found = engine.compute([[0, 5]], wish);
  assert.deepEqual(
    found.picture.nodes.map(({ x, y, width, height }) => [x, y, width, height]),
    picture.nodes.map(({ x, y, width, height }) => [x, y, width, height]),
  );
  assert.equal(found.picture.nodes[3].value, "= 100");
  assert.ok(found.picture.texts.some(({ text, back }) => back && text === "10 \u00b7 1 + 10 \u00b7 1"));
  assert.ok(found.agreement?.agrees);
  assert.equal(found.knobs[0].gradient, 40);
});
