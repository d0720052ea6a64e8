// Where the eye rests, so that it can be kept there while a drawing changes.

import type { Box } from "../engine/layout.ts";
import type { Picture } from "../engine/picture.ts";
import type { Item } from "../engine/visible.ts";
import { buttonMiddle } from "./draw.ts";
import type { Pane } from "./pane.ts";

type Point = [x: number, y: number];

const middleOf = ({ x, y, width, height }: Box): Point => [x + width / 2, y + height / 2];

/** Returns the point of an item that the eye holds on to, or null where it is not drawn; of a group its button. */
export function holdOf({ nodes, groups }: Picture, item: Item): Point | null {
  const node = nodes.find((drawn) => drawn.item === item);
  if (node) return node.members ? buttonMiddle(node, false) : middleOf(node);
  const group = groups.find((drawn) => drawn.item === item);
  return group ? buttonMiddle(group, true) : null;
}

/** Returns the drawn node that is nearest to a point, or null where nothing is drawn. */
export function nearestItem({ nodes }: Picture, [x, y]: Point): Item | null {
  let [best, least]: [Item | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const node of nodes) {
    const [middleX, middleY] = middleOf(node);
    const distance = Math.hypot(middleX - x, middleY - y);
    if (distance < least) [best, least] = [node.item, distance];
  }
  return best;
}

/** Returns the box that stands highest, where one begins to read. */
export function highest({ nodes }: Picture): Box | undefined {
  return nodes.reduce<Box | undefined>((best, node) => (best && best.y <= node.y ? best : node), undefined);
}

/** Returns the point of a drawing on which the eye rests that looks at an item, or null where it is not drawn. */
export function eyeOn(picture: Picture, pane: Pane, item: Item | null): Point | null {
  const point = item === null ? null : holdOf(picture, item);
  return point && [point[0] + pane.shiftOf(item as Item), point[1]];
}
