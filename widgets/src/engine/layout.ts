// Positions for a graph: every group is arranged by itself, from the innermost outwards, and is then one box
// of its parent's level with ports on its border where wires pass. Twin of tfkit/drawing/layout.py, step by
// step; here nodes and groups are numbers, so that little travels to the worker.

import * as STYLE from "../../../tfkit/drawing/style.json";
import { type Arrangement, arrange, backLinks, type Link, type Point } from "./layered.ts";

/** What the layout has to know of a graph; all groups in it are drawn open. */
export interface LayoutInput {
  sizes: Point[]; // of each node
  rooms: Room[]; // of each node
  scopeOf: number[]; // of each node: a place in `parents`, or -1
  parents: number[]; // of each group, parents first
  titleWidths: number[]; // of each group
  edges: { source: number; target: number; sourceOutput: number; control: boolean }[];
}

/** What is kept free for an item: its width, the height above it, and how far apart wires arrive. */
interface Room {
  width: number;
  above: number;
  step: number;
}

/** A rectangle in px; `x` and `y` are its upper left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A piece of an edge's way: within one level, from a box or a port to a box or a port. `target` is the node
 * that it arrives at, or -1 where it ends at the border of a group; `leadsTo` lists the nodes behind that.
 */
export interface Route {
  source: number;
  sourceOutput: number;
  target: number;
  control: boolean;
  leadsTo: number[];
  points: Point[];
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[]; // of each node
  frames: Box[]; // of each group
  routes: Route[];
}

/** A node's number; a group's number plus the number of nodes; or the border of the level. */
type Item = number;
const BORDER = -1;

/** One tensor on its way. */
interface Wire {
  number: number;
  node: number;
  output: number;
  control: boolean;
}

/** A wire's way on one level; one that is `back` runs upwards, because it closes a circle. */
interface Piece {
  source: Item;
  target: Item;
  wire: Wire;
  back: boolean;
  leadsTo: number[];
}

class Level {
  items: Item[] = [];
  pieces: Piece[] = [];
  private known = new Map<string, Piece>();

  add(source: Item, target: Item, wire: Wire, back: boolean, leadsTo: number[]): void {
    const key = `${source},${target},${wire.number},${back}`;
    let piece = this.known.get(key);
    if (!piece) {
      piece = { source, target, wire, back, leadsTo: [] };
      this.known.set(key, piece);
      this.pieces.push(piece);
    }
    piece.leadsTo.push(...leadsTo);
  }
}

/** A level after its arrangement; positions count from its own upper left corner. */
interface Placed {
  size: Point;
  corners: Map<Item, Point>;
  ways: [Piece, Point[]][];
  leave: Map<string, number>; // x of each port, by wire and whether that wire runs upwards
  enter: Map<string, number>;
}

const portKey = ({ wire, back }: Piece) => `${wire.number},${back}`;

/** Returns positions for every node and group; `progress` is told how much is arranged, 0 to 1. */
export function layOut(input: LayoutInput, progress: (share: number) => void = () => {}): Layout {
  return new LayoutRun(input).run(progress);
}

class LayoutRun {
  private readonly count: number; // of nodes
  private readonly levels: Level[]; // that of group `s` stands at s + 1, the outermost at 0
  private readonly order: number[]; // groups from the outermost inwards, -1 first
  private readonly sizes: Point[];
  private readonly rooms: Room[];
  private readonly placed: Placed[] = []; // by the same places as `levels`

  constructor(private readonly input: LayoutInput) {
    this.count = input.sizes.length;
    this.levels = [-1, ...input.parents].map(() => new Level());
    this.sizes = [...input.sizes];
    this.rooms = [...input.rooms];
    const depths = [0];
    for (const parent of input.parents) depths.push(depths[parent + 1] + 1);
    this.order = depths.map((_, place) => place - 1).sort((a, b) => depths[a + 1] - depths[b + 1]);
  }

  run(progress: (share: number) => void): Layout {
    this.fillLevels();
    let done = 0;
    for (const scope of [...this.order].reverse()) {
      progress(done++ / this.order.length);
      const placed = this.place(scope);
      this.placed[scope + 1] = placed;
      if (scope < 0) continue;
      this.sizes[this.count + scope] = placed.size;
      this.rooms[this.count + scope] = { width: placed.size[0], above: 0, step: 0 };
    }
    return this.flatten();
  }

  private groupOf(item: Item): number {
    return item >= this.count ? item - this.count : -1;
  }

  /** Gives every level its items, and cuts each edge into the pieces that lie on one level. */
  private fillLevels(): void {
    const { parents, scopeOf, edges } = this.input;
    parents.forEach((parent, scope) => {
      this.levels[parent + 1].items.push(this.count + scope);
    });
    scopeOf.forEach((scope, node) => {
      this.levels[scope + 1].items.push(node);
    });
    const wires = new Map<string, Wire>();
    for (const { source, target, sourceOutput, control } of edges) {
      if (source === target) continue;
      const key = `${source},${sourceOutput},${control}`;
      const wire = wires.get(key) ?? { number: wires.size, node: source, output: sourceOutput, control };
      wires.set(key, wire);
      const meeting = this.meeting(scopeOf[source], scopeOf[target]);
      const ends: Point = [this.itemOn(source, meeting), this.itemOn(target, meeting)];
      this.levels[meeting + 1].add(...ends, wire, false, [target]);
    }
    // From the outermost inwards: a level is told how its wires leave it.
    const begins = this.begins();
    for (const scope of this.order) this.passInwards(this.levels[scope + 1], begins);
  }

  /** Returns for each item where its first node stands. */
  private begins(): number[] {
    const found = this.sizes.map(() => 0);
    for (let node = this.count - 1; node >= 0; node--) {
      found[node] = node;
      for (let at = this.input.scopeOf[node]; at >= 0; at = this.input.parents[at])
        found[this.count + at] = node;
    }
    return found;
  }

  private passInwards(level: Level, begins: number[]): void {
    turnBack(level, begins);
    for (const { source, target, wire, back, leadsTo } of level.pieces) {
      const [from, to] = [this.groupOf(source), this.groupOf(target)];
      if (from >= 0) this.levels[from + 1].add(this.itemOn(wire.node, from), BORDER, wire, back, []);
      if (to < 0) continue;
      for (const node of leadsTo) this.levels[to + 1].add(BORDER, this.itemOn(node, to), wire, back, [node]);
    }
  }

  /** Returns the innermost group that holds both groups. */
  private meeting(a: number, b: number): number {
    const around = new Set([-1]);
    for (let scope = a; scope >= 0; scope = this.input.parents[scope]) around.add(scope);
    let scope = b;
    while (!around.has(scope)) scope = this.input.parents[scope];
    return scope;
  }

  /** Returns what stands for a node on the level of a group. */
  private itemOn(node: number, level: number): Item {
    let scope = this.input.scopeOf[node];
    if (scope === level) return node;
    while (this.input.parents[scope] !== level) scope = this.input.parents[scope];
    return this.count + scope;
  }

  /** Arranges one level, with one vertex for each item and each port, and puts its frame around it. */
  private place(scope: number): Placed {
    const level = this.levels[scope + 1];
    const { items, pieces } = level;
    const enter = new Map<string, number>(); // the vertex of each port
    const leave = new Map<string, number>();
    const [first, last] = numberPorts(pieces, items.length, enter, leave);
    const number = new Map(items.map((item, vertex) => [item, vertex]));
    const links = linksOf(pieces, number, enter, leave);
    const noSize = [...first, ...last].map((): Point => [0, 0]);
    const sizes = items.map((item): Point => {
      const { width, above } = this.rooms[item];
      return [width, this.sizes[item][1] + above];
    });
    let found = arrange([...sizes, ...noSize], links, first, last);

    const pad = scope < 0 ? STYLE.margin : STYLE.frame_padding;
    const above = scope < 0 ? pad : STYLE.frame_title;
    const title = scope < 0 ? 0 : this.input.titleWidths[scope] + 2 * STYLE.line_height;
    let width = Math.max(found.width, title) + 2 * pad;
    width += width % 2;
    const left = Math.floor((width - found.width) / 2);
    const height = found.height + above + pad;
    found = besideTitle(found, first, pad + title - left);
    width = Math.max(width, ...first.map((vertex) => found.x[vertex] + left + pad));
    width += width % 2;
    const starts = this.anchors(pieces, links, found, true);
    const ends = this.anchors(pieces, links, found, false);
    const ways = pieces.map((piece, index): [Piece, Point[]] => {
      const attached = attach(found.ways[index], starts[index], ends[index]);
      const points = attached.map(([x, y]): Point => [x + left, y + above]);
      const [atTop, upper] = piece.back ? [piece.source, 0] : [piece.target, points.length - 1];
      if (atTop !== BORDER) points[upper][1] += this.rooms[atTop].above;
      if (piece.source === BORDER) points[0][1] = piece.back ? height : 0;
      if (piece.target === BORDER) points[points.length - 1][1] = piece.back ? 0 : height;
      return [piece, points];
    });
    const corners = new Map(
      items.map((item, v): [Item, Point] => [
        item,
        [
          found.x[v] - Math.floor(this.sizes[item][0] / 2) + left,
          found.top[v] + above + this.rooms[item].above,
        ],
      ]),
    );
    const positions = (ports: Map<string, number>) =>
      new Map([...ports].map(([key, vertex]) => [key, found.x[vertex] + left]));
    return { size: [width, height], corners, ways, leave: positions(leave), enter: positions(enter) };
  }

  /**
   * Returns the x at which each piece leaves its source (or arrives at its target): on an open group one of
   * its ports; on a node the wires are spread in the order in which they come from the side.
   */
  private anchors(pieces: Piece[], links: Link[], found: Arrangement, leaving: boolean): number[] {
    const spread = spreadOf(links, found.ways, leaving);
    return pieces.map((piece, index) => {
      const item = leaving ? piece.source : piece.target;
      const { vertex, key } = endOf(links[index], leaving);
      const group = this.groupOf(item);
      if (group >= 0) {
        const ports = this.placed[group + 1][leaving ? "leave" : "enter"];
        return found.x[vertex] - Math.floor(this.sizes[item][0] / 2) + (ports.get(portKey(piece)) as number);
      }
      const comers = spread.get(vertex) as string[];
      const width = item === BORDER ? 0 : this.sizes[item][0];
      const room = Math.floor(Math.max(width - 20, 0) / Math.max(1, comers.length - 1));
      const most = leaving || item === BORDER ? STYLE.input_step : this.rooms[item].step;
      const step = Math.min(most, room);
      const places = 2 * comers.indexOf(key) - comers.length + 1;
      return found.x[vertex] + Math.floor((places * step) / 2);
    });
  }

  /** Returns all levels in the coordinates of the whole picture. */
  private flatten(): Layout {
    const corner: Point[] = [];
    const routes: Route[] = [];
    this.placed.forEach(({ corners, ways }, place) => {
      const [left, top] = place ? corner[this.count + place - 1] : [0, 0];
      for (const [item, [x, y]] of corners) corner[item] = [x + left, y + top];
      for (const [{ target, wire, leadsTo }, way] of ways) {
        routes.push({
          source: wire.node,
          sourceOutput: wire.output,
          target: target < this.count ? target : -1,
          control: wire.control,
          leadsTo,
          points: way.map(([x, y]): Point => [x + left, y + top]),
        });
      }
    });
    const box = (item: Item): Box => {
      const [[x, y], [width, height]] = [corner[item], this.sizes[item]];
      return { x, y, width, height };
    };
    const boxes = this.input.sizes.map((_, node) => box(node));
    const frames = this.input.parents.map((_, scope) => box(this.count + scope));
    const [width, height] = this.placed[0].size;
    return { width, height, boxes, frames, routes };
  }
}

/** Marks the pieces that close a circle on this level. */
function turnBack(level: Level, begins: number[]): void {
  const number = new Map(level.items.map((item, index) => [item, index]));
  const inside = level.pieces.filter(({ source, target }) => source !== BORDER && target !== BORDER);
  const arrows = inside.map(({ source, target }) => [number.get(source), number.get(target)] as Point);
  const turned = backLinks(
    level.items.map((item) => begins[item]),
    arrows,
  );
  turned.forEach((back, index) => {
    inside[index].back = back;
  });
}

/** Numbers the ports of a level from `start` on; returns those on the first and those on the last rank. */
function numberPorts(
  pieces: Piece[],
  start: number,
  enter: Map<string, number>,
  leave: Map<string, number>,
): [number[], number[]] {
  const entering = distinctPorts(pieces.filter(({ source }) => source === BORDER));
  const leaving = distinctPorts(pieces.filter(({ target }) => target === BORDER));
  let next = start;
  const give = (ports: Map<string, boolean>, to: Map<string, number>, back: boolean) =>
    [...ports].filter(([, turned]) => turned === back).map(([key]) => to.set(key, next).size && next++);
  const first = [...give(entering, enter, false), ...give(leaving, leave, true)];
  const last = [...give(leaving, leave, false), ...give(entering, enter, true)];
  return [first, last];
}

/** Returns the ports by their keys, each with whether its wire runs upwards. */
function distinctPorts(pieces: Piece[]): Map<string, boolean> {
  return new Map(pieces.map((piece) => [portKey(piece), piece.back]));
}

function linksOf(
  pieces: Piece[],
  number: Map<Item, number>,
  enter: Map<string, number>,
  leave: Map<string, number>,
): Link[] {
  const wires = new Map<number, number>();
  return pieces.map((piece) => {
    const wire = wires.get(piece.wire.number) ?? wires.size;
    wires.set(piece.wire.number, wire);
    const source = piece.source === BORDER ? enter.get(portKey(piece)) : number.get(piece.source);
    const target = piece.target === BORDER ? leave.get(portKey(piece)) : number.get(piece.target);
    return { source: source as number, target: target as number, wire, back: piece.back };
  });
}

/** Returns an arrangement with the ports of the upper border moved to the right of the title, in their order. */
function besideTitle(found: Arrangement, ports: number[], room: number): Arrangement {
  const x = [...found.x];
  let free = room;
  for (const vertex of [...ports].sort((a, b) => found.x[a] - found.x[b] || a - b)) {
    x[vertex] = Math.max(x[vertex], free);
    free = x[vertex] + STYLE.wire_gap;
  }
  return { ...found, x };
}

/** Returns a way whose first and last two points stand above each other at new places. */
function attach(way: Point[], start: number, end: number): Point[] {
  const last = way.length - 2;
  return way.map(([x, y], index) => [index < 2 ? start : index >= last ? end : x, y]);
}

/** Returns for each vertex the keys of the wires that end there, from left to right. */
function spreadOf(links: Link[], ways: Point[][], leaving: boolean): Map<number, string[]> {
  const comers = new Map<number, Map<string, [number, number, number]>>();
  links.forEach((link, index) => {
    const way = ways[index];
    const { vertex, key, other } = endOf(link, leaving);
    const found = comers.get(vertex) ?? new Map<string, [number, number, number]>();
    comers.set(vertex, found);
    const x = leaving ? way[2][0] : way[way.length - 3][0];
    if (!found.has(key)) found.set(key, [x, link.wire, other]);
  });
  const sorted = (found: Map<string, [number, number, number]>) =>
    [...found].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).map(([key]) => key);
  return new Map([...comers].map(([vertex, found]) => [vertex, sorted(found)]));
}

/** Returns the vertex at one end of a link, and what tells its wires there apart. */
function endOf({ source, target, wire }: Link, leaving: boolean) {
  const other = leaving ? -1 : source;
  return { vertex: leaving ? source : target, key: `${wire},${other}`, other };
}
