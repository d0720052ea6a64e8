// One level of a drawing: boxes in ranks from top to bottom, as few crossings as possible (the method of
// Sugiyama, Tagawa and Toda, 1981). Twin of tfkit/drawing/layered.py, step by step: whole numbers only.

import * as STYLE from "../../../tfkit/drawing/style.json";
import { horizontal } from "./coordinates.ts";

export type Point = [number, number];

const SWEEPS = 12;
const SMALL = 400; // vertices up to which neighbours are also exchanged pair by pair

/**
 * An arrow between two vertices (by number); links of the same source and `wire` share their way.
 * A link that is `back` runs upwards: from the top of its source to the bottom of its target.
 */
export interface Link {
  source: number;
  target: number;
  wire: number;
  back: boolean;
}

/** Middles of the vertices, and for each link the points from its source's border to its target's. */
export interface Arrangement {
  x: number[];
  top: number[];
  width: number;
  height: number;
  ways: Point[][];
}

interface Level {
  widths: number[];
  heights: number[];
  rank: number[];
  real: number; // how many vertices stand for boxes; those after them are bends in a wire
  above: number[][];
  below: number[][];
}

const lists = (count: number): number[][] => Array.from({ length: count }, () => []);
const highest = (values: number[], start: number) =>
  values.reduce((most, value) => Math.max(most, value), start);

/**
 * Returns positions for one level.
 *
 * @param sizes `[width, height]` of each vertex in px; widths are even
 * @param links between vertices; without those that are `back` they form no circle
 * @param first vertices that stand alone on the first rank
 * @param last vertices that stand alone on the last rank
 */
export function arrange(sizes: Point[], links: Link[], first: number[], last: number[]): Arrangement {
  const forward = links.map(
    ({ source, target, back }): Point => (back ? [target, source] : [source, target]),
  );
  const level: Level = {
    widths: sizes.map(([width]) => width),
    heights: sizes.map(([, height]) => height),
    rank: ranks(sizes.length, forward, first, last),
    real: sizes.length,
    above: [],
    below: [],
  };
  const paths = findPaths(level, links, forward);
  const layers = ordered(level);
  const gaps = level.rank.map((_, vertex) => (vertex < level.real ? STYLE.box_gap : STYLE.wire_gap));
  const middles = horizontal(layers, level.above, level.below, level.widths, gaps, level.real);
  const half = (vertex: number) => Math.floor(level.widths[vertex] / 2);
  const shift = highest(
    middles.map((value, vertex) => half(vertex) - value),
    Number.NEGATIVE_INFINITY,
  );
  const x = middles.map((value) => value + shift);
  const bands = findBands(level, layers);
  const top = sizes.map(([, height], vertex) => {
    const [a, b] = bands[level.rank[vertex]];
    return Math.floor((a + b - height) / 2);
  });
  const ways = paths.map((path, index) => {
    const way = findWay(level, path, x, top, bands);
    return links[index].back ? way.reverse() : way;
  });
  const width = highest(
    x.map((value, vertex) => value + half(vertex)),
    0,
  );
  return {
    x: x.slice(0, level.real),
    top,
    width,
    height: bands.length ? bands[bands.length - 1][1] : 0,
    ways,
  };
}

/**
 * Returns for each arrow whether it runs back in a circle, against the order that `begins` gives the vertices:
 * what begins a loop stands above its body.
 */
export function backLinks(begins: number[], arrows: Point[]): boolean[] {
  const after = lists(begins.length);
  const before = lists(begins.length);
  for (const [source, target] of arrows) {
    after[source].push(target);
    before[target].push(source);
  }
  const circle = circles(after, before);
  const place: number[] = [];
  [...begins.keys()]
    .sort((a, b) => begins[a] - begins[b])
    .forEach((vertex, index) => {
      place[vertex] = index;
    });
  return arrows.map(([source, target]) => circle[source] === circle[target] && place[source] > place[target]);
}

/** Returns a number for each vertex, equal for those that reach each other (by Kosaraju and Sharir). */
function circles(after: number[][], before: number[][]): number[] {
  const seen = after.map(() => false);
  const left: number[] = [];
  for (const start of after.keys()) {
    const walk: Point[] = seen[start] ? [] : [[start, 0]];
    seen[start] = true;
    for (let step = walk.pop(); step; step = walk.pop()) {
      const [vertex, place] = step;
      if (place === after[vertex].length) {
        left.push(vertex);
        continue;
      }
      walk.push([vertex, place + 1]);
      const target = after[vertex][place];
      if (!seen[target]) {
        seen[target] = true;
        walk.push([target, 0]);
      }
    }
  }
  const circle = after.map(() => -1);
  for (const start of left.reverse()) {
    const waiting = circle[start] < 0 ? [start] : [];
    for (let vertex = waiting.pop(); vertex !== undefined; vertex = waiting.pop()) {
      if (circle[vertex] >= 0) continue;
      circle[vertex] = start;
      for (const source of before[vertex]) waiting.push(source);
    }
  }
  return circle;
}

/** Returns each vertex's rank: its longest way from a source, then pulled down towards what it feeds. */
function ranks(count: number, forward: Point[], first: number[], last: number[]): number[] {
  const after = lists(count);
  const before = lists(count);
  for (const [source, target] of distinct(forward)) {
    after[source].push(target);
    before[target].push(source);
  }
  const order = topological(after, before);
  const [isFirst, isLast] = [new Set(first), new Set(last)];
  const rank: number[] = after.map((_, vertex) => (isFirst.has(vertex) || !first.length ? 0 : 1));
  for (const vertex of order) {
    for (const target of after[vertex]) rank[target] = Math.max(rank[target], rank[vertex] + 1);
  }
  for (const vertex of order.reverse()) {
    if (after[vertex].length > before[vertex].length && !isFirst.has(vertex)) {
      rank[vertex] = -highest(
        after[vertex].map((target) => -rank[target]),
        Number.NEGATIVE_INFINITY,
      );
      rank[vertex] -= 1;
    }
  }
  const bottom = rank.reduce((most, value, v) => (isLast.has(v) ? most : Math.max(most, value + 1)), 0);
  const lowered = rank.map((value, vertex) => (isLast.has(vertex) ? Math.max(bottom, value) : value));
  const dense = new Map([...new Set(lowered)].sort((a, b) => a - b).map((value, place) => [value, place]));
  return lowered.map((value) => dense.get(value) as number);
}

/** Returns the pairs without repetitions, in their order. */
function distinct(pairs: Point[]): Point[] {
  return [...new Map(pairs.map((pair) => [`${pair[0]},${pair[1]}`, pair])).values()];
}

function topological(after: number[][], before: number[][]): number[] {
  const missing = before.map((sources) => sources.length);
  const order = missing.flatMap((number, vertex) => (number ? [] : [vertex]));
  // `order` grows while it is walked.
  for (let index = 0; index < order.length; index++) {
    for (const target of after[order[index]]) {
      missing[target] -= 1;
      if (!missing[target]) order.push(target);
    }
  }
  return order;
}

/**
 * Returns the vertices that each link passes, after adding a bend on every rank it crosses.
 * Links that carry the same wire share their bends: a value used in a hundred places is one trunk.
 */
function findPaths(level: Level, links: Link[], forward: Point[]): number[][] {
  const bends = new Map<string, number[]>();
  const paths = forward.map(([upper, lower], number) => {
    const key = `${upper},${links[number].back ? -1 - number : links[number].wire}`;
    const trunk = bends.get(key) ?? [];
    bends.set(key, trunk);
    const needed = level.rank[lower] - level.rank[upper] - 1;
    while (trunk.length < needed) {
      trunk.push(level.rank.length);
      level.rank.push(level.rank[upper] + trunk.length);
      level.widths.push(0);
      level.heights.push(0);
    }
    return [upper, ...trunk.slice(0, needed), lower];
  });
  level.above = lists(level.rank.length);
  level.below = lists(level.rank.length);
  const joined = paths.flatMap((path) => path.slice(1).map((lower, index): Point => [path[index], lower]));
  for (const [upper, lower] of distinct(joined)) {
    level.below[upper].push(lower);
    level.above[lower].push(upper);
  }
  return paths;
}

/** Returns the vertices of each rank from left to right, the best of several sweeps. */
function ordered(level: Level): number[][] {
  const layers = firstOrder(level);
  let best = layers.map((layer) => [...layer]);
  let fewest = countCrossings(level, layers);
  for (let sweep = 0; sweep < SWEEPS && fewest; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      sortByMiddle(layer, layers, level, down);
    }
    if (level.rank.length <= SMALL) exchange(level, layers);
    const crossings = countCrossings(level, layers);
    if (crossings < fewest) {
      best = layers.map((layer) => [...layer]);
      fewest = crossings;
    }
  }
  return best;
}

/** Returns the vertices rank by rank in the order of a walk from the top, which keeps chains together. */
function firstOrder(level: Level): number[][] {
  const layers = lists(highest(level.rank, -1) + 1);
  const seen = level.rank.map(() => false);
  const starts = level.rank.slice(0, level.real).map((_, vertex) => vertex);
  for (const start of starts.sort((a, b) => level.rank[a] - level.rank[b] || a - b)) {
    const walk = [start];
    for (let vertex = walk.pop(); vertex !== undefined; vertex = walk.pop()) {
      if (seen[vertex]) continue;
      seen[vertex] = true;
      layers[level.rank[vertex]].push(vertex);
      for (const next of [...level.below[vertex]].reverse()) walk.push(next);
    }
  }
  return layers;
}

function findPlaces(layers: number[][], count: number): number[] {
  const place = new Array<number>(count).fill(0);
  for (const layer of layers) {
    layer.forEach((vertex, index) => {
      place[vertex] = index;
    });
  }
  return place;
}

/** Orders a rank by the mean place of each vertex's neighbours; one without neighbours keeps its place. */
function sortByMiddle(layer: number[], layers: number[][], level: Level, down: boolean): void {
  const step = 1024; // whole numbers instead of fractions
  const neighbours = down ? level.above : level.below;
  const facing = layers[level.rank[layer[0]] + (down ? -1 : 1)];
  const place = new Map(facing.map((vertex, index) => [vertex, index]));
  const middle = new Map<number, number>();
  layer.forEach((vertex, index) => {
    const near = neighbours[vertex];
    const sum = near.reduce((total, other) => total + (place.get(other) as number), 0);
    middle.set(vertex, near.length ? Math.floor((sum * step) / near.length) : index * step);
  });
  layer.sort((a, b) => (middle.get(a) as number) - (middle.get(b) as number));
}

/** Returns how many pairs of wires cross between neighbouring ranks (counted with a Fenwick tree). */
function countCrossings(level: Level, layers: number[][]): number {
  const place = findPlaces(layers, level.rank.length);
  let total = 0;
  for (let rank = 0; rank + 1 < layers.length; rank++) {
    const length = layers[rank + 1].length;
    const tree = new Array<number>(length + 1).fill(0);
    let passed = 0;
    for (const vertex of layers[rank]) {
      const targets = level.below[vertex].map((other) => place[other]).sort((a, b) => a - b);
      for (const target of targets) {
        for (let index = target + 1; index; index &= index - 1) total -= tree[index];
        total += passed;
      }
      for (const target of targets) {
        for (let index = target + 1; index <= length; index += index & -index) tree[index] += 1;
        passed += 1;
      }
    }
  }
  return total;
}

/** Swaps neighbours on a rank while that takes crossings away. */
function exchange(level: Level, layers: number[][]): void {
  const place = findPlaces(layers, level.rank.length);
  for (let round = 0; round < 4; round++) {
    let changed = false;
    for (const layer of layers) {
      for (let index = 0; index < layer.length - 1; index++) {
        const [a, b] = [layer[index], layer[index + 1]];
        const kept =
          inversions(level.above[a], level.above[b], place) +
          inversions(level.below[a], level.below[b], place);
        const swapped =
          inversions(level.above[b], level.above[a], place) +
          inversions(level.below[b], level.below[a], place);
        if (swapped < kept) {
          [layer[index], layer[index + 1]] = [b, a];
          [place[a], place[b]] = [index + 1, index];
          changed = true;
        }
      }
    }
    if (!changed) return;
  }
}

function inversions(left: number[], right: number[], place: number[]): number {
  let count = 0;
  for (const a of left) {
    for (const b of right) count += Number(place[a] > place[b]);
  }
  return count;
}

/** Returns the `[top, bottom]` of every rank; ranks of ports only stand closer to their neighbours. */
function findBands(level: Level, layers: number[][]): Point[] {
  const bands: Point[] = [];
  let bottom = 0;
  for (const layer of layers) {
    const height = highest(
      layer.map((vertex) => level.heights[vertex]),
      0,
    );
    const previous = bands[bands.length - 1];
    if (previous) bottom += height === 0 || previous[0] === previous[1] ? STYLE.port_gap : STYLE.rank_gap;
    bands.push([bottom, bottom + height]);
    bottom += height;
  }
  return bands;
}

/** Returns the points of one link: straight through ranks, sideways only between them. */
function findWay(level: Level, path: number[], x: number[], top: number[], bands: Point[]): Point[] {
  const [upper, lower] = [path[0], path[path.length - 1]];
  const points: Point[] = [
    [x[upper], top[upper] + level.heights[upper]],
    [x[upper], bands[level.rank[upper]][1]],
  ];
  for (const bend of path.slice(1, -1)) {
    const [a, b] = bands[level.rank[bend]];
    points.push([x[bend], a], [x[bend], b]);
  }
  points.push([x[lower], bands[level.rank[lower]][0]], [x[lower], top[lower]]);
  return points;
}
