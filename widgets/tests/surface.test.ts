import assert from "node:assert/strict";
import { test } from "node:test";
import { ticksOf } from "../src/surface/axes.ts";

const said = (from: number, to: number) =>
  ticksOf([from, to]).map(({ text, share }) => `${text} at ${share.toFixed(3)}`);

test("an axis has a few round numbers, each where it belongs", () => {
  assert.deepEqual(said(-1, 3), ["-1 at 0.000", "0 at 0.250", "1 at 0.500", "2 at 0.750", "3 at 1.000"]);
  assert.deepEqual(said(-0.35, 0.35), ["-0.2 at 0.214", "0 at 0.500", "0.2 at 0.786"]);
});

test("an axis may go down, and one without a length has no numbers", () => {
  assert.deepEqual(said(2, 0), ["0 at 1.000", "0.5 at 0.750", "1 at 0.500", "1.5 at 0.250", "2 at 0.000"]);
  assert.deepEqual(said(1, 1), []);
});
