import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { axisOf, heatStep, linePath, scaleOf, ticks } from "../src/monitor/chart.ts";
import { BINS, decode, knowsLoss } from "../src/monitor/model.ts";

const wire = JSON.parse(readFileSync("../tests/fixtures/monitor_v1.json", "utf8"));

test("the page reads what Python writes", () => {
  const history = decode(wire);
  assert.deepEqual([...history.steps.slice(0, 3)], [1, 11, 21]);
  assert.equal(history.tracks.length, 3);
  assert.equal(history.tracks[0].gradientHistogram.length, 12 * BINS);
  assert.ok(Number.isNaN(history.tracks[0].gradientNorm[5]));
  assert.equal(history.tracks[1].gradientNorm[5], Number.POSITIVE_INFINITY);
  assert.deepEqual([...history.skipped].indexOf(1), 3);
  assert.deepEqual(history.fits, [0, 6]);
  assert.equal(history.isRunning, false);
});

test("another version is refused", () => {
  assert.throws(() => decode({ ...wire, version: 2 }), /its version is 2/);
});

test("axes hold what is finite", () => {
  assert.deepEqual(axisOf([[1, Number.NaN, 100, -3]], true), { low: 0, high: 2, log: true });
  assert.deepEqual(axisOf([[2, 2]], false), { low: 1.5, high: 2.5, log: false });
  assert.deepEqual(axisOf([[Number.NaN]], false), { low: 0, high: 1, log: false });
});

test("lines leave gaps", () => {
  const scale = scaleOf({ low: 0, high: 2, log: false }, 100, 0);
  assert.equal(linePath([0, 1, 2, 3], [0, Number.NaN, 1, 2], scale), "M0.0 100.0h0M2.0 50.0h0L3.0 0.0");
});

test("ticks are round", () => {
  assert.deepEqual(ticks({ low: 0, high: 1, log: false }), [0, 0.5, 1]);
  assert.deepEqual(ticks({ low: -3, high: 1, log: true }), [0.001, 0.01, 0.1, 1, 10]);
});

test("colours go by powers of ten, and what is not finite has none", () => {
  const axis = { low: -2, high: 0, log: true };
  assert.deepEqual(
    [0.01, 0.1, 1, 0, Number.NaN].map((value) => heatStep(value, axis, 6)),
    [0, 3, 5, -1, -1],
  );
});

test("a loss is there to show unless none was told of and all gradients are finite", () => {
  const { tracks, ...history } = decode(wire);
  const none = history.losses.map(() => Number.NaN);
  const finite = tracks.map((track) => ({ ...track, gradientNorm: track.gradientNorm.map(() => 1) }));
  assert.equal(knowsLoss({ ...history, tracks }), true);
  assert.equal(knowsLoss({ ...history, tracks: finite }), true);
  assert.equal(knowsLoss({ ...history, tracks: finite, losses: none }), false);
  assert.equal(knowsLoss({ ...history, tracks, losses: none }), true); // a loss that is NaN, as its gradients are
});
