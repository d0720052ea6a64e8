// Where an arrow key leads from a box: down and up along the edges, sideways to the neighbour on the same height.

import type { Box } from "../engine/layout.ts";
import type { Picture } from "../engine/picture.ts";

export type Direction = [right: number, down: number];

export const ARROWS = new Map<string, Direction>([
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
]);

/** Returns the place of the node to go to from the node at `from`, or -1 where there is none. */
export function nextPlace(picture: Picture, from: number, direction: Direction): number {
  const [, down] = direction;
  const linked = down ? neighbours(picture, from, down > 0) : [];
  const everyone = picture.nodes.map((_, place) => place);
  return nearest(picture, from, direction, linked.length ? linked : everyone, linked.length > 0);
}

function neighbours({ wires }: Picture, from: number, forward: boolean): number[] {
  return wires.flatMap(({ source, target }) => {
    if (target < 0) return [];
    const [start, end] = forward ? [source, target] : [target, source];
    return start === from ? [end] : [];
  });
}

function nearest(
  { nodes }: Picture,
  from: number,
  [right, down]: Direction,
  among: number[],
  linked: boolean,
): number {
  const middle = ({ x, y, width, height }: Box) => [x + width / 2, y + height / 2];
  const [x, y] = middle(nodes[from]);
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (const place of among) {
    const [dx, dy] = [middle(nodes[place])[0] - x, middle(nodes[place])[1] - y];
    const along = dx * right + dy * down;
    const distance = Math.abs(along) + 3 * Math.abs(dx * down + dy * right);
    if (place !== from && (linked || along > 0) && distance < least) [best, least] = [place, distance];
  }
  return best;
}
