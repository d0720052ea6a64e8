import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera, type Stage } from "../src/view/camera.ts";

/** A canvas of a size that can be changed, and what the camera did to the drawing on it. */
function stage(width: number, height: number) {
  const canvas = { clientWidth: width, clientHeight: height, addEventListener: () => {} };
  let transform = "";
  const drawing = {
    setAttribute: (_: string, value: string) => {
      transform = value;
    },
    classList: { toggle: () => {} },
  };
  const looks: number[][] = [];
  const made = { canvas, stage: drawing, lookAt: (...seen: number[]) => looks.push(seen) };
  const camera = new Camera([made as unknown as Stage], new AbortController().signal);
  return {
    camera,
    looks,
    /** Returns where the corner of the drawing stands, and its scale. */
    place: () => [...transform.matchAll(/-?[\d.]+/g)].map(([found]) => Number(found)),
    resize: (newWidth: number, newHeight = height) => {
      Object.assign(canvas, { clientWidth: newWidth, clientHeight: newHeight });
      camera.resized(200, 300, undefined);
    },
  };
}

test("a drawing that nobody has moved stands in the middle of a canvas of another width", () => {
  const { camera, place, resize } = stage(400, 300);
  camera.start(200, 300, undefined);
  assert.deepEqual(place(), [100, 0, 1]);
  resize(600);
  assert.deepEqual(place(), [200, 0, 1]);
  resize(150);
  assert.deepEqual(place(), [0, 37.5, 0.75]);
});

test("all of a drawing that was asked for stays all of it", () => {
  const { camera, place, resize } = stage(400, 300);
  camera.fit(200, 300);
  resize(50);
  assert.deepEqual(place(), [0, 112.5, 0.25]); // smaller than it would be at first
});

for (const [name, act] of [
  ["zoomed", (camera: Camera) => camera.zoom(true)],
  ["moved", (camera: Camera) => camera.pan(10, 5)],
] as const)
  test(`a drawing that the reader has ${name} stays where it is`, () => {
    const { camera, looks, place, resize } = stage(400, 300);
    camera.start(200, 300, undefined);
    act(camera);
    camera.reveal({ x: 0, y: 0, width: 20, height: 20 });
    const before = place();
    resize(800);
    assert.deepEqual(place(), before);
    const [left, , right] = looks[looks.length - 1];
    assert.equal((right - left) * before[2], 800); // what has come into sight is drawn
    camera.fit(200, 300);
    resize(600);
    assert.deepEqual(place(), [200, 0, 1]);
  });

test("what the page itself has moved is fitted again where all of it can be read", () => {
  const { camera, place, resize } = stage(400, 300);
  camera.start(200, 300, undefined);
  camera.hold([0, 0], [30, 30]);
  resize(600);
  assert.deepEqual(place(), [200, 0, 1]);
  camera.hold([0, 0], [30, 30]);
  resize(600, 100);
  assert.deepEqual(place(), [170, -30, 1]); // at its start one would not see what was held
});
