// What the pictures of a training say to those who do not see them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { History, Track } from "../src/monitor/model.ts";
import { QUANTITIES } from "../src/monitor/quantities.ts";
import { courseOf, rowsOf, spreadWords } from "../src/monitor/words.ts";

function history(...norms: number[][]): History {
  const tracks = norms.map((values, place) => ({
    name: `v${place}`,
    gradientNorm: Float32Array.from(values),
  }));
  return { tracks: tracks as Track[] } as History;
}

test("a row says the least, the greatest and the last number, and how many are marked", () => {
  const { rows, beyond } = rowsOf(history([2, 0.5, Number.NaN, 1], [Number.NaN], []), QUANTITIES.gradient);
  assert.deepEqual(rows, [
    ["v0", "0.5", "2", "1", "1 of 4"],
    ["v1", "NaN", "NaN", "NaN", "1 of 1"],
    ["v2", "NaN", "NaN", "none", "0 of 0"],
  ]);
  assert.equal(beyond, 0);
});

test("of very many variables the first are told, and how many more there are", () => {
  const { rows, beyond } = rowsOf(history(...Array.from({ length: 203 }, () => [1])), QUANTITIES.gradient);
  assert.deepEqual([rows.length, beyond], [200, 3]);
});

test("a line says where it begins and ends, and what is missing", () => {
  assert.equal(courseOf([3, 2, 0.25]), "from 3 to 0.25");
  assert.equal(courseOf([Number.NaN, 3, Number.POSITIVE_INFINITY]), "from 3 to 3, 2 not finite");
  assert.equal(courseOf([]), "has no number");
});

test("a histogram says how much is nothing, and where most of the rest is", () => {
  const counts = new Int32Array(32);
  counts[0] = 7;
  assert.equal(spreadWords(counts), "7 of them zero or below 2 to the power of -24");
  counts[25] = 9; // from 1 to 2
  counts[5] = 3;
  assert.match(spreadWords(counts), /^7 of them .*, most of the others near 1$/);
});
