// What is visible and where it stands, as plain lists of what to draw.

import type { Box, Layout, Route } from "./layout.ts";
import type { Kind, Mark } from "./model.ts";
import type { Paint } from "./overlays.ts";
import { type Share, shareKey, shareTexts } from "./shares.ts";
import {
  gradientLine,
  lines,
  markText,
  STYLE,
  shapeText,
  shorten,
  textWidth,
  valueLine,
  wireText,
} from "./style.ts";
import { groupItem, type Item, type Shown, type Visible } from "./visible.ts";

/** A drawn node or closed group. `value` and `gradient` are those of its lines that say these, if any. `about` says in one line what it is; `heat` is a step of a colour scale, or -1. */
export interface DrawnNode extends Box {
  item: Item;
  id: string;
  label: string;
  kind: Kind;
  mark: Mark;
  members: number;
  lines: string[];
  value: string;
  gradient: string;
  was: string[];
  about: string;
  level: number;
  heat: number;
}

/** A drawn open group; it has a mark if all that stands in it has that. */
export interface DrawnGroup extends Box {
  mark: Mark;
  item: Item;
  path: string;
  title: string;
  label: string;
  level: number;
}

/** A wire's way on one level; `source`, `target` and `leadsTo` are places among the drawn nodes. */
export interface DrawnWire {
  source: number;
  sourceOutput: number;
  target: number;
  leadsTo: number[];
  control: boolean;
  mark: Mark;
  points: [number, number][];
}

/**
 * A text beside a wire; `mark` is that of the node which the wire leaves. What goes back along it (`back`) stands
 * where it arrives, at the drawn node `at`.
 */
interface DrawnText {
  back: boolean;
  at: number;
  mark: Mark;
  x: number;
  y: number;
  atEnd: boolean;
  text: string;
}

export interface Picture {
  width: number;
  height: number;
  nodes: DrawnNode[];
  groups: DrawnGroup[];
  wires: DrawnWire[];
  texts: DrawnText[];
  /** Places of nodes, and of groups as -1 minus their place, each group before what it holds. */
  order: number[];
}

/** Returns the texts that an overlay writes into the drawn boxes. */
export function amountTexts({ nodes }: Visible, painted: Paint | null): string[] {
  return nodes.map(({ item }) => painted?.texts.get(item) ?? "");
}

/** Returns what to draw. */
export function picture(visible: Visible, layout: Layout, painted: Paint | null): Picture {
  const amounts = amountTexts(visible, painted);
  const markOf = wireMarks(visible);
  const marks = groupMarks(visible);
  const depth = (scope: number) => (scope < 0 ? 0 : visible.scopes[scope].depth);
  return {
    width: layout.width,
    height: layout.height,
    nodes: visible.nodes.map((node, place) => ({
      ...layout.boxes[place],
      item: node.item,
      id: node.id,
      label: node.label,
      kind: node.kind,
      mark: node.mark,
      members: node.members,
      lines: lines(node, amounts[place]),
      value: shorten(valueLine(node), STYLE.detail_size),
      gradient: shorten(gradientLine(node), STYLE.detail_size),
      was: node.was,
      about: aboutNode(node, amounts[place]),
      level: depth(node.scope) + 1,
      heat: painted ? (painted.steps.get(node.item) ?? -1) : -1,
    })),
    groups: visible.scopes.map(({ path, label }, place) => ({
      ...layout.frames[place],
      mark: marks[place],
      item: groupItem(visible.scopeNumbers[place]),
      path,
      title: shorten(label, STYLE.title_size, true),
      label,
      level: depth(place),
    })),
    wires: layout.routes.map((route) => ({ ...route, mark: markOf(route) })),
    texts: [...wireTexts(visible, layout), ...arrivingTexts(visible, layout)],
    order: order(visible),
  };
}

/** Returns everything drawn in the order of a tree, for those who walk through it without seeing it. */
function order({ nodes, scopes }: Visible): number[] {
  const inside: number[][] = [[], ...scopes.map(() => [])];
  const placed = scopes.map(() => false);
  const place = (scope: number): void => {
    if (scope < 0 || placed[scope]) return;
    placed[scope] = true;
    place(scopes[scope].parent);
    inside[scopes[scope].parent + 1].push(-1 - scope);
  };
  nodes.forEach(({ scope }, node) => {
    place(scope);
    inside[scope + 1].push(node);
  });
  scopes.forEach((_, scope) => {
    place(scope);
  });
  const found: number[] = [];
  const waiting = inside[0].reverse();
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    found.push(entry);
    if (entry < 0) waiting.push(...inside[-entry].reverse());
  }
  return found;
}

/** Returns for each group the mark that all nodes in it have, at any depth, or none. */
function groupMarks({ nodes, scopes }: Visible): Mark[] {
  const found = new Map<number, Mark>();
  for (const { scope, mark } of nodes) {
    for (let at = scope; at >= 0; at = scopes[at].parent) {
      const known = found.get(at) ?? mark;
      found.set(at, known === mark ? mark : "");
    }
  }
  return scopes.map((_, scope) => found.get(scope) ?? "");
}

/**
 * Returns one line that says what a node is, for pointers and for screen readers. The label that is seen is in it: by
 * that a box is called where a computer is spoken to (WCAG 2.5.3).
 */
function aboutNode(node: Shown, amount: string): string {
  const shapes = node.outputs.slice(0, 4).map((output) => `${shapeText(output)} ${output.dtype}`);
  const made = shapes.length ? ` \u2192 ${shapes.join(", ")}` : "";
  const words = [markText(node), amount].filter(Boolean).join("; ");
  const name = node.id.includes(node.label) ? node.id : `${node.label}, ${node.id}`;
  return `${name}: ${node.op}${made}${words ? ` (${words})` : ""}`;
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

/**
 * Returns the shape of each tensor beside the point where its wire leaves the node; one that would run into
 * the next wire of the same node is left out, the details of the node have it.
 */
function wireTexts({ nodes, edges }: Visible, layout: Layout): DrawnText[] {
  const counts = new Map<string, number>();
  for (const { source, sourceOutput, count } of edges) {
    const place = `${source},${sourceOutput}`;
    counts.set(place, Math.max(count, counts.get(place) ?? 1));
  }
  const starts = new Map<number, Map<number, WireText>>();
  for (const { source, sourceOutput, control, points } of layout.routes) {
    const [box, [x, y]] = [layout.boxes[source], points[0]];
    if (control || y !== box.y + box.height || x < box.x || x > box.x + box.width) continue;
    const found = starts.get(source) ?? new Map<number, WireText>();
    const { text, allRight } = found.get(x) ?? {
      text: wireText(nodes[source], sourceOutput, counts.get(`${source},${sourceOutput}`)),
      allRight: true,
    };
    starts.set(source, found.set(x, { text, allRight: allRight && points[2][0] > x }));
  }
  return [...starts].flatMap(([node, found]) => textsBelow(layout.boxes[node], found, nodes[node].mark));
}

/** What stands beside a wire where it leaves its node, and whether all its branches turn to the right there. */
interface WireText {
  text: string;
  allRight: boolean;
}

function textsBelow(box: Box, found: Map<number, WireText>, mark: Mark): DrawnText[] {
  const places = [...found.keys()].sort((a, b) => a - b);
  return places.flatMap((x, index) => {
    const { text, allRight } = found.get(x) as WireText;
    const room = (places[index + 1] ?? Number.POSITIVE_INFINITY) - x - STYLE.wire_text_gap;
    if (!text || textWidth(text, STYLE.wire_size) >= room) return [];
    const atEnd = places.length === 1 && allRight;
    return [
      {
        x: x + (atEnd ? -STYLE.wire_text_gap : STYLE.wire_text_gap),
        y: box.y + box.height + 15,
        mark,
        atEnd,
        text,
        back: false,
        at: -1,
      },
    ];
  });
}

/** Returns what goes back along the wires, each beside the point where its wire arrives. */
function arrivingTexts({ nodes, edges }: Visible, layout: Layout): DrawnText[] {
  const shares = shareTexts(nodes, edges);
  const ends = new Map<number, Map<number, { share: Share; fromRight: boolean }>>();
  for (const { source, sourceOutput, target, control, points } of shares.size ? layout.routes : []) {
    const share = shares.get(shareKey(source, sourceOutput, target));
    if (!share || control) continue;
    const [x] = points[points.length - 1];
    const found = ends.get(target) ?? new Map();
    ends.set(target, found.set(x, { share, fromRight: points[points.length - 3][0] > x }));
  }
  return [...ends].flatMap(([target, found]) => textsAbove(layout.boxes[target], found, nodes));
}

/**
 * The first stands to the left of its wire, the others to the right; of many wires only the outermost say anything.
 */
function textsAbove(box: Box, found: Map<number, { share: Share; fromRight: boolean }>, nodes: Shown[]) {
  const places = [...found.keys()].sort((a, b) => a - b);
  return places.flatMap((x, index): DrawnText[] => {
    const { share, fromRight } = found.get(x) as { share: Share; fromRight: boolean };
    const atEnd = places.length === 1 ? fromRight : index === 0;
    const crowded = places.length > STYLE.most_arrivals && index > 0 && index < places.length - 1;
    if (!share.text || crowded) return [];
    const [left, y] = [x + (atEnd ? -STYLE.wire_text_gap : STYLE.wire_text_gap), box.y - STYLE.arrow - 4];
    return [
      { x: left, y, atEnd, text: share.text, mark: nodes[share.source].mark, back: true, at: share.target },
    ];
  });
}
