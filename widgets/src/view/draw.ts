// A picture to SVG elements. The same shapes as in tfkit/drawing/svg.py; colours come from draw.css and paint.css.

import type { Box } from "../engine/layout.ts";
import type { Mark } from "../engine/model.ts";
import type { DrawnGroup, DrawnNode, DrawnWire, Picture } from "../engine/picture.ts";
import { badgeSign, STYLE, textWidth } from "../engine/style.ts";
import { html, svg } from "./elements.ts";

/** Side of the button that opens a group, and its distance from the group's left border. */
const BUTTON = 18;
const BUTTON_LEFT = 8;

/** Which of two compared graphs a pane shows; "" is both in one. */
export type Side = "" | "before" | "after";

/** A part of a drawing that is shown or not as a whole, and where it lies; frames of groups come first. */
export interface Tile {
  element: SVGElement;
  importance: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A drawing in the making: its layers from back to front and their tiles, complete when `slices` has ended. */
export interface Drawing {
  layers: SVGElement[];
  tiles: Tile[];
  slices: Iterator<void>;
}

const TILE = 64; // elements that are shown or hidden together
const SLICE = 250; // elements after which the page may breathe

/** Begins a drawing. */
export function draw(picture: Picture, side: Side): Drawing {
  const tiles: Tile[] = [];
  const [frames, halos, wires, texts, front] = [0, 2, 3, 4, 1].map(
    (importance) => new Layer(tiles, importance),
  );
  wires.element.setAttribute("fill", "none");
  texts.element.setAttribute("class", "tfkit-wire-texts");
  texts.element.setAttribute("font-size", String(STYLE.wire_size));
  // What a node's own label says, too, is not read out twice.
  for (const { element } of [frames, halos, wires, texts]) element.setAttribute("aria-hidden", "true");
  const layers = [frames, halos, wires, texts, front].map(({ element }) => element);
  const shown = ({ mark }: { mark: Mark }) =>
    side === "" || mark !== (side === "before" ? "added" : "removed");
  function* slices(): Iterator<void> {
    let made = 0;
    for (const group of picture.groups) if (shown(group)) frames.add(frame(group), group);
    for (const [place, wire] of picture.wires.entries()) {
      if (shown(wire)) wires.add(wireElement(wire, place), around(wire));
      if (++made % SLICE === 0) yield;
    }
    for (const beside of picture.texts) {
      const { x, y, atEnd, text, back, at } = beside;
      const more = back ? { class: "tfkit-share", "data-at": picture.nodes[at].item } : {};
      const element = svg("text", { x, y, ...(atEnd ? { "text-anchor": "end" } : {}), ...more }, text);
      if (shown(beside))
        texts.add(element, { x: x - STYLE.max_text, y, width: 2 * STYLE.max_text, height: 0 });
      if (++made % SLICE === 0) yield;
    }
    for (const entry of picture.order) {
      const drawn = entry < 0 ? picture.groups[-1 - entry] : picture.nodes[entry];
      if (!shown(drawn)) continue;
      if (!("lines" in drawn)) front.add(openGroup(drawn), drawn);
      else {
        const node = side === "before" ? asBefore(drawn) : drawn;
        for (const ring of halo(node)) halos.add(ring, node);
        front.add(nodeElement(node), node);
      }
      if (++made % SLICE === 0) yield;
    }
  }
  return { layers, tiles, slices: slices() };
}

/** What lies at one height of a drawing, cut into tiles. */
class Layer {
  readonly element = svg("g");
  private tile: Tile | null = null;

  constructor(
    private readonly tiles: Tile[],
    private readonly importance: number,
  ) {}

  add(element: SVGElement, { x, y, width, height }: Box): void {
    if (!this.tile || this.tile.element.childElementCount >= TILE) {
      // Not a <g>: browsers arrange what is in it even where it is not displayed.
      this.tile = {
        element: svg("svg", { overflow: "visible", role: "none" }),
        importance: this.importance,
        left: x,
        top: y,
        right: x,
        bottom: y,
      };
      this.tiles.push(this.tile);
      this.element.append(this.tile.element);
    }
    const { tile } = this;
    tile.element.append(element);
    tile.left = Math.min(tile.left, x);
    tile.top = Math.min(tile.top, y);
    tile.right = Math.max(tile.right, x + width);
    tile.bottom = Math.max(tile.bottom, y + height);
  }
}

/** Returns the rectangle around a wire. */
function around({ points }: DrawnWire): Box {
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Returns the node with the text that its box had in the graph before. */
function asBefore(node: DrawnNode): DrawnNode {
  return node.was.length ? { ...node, lines: node.was } : node;
}

/** Returns the middle of the button of an open or closed group: what the eye holds on to. */
export function buttonMiddle(box: Box, open: boolean): [number, number] {
  return [box.x + BUTTON_LEFT + BUTTON / 2, box.y + (open ? STYLE.frame_title / 2 : box.height / 2)];
}

const shade = (kind: string, level: number) => (level % 2 ? kind : `${kind} tfkit-alternate`);

function frame({ x, y, width, height, level }: DrawnGroup): SVGElement {
  return svg("rect", { class: shade("tfkit-frame", level), x, y, width, height, rx: STYLE.corner + 2 });
}

/** The name of an open group and its button stand above the wires that pass behind them. */
function openGroup(group: DrawnGroup): SVGElement {
  const { x, y, width, height, level, label, title } = group;
  const text = {
    class: "tfkit-title",
    "font-size": STYLE.title_size,
    x: x + 2 * STYLE.frame_padding,
    y: y + 19,
  };
  return svg(
    "g",
    {
      class: shade("tfkit-group", level),
      "data-item": group.item,
      "data-scope": group.path,
      role: "treeitem",
      "aria-expanded": "true",
      "aria-level": level,
      "aria-label": `Group ${label}`,
    },
    svg("rect", { class: "tfkit-outline", x, y, width, height, rx: STYLE.corner + 2 }),
    svg("g", { class: "tfkit-heading" }, toggle(label, group, true), svg("text", text, title)),
  );
}

/** Returns how far the heading of an open group can move to the right without leaving it. */
export function headingRoom({ width, title }: DrawnGroup): number {
  const taken = 3 * STYLE.frame_padding + textWidth(title, STYLE.title_size, true);
  return Math.max(0, width - taken);
}

function toggle(label: string, box: Box, open: boolean): SVGElement {
  const [x, y] = buttonMiddle(box, open);
  const name = `${open ? "Close" : "Open"} group ${label}`;
  const button = html("button", { type: "button", class: "tfkit-toggle", "aria-label": name, title: name });
  button.textContent = open ? "\u2212" : "+";
  const place = { x: x - BUTTON / 2, y: y - BUTTON / 2, width: BUTTON, height: BUTTON };
  return svg("foreignObject", place, button);
}

function wireElement(wire: DrawnWire, place: number): SVGElement {
  const parts: Element[] = [svg("path", { d: pathData(wire) })];
  if (wire.target >= 0) parts.push(svg("path", { class: "tfkit-tip", d: tipData(wire) }));
  const kind = `tfkit-wire${wire.control ? " tfkit-control" : ""}${markClass(wire.mark)}`;
  return svg("g", { class: kind, "data-wire": place }, ...parts);
}

/** Returns the `d` of a route: straight through ranks, a smooth S between two of them. */
function pathData({ points: [[startX, startY], ...rest] }: DrawnWire): string {
  let [x, y] = [startX, startY];
  let data = `M${x} ${y}`;
  for (const [nextX, nextY] of rest) {
    const middle = Math.floor((y + nextY) / 2);
    if (nextX !== x) data += `C${x} ${middle} ${nextX} ${middle} ${nextX} ${nextY}`;
    else if (nextY !== y) data += `V${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return data;
}

function tipData({ points }: DrawnWire): string {
  const [[, before], [x, y]] = points.slice(-2);
  const size = STYLE.arrow;
  const half = Math.floor(size / 2);
  const [tip, foot] = before <= y ? [y, y - size] : [y, y + size];
  return `M${x} ${tip}L${x - half} ${foot}H${x + half}Z`;
}

function nodeElement(node: DrawnNode): SVGElement {
  const heat = node.heat < 0 ? "" : ` tfkit-heat tfkit-heat-${node.heat}`;
  const element = svg(
    "g",
    {
      class: `tfkit-node tfkit-${node.kind}${heat}${markClass(node.mark)}`,
      "data-node-id": node.id,
      "data-item": node.item,
      tabindex: -1,
      role: "treeitem",
      "aria-level": node.level,
      "aria-label": node.about,
    },
    ...outline(node),
    ...nodeTexts(node),
    ...badge(node),
  );
  if (node.members) {
    element.setAttribute("data-scope", node.id.slice(0, -1));
    element.setAttribute("aria-expanded", "false");
    element.append(toggle(node.label, node, false));
  }
  return element;
}

const markClass = (mark: Mark) => (mark ? ` tfkit-mark-${mark.replace(" ", "-")}` : "");

/** What failed or differs has a ring around it, behind the arrows that end there. */
function halo({ mark, members, kind, x, y, width, height }: DrawnNode): SVGElement[] {
  if (!badgeSign(mark)) return [];
  const out = STYLE.halo + (members ? 3 : 0); // around the second edge, too
  const rx = (isPill(kind) ? pillCorner(height) : STYLE.corner) + out;
  const around = { x: x - out, y: y - out, width: width + 2 * out, height: height + 2 * out, rx };
  return [svg("rect", { class: `tfkit-halo${markClass(mark)}`, ...around })];
}

/** What failed or differs has a sign on it, too, so that it is not told by colour alone. */
function badge({ mark, x, y, width }: DrawnNode): SVGElement[] {
  const sign = badgeSign(mark);
  if (!sign) return [];
  const { badge: r } = STYLE;
  const middle = x + width - 2;
  return [
    svg("rect", { class: "tfkit-sign", x: middle - r, y: y + 1 - r, width: 2 * r, height: 2 * r, rx: r }),
    svg("text", { class: "tfkit-sign-text", "font-size": STYLE.title_size, x: middle, y: y + 5 }, sign),
  ];
}

/** Returns how many of a closed group's members are lit, as a sign on its left upper corner. */
export function countSign({ x, y }: Box, count: number): SVGElement {
  const text = String(count);
  const width = 12 + 7 * text.length;
  return svg(
    "g",
    { class: "tfkit-count" },
    svg("rect", { class: "tfkit-sign", x: x - 4, y: y - 9, width, height: 18, rx: 9 }),
    svg(
      "text",
      { class: "tfkit-sign-text", "font-size": STYLE.detail_size, x: x - 4 + width / 2, y: y + 4 },
      text,
    ),
  );
}

function nodeTexts({ lines, value, gradient, members, x, y, width, height }: DrawnNode): SVGElement[] {
  const also = (text: string) =>
    text === value ? " tfkit-value" : text === gradient ? " tfkit-gradient" : "";
  const top = y + Math.floor((height - STYLE.line_height * lines.length) / 2) + STYLE.line_height - 4;
  const middle = x + width / 2 + (members ? STYLE.line_height / 2 : 0); // beside the button
  return lines.map((text, index) => {
    const kind = index
      ? { class: `tfkit-detail${also(text)}`, "font-size": STYLE.detail_size }
      : { class: "tfkit-label", "font-size": STYLE.label_size };
    return svg("text", { ...kind, x: middle, y: top + index * STYLE.line_height }, text);
  });
}

/** How round the ends of inputs and outputs are: in a high box, text needs the corners. */
const pillCorner = (height: number) => Math.min(Math.floor(height / 2), STYLE.pill_corner);
const isPill = (kind: string) => kind === "input" || kind === "output";

/** Returns the shape of a box; kinds differ in shape, not in colour alone. */
function outline({ kind, members, x, y, width, height }: DrawnNode): SVGElement[] {
  const round = isPill(kind) ? pillCorner(height) : STYLE.corner;
  const shape = svg("rect", { class: "tfkit-shape", x, y, width, height, rx: round });
  const line = (d: string, more = "") => svg("path", { class: `tfkit-line${more}`, d });
  if (kind === "constant") shape.setAttribute("stroke-dasharray", "3 2");
  const marks: SVGElement[] = [];
  if (kind === "output") {
    const within = { x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: round - 3 };
    marks.push(svg("rect", { class: "tfkit-line", ...within }));
  }
  if (kind === "variable")
    marks.push(line(`M${x + 5} ${y}V${y + height}M${x + width - 5} ${y}V${y + height}`));
  if (kind === "layer") marks.push(line(`M${x + 1} ${y + height - 3}H${x + width - 1}`, " tfkit-bar"));
  if (kind === "function")
    marks.push(svg("path", { class: "tfkit-corner", d: `M${x + 8} ${y}L${x} ${y + 8}V${y}Z` }));
  // A second edge behind a closed group says that there is more inside.
  const stack = members ? [line(`M${x + 6} ${y + height + 3}H${x + width + 3}V${y + 6}`)] : [];
  return [...stack, shape, ...marks];
}
