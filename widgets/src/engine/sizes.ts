// How much room a node needs: its box, what stands beside its wires, and what these say where they arrive.
// Twin of tfkit/drawing/sizes.py.

import type { Node } from "./model.ts";
import { gradientLine, lines, STYLE, textWidth, wireText } from "./style.ts";

const WIDEST_NUMBER = "grad -0.1234567";

/**
 * Returns `[width, height]` of a node's box; the width is even, so that its middle is a whole px. `amount` is the
 * number of an overlay in it, `arriving` what the wires say that arrive.
 */
export function boxSize(node: Node, amount = "", arriving: string[] = []): [number, number] {
  const [label, ...details] = lines(node, amount);
  let widest = Math.max(
    textWidth(label, STYLE.label_size, true),
    ...details.map((text) => textWidth(text, STYLE.detail_size)),
    STYLE.min_width - 2 * STYLE.padding_x,
  );
  if (gradientLine(node) && node.outputs[0].gradient?.size === 1)
    widest = Math.max(widest, textWidth(WIDEST_NUMBER, STYLE.detail_size)); // others may be tried in the same box
  if (node.members) widest += STYLE.line_height; // room for the button that opens the group
  let width = widest + 2 * STYLE.padding_x;
  const step = arrivalStep(arriving);
  if (step !== STYLE.input_step) width = Math.max(width, 20 + step * (arriving.length - 1));
  return [width + (width % 2), STYLE.line_height * (1 + details.length) + 2 * STYLE.padding_y];
}

/** Returns the width to keep free for a node: that of its box, or more for what stands beside its wires. */
export function roomWidth(node: Node, wires: number, amount = "", arriving: string[] = []): number {
  let [width] = boxSize(node, amount, arriving);
  const widestOf = (texts: string[]) => Math.max(0, ...texts.map((text) => textWidth(text, STYLE.wire_size)));
  if (arriving.some(Boolean))
    width = Math.max(width, beside(widestOf(arriving), arriving.length, width, arrivalStep(arriving)));
  const widest = widestOf(node.outputs.map((_, place) => wireText(node, place)));
  if (!widest || !wires) return width;
  return Math.max(width, beside(widest, wires, width, STYLE.input_step));
}

/** Returns how far apart wires arrive: with what they say between them, where these are a few more than two. */
export function arrivalStep(arriving: string[]): number {
  if (!arriving.some(Boolean) || arriving.length <= 2 || arriving.length > STYLE.most_arrivals)
    return STYLE.input_step;
  return Math.max(...arriving.map((text) => textWidth(text, STYLE.wire_size))) + 2 * STYLE.wire_text_gap;
}

/** Returns the height to keep free above a node for what the wires say that arrive: there they run straight. */
export function roomAbove(arriving: string[]): number {
  return arriving.some(Boolean) ? STYLE.share_height : 0;
}

/** Returns the room that texts need on both sides of the wires at a box. */
function beside(widest: number, wires: number, width: number, step: number): number {
  const spread = Math.min(step * (wires - 1), width - 20);
  return 2 * (Math.floor(spread / 2) + STYLE.wire_text_gap + widest);
}
