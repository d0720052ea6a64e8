// Positions to SVG elements. The same shapes as in tfkit/drawing/svg.py; colours come from graph.css.

import { html, svg } from "./elements.ts";
import type { Box, Layout, Route } from "./layout.ts";
import type { Mark, Scope } from "./model.ts";
import { badgeSign, lines, markText, STYLE, shapeText, shorten, textWidth, wireText } from "./style.ts";
import type { Shown, Visible } from "./visible.ts";

/** Side of the button that opens a group, and its distance from the group's left border. */
const BUTTON = 18;
const BUTTON_LEFT = 8;

/** Returns the drawing, from back to front. */
export function draw(visible: Visible, layout: Layout): Element[] {
  const { nodes, scopes } = visible;
  const markOf = wireMarks(visible);
  return [
    svg("g", {}, ...scopes.map((scope, index) => frame(scope, layout.frames[index]))),
    svg("g", {}, ...nodes.flatMap((node, index) => halo(node, layout.boxes[index]))),
    svg("g", { fill: "none" }, ...layout.routes.map((route, index) => wire(route, index, markOf(route)))),
    svg("g", {}, ...scopes.map((scope, index) => openGroup(scope, layout.frames[index]))),
    svg("g", { class: "tfkit-wire-texts", "font-size": STYLE.wire_size }, ...wireTexts(visible, layout)),
    svg("g", {}, ...nodes.map((node, index) => nodeElement(node, layout.boxes[index]))),
  ];
}

/** Returns the middle of the button of an open or closed group: what the eye holds on to. */
export function buttonMiddle(box: Box, open: boolean): [number, number] {
  return [box.x + BUTTON_LEFT + BUTTON / 2, box.y + (open ? STYLE.frame_title / 2 : box.height / 2)];
}

function frame(scope: Scope, { x, y, width, height }: Box): SVGElement {
  const shade = scope.depth % 2 ? "tfkit-frame" : "tfkit-frame tfkit-alternate";
  return svg("rect", { class: shade, x, y, width, height, rx: STYLE.corner + 2 });
}

/** The name of an open group stands above the wires that pass behind it. */
function openGroup(scope: Scope, box: Box): SVGElement {
  const { x, y, width, height } = box;
  const shade = scope.depth % 2 ? "tfkit-group" : "tfkit-group tfkit-alternate";
  const title = shorten(scope.label, STYLE.title_size, true);
  return svg(
    "g",
    {
      class: shade,
      "data-scope": scope.path,
      "aria-expanded": "true",
      role: "group",
      "aria-label": scope.label,
    },
    svg("rect", { class: "tfkit-outline", x, y, width, height, rx: STYLE.corner + 2 }),
    toggle(scope.label, box, true),
    svg(
      "text",
      { class: "tfkit-title", "font-size": STYLE.title_size, x: x + 2 * STYLE.frame_padding, y: y + 19 },
      title,
    ),
  );
}

function toggle(label: string, box: Box, open: boolean): SVGElement {
  const [x, y] = buttonMiddle(box, open);
  const name = `${open ? "Close" : "Open"} group ${label}`;
  const button = html("button", { type: "button", class: "tfkit-toggle", "aria-label": name, title: name });
  button.textContent = open ? "\u2212" : "+";
  const place = { x: x - BUTTON / 2, y: y - BUTTON / 2, width: BUTTON, height: BUTTON };
  return svg("foreignObject", place, button);
}

/** Returns what tells the mark of a wire where it arrives, and of its way there if all its parts agree. */
function wireMarks({ nodes, edges }: Visible): (route: Route) => Mark {
  const found = new Map<string, Mark>();
  const key = (source: number, output: number, control: boolean, target: number) =>
    `${source},${output},${control},${target}`;
  for (const { source, sourceOutput, target, control, mark } of edges) {
    const idle = nodes[source].mark === "not run" || nodes[target].mark === "not run";
    for (const end of [target, -1]) {
      const place = key(source, sourceOutput, control, end);
      const own = mark || (idle ? "not run" : "");
      found.set(place, (found.get(place) ?? own) === own ? own : "");
    }
  }
  return (route) => found.get(key(route.source, route.sourceOutput, route.control, route.target)) ?? "";
}

function wire(route: Route, index: number, mark: Mark): SVGElement {
  const parts: Element[] = [svg("path", { d: pathData(route) })];
  if (route.target >= 0) parts.push(svg("path", { class: "tfkit-tip", d: tipData(route) }));
  const kind = `tfkit-wire${route.control ? " tfkit-control" : ""}${markClass(mark)}`;
  return svg("g", { class: kind, "data-route": index }, ...parts);
}

/** Returns the `d` of a route: straight through ranks, a smooth S between two of them. */
function pathData({ points: [[startX, startY], ...rest] }: Route): string {
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

function tipData({ points }: Route): string {
  const [[, before], [x, y]] = points.slice(-2);
  const size = STYLE.arrow;
  const half = Math.floor(size / 2);
  const [tip, foot] = before <= y ? [y, y - size] : [y, y + size];
  return `M${x} ${tip}L${x - half} ${foot}H${x + half}Z`;
}

/**
 * Returns the shape of each tensor beside the point where its wire leaves the node; one that would run into
 * the next wire of the same node is left out, the details of the node have it.
 */
function wireTexts({ nodes }: Visible, layout: Layout): SVGElement[] {
  const starts = new Map<number, Map<number, WireText>>();
  for (const { source, sourceOutput, control, points } of layout.routes) {
    const [box, [x, y]] = [layout.boxes[source], points[0]];
    if (control || y !== box.y + box.height || x < box.x || x > box.x + box.width) continue;
    const found = starts.get(source) ?? new Map<number, WireText>();
    const { text, allRight } = found.get(x) ?? {
      text: wireText(nodes[source], sourceOutput),
      allRight: true,
    };
    starts.set(source, found.set(x, { text, allRight: allRight && points[2][0] > x }));
  }
  return [...starts].flatMap(([node, found]) => textsBelow(layout.boxes[node], found));
}

/** What stands beside a wire where it leaves its node, and whether all its branches turn to the right there. */
interface WireText {
  text: string;
  allRight: boolean;
}

function textsBelow(box: Box, found: Map<number, WireText>): SVGElement[] {
  const places = [...found.keys()].sort((a, b) => a - b);
  return places.flatMap((x, index) => {
    const { text, allRight } = found.get(x) as WireText;
    const room = (places[index + 1] ?? Number.POSITIVE_INFINITY) - x - STYLE.wire_text_gap;
    if (!text || textWidth(text, STYLE.wire_size) >= room) return [];
    const beside =
      places.length === 1 && allRight
        ? { x: x - STYLE.wire_text_gap, "text-anchor": "end" }
        : { x: x + STYLE.wire_text_gap };
    return [svg("text", { ...beside, y: box.y + box.height + 15 }, text)];
  });
}

function nodeElement(node: Shown, box: Box): SVGElement {
  const element = svg(
    "g",
    { class: `tfkit-node tfkit-${node.kind}${markClass(node.mark)}`, "data-node-id": node.id, tabindex: -1 },
    svg("title", {}, tooltip(node)),
    ...outline(node, box),
    ...nodeTexts(node, box),
    ...badge(node, box),
  );
  if (node.members) {
    const group = { role: "group", "data-scope": node.id.slice(0, -1), "aria-expanded": "false" };
    for (const [name, value] of Object.entries(group)) element.setAttribute(name, value);
    element.append(toggle(node.label, box, false));
  } else {
    element.setAttribute("role", "button");
  }
  return element;
}

const markClass = (mark: Mark) => (mark ? ` tfkit-mark-${mark.replace(" ", "-")}` : "");

/** What failed or differs has a ring around it, behind the arrows that end there. */
function halo(node: Shown, { x, y, width, height }: Box): SVGElement[] {
  if (!badgeSign(node.mark)) return [];
  const { corner } = STYLE;
  const out = STYLE.halo + (node.members ? 3 : 0); // around the second edge, too
  const rx = (node.kind === "input" || node.kind === "output" ? Math.floor(height / 2) : corner) + out;
  const around = { x: x - out, y: y - out, width: width + 2 * out, height: height + 2 * out, rx };
  return [svg("rect", { class: `tfkit-halo${markClass(node.mark)}`, ...around })];
}

/** What failed or differs has a sign on it, too, so that it is not told by colour alone. */
function badge(node: Shown, { x, y, width }: Box): SVGElement[] {
  const sign = badgeSign(node.mark);
  if (!sign) return [];
  const { badge: r } = STYLE;
  const middle = x + width - 2;
  return [
    svg("rect", { class: "tfkit-sign", x: middle - r, y: y + 1 - r, width: 2 * r, height: 2 * r, rx: r }),
    svg("text", { class: "tfkit-sign-text", "font-size": STYLE.title_size, x: middle, y: y + 5 }, sign),
  ];
}

/** Returns one line that says what a node is, for pointers and for screen readers. */
function tooltip(node: Shown): string {
  const shapes = node.outputs.slice(0, 4).map((output) => `${shapeText(output)} ${output.dtype}`);
  const words = markText(node);
  const made = shapes.length ? ` \u2192 ${shapes.join(", ")}` : "";
  return `${node.id}: ${node.op}${made}${words ? ` (${words})` : ""}`;
}

function nodeTexts(node: Shown, { x, y, width, height }: Box): SVGElement[] {
  const texts = lines(node);
  const top = y + Math.floor((height - STYLE.line_height * texts.length) / 2) + STYLE.line_height - 4;
  const middle = x + width / 2 + (node.members ? STYLE.line_height / 2 : 0); // beside the button
  return texts.map((text, index) => {
    const kind = index
      ? { class: "tfkit-detail", "font-size": STYLE.detail_size }
      : { class: "tfkit-label", "font-size": STYLE.label_size };
    return svg("text", { ...kind, x: middle, y: top + index * STYLE.line_height }, text);
  });
}

/** Returns the shape of a box; kinds differ in shape, not in colour alone. */
function outline(node: Shown, { x, y, width, height }: Box): SVGElement[] {
  if (node.kind === "input" || node.kind === "output") {
    const pill = svg("rect", { class: "tfkit-shape", x, y, width, height, rx: Math.floor(height / 2) });
    const within = {
      x: x + 3,
      y: y + 3,
      width: width - 6,
      height: height - 6,
      rx: Math.floor(height / 2) - 3,
    };
    return node.kind === "input" ? [pill] : [pill, svg("rect", { class: "tfkit-line", ...within })];
  }
  const shape = svg("rect", { class: "tfkit-shape", x, y, width, height, rx: STYLE.corner });
  const marks: SVGElement[] = [];
  if (node.kind === "constant") shape.setAttribute("stroke-dasharray", "3 2");
  if (node.kind === "variable") {
    marks.push(
      svg("path", {
        class: "tfkit-line",
        d: `M${x + 5} ${y}V${y + height}M${x + width - 5} ${y}V${y + height}`,
      }),
    );
  }
  if (node.kind === "layer") {
    marks.push(
      svg("path", { class: "tfkit-line tfkit-bar", d: `M${x + 1} ${y + height - 3}H${x + width - 1}` }),
    );
  }
  if (node.kind === "function") {
    marks.push(svg("path", { class: "tfkit-corner", d: `M${x + 8} ${y}L${x} ${y + 8}V${y}Z` }));
  }
  return node.members ? [stack(x, y, width, height), shape, ...marks] : [shape, ...marks];
}

/** A second edge behind a closed group says that there is more inside. */
function stack(x: number, y: number, width: number, height: number): SVGElement {
  return svg("path", { class: "tfkit-line", d: `M${x + 6} ${y + height + 3}H${x + width + 3}V${y + 6}` });
}
