// What the pictures of a training say to those who do not see them. No DOM.

import { shortNumber } from "../engine/style.ts";
import type { History } from "./model.ts";
import type { Quantity } from "./quantities.ts";

export const HEADINGS = ["Variable", "Least", "Greatest", "Last", "Marked"];
const MOST = 200; // rows; a table that takes minutes to hear helps nobody

/** Returns a number as it is read out. */
export function spoken(value: number): string {
  return Number.isFinite(value) ? shortNumber(value) : String(value);
}

/** Returns how the numbers of a line go: from the first to the last that there is, and that some are missing. */
export function courseOf(values: ArrayLike<number>): string {
  const known = Array.from(values).filter(Number.isFinite);
  if (!known.length) return "has no number";
  const missing = values.length - known.length;
  const gaps = missing ? `, ${missing} not finite` : "";
  return `from ${spoken(known[0])} to ${spoken(known[known.length - 1])}${gaps}`;
}

/** Returns the rows of a table that says of each variable what the map shows of it, and how many there are beyond. */
export function rowsOf({ tracks }: History, { of, isOdd }: Quantity): { rows: string[][]; beyond: number } {
  const rows = tracks.slice(0, MOST).map((track) => {
    const values = Array.from(of(track));
    const known = values.filter(Number.isFinite);
    const ends = known.length
      ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))]
      : [Number.NaN, Number.NaN];
    const odd = values.filter(isOdd).length;
    return [
      track.name,
      ...ends.map(spoken),
      values.length ? spoken(values[values.length - 1]) : "none",
      `${odd} of ${values.length}`,
    ];
  });
  return { rows, beyond: Math.max(0, tracks.length - MOST) };
}

/** Returns what a histogram of magnitudes says: how many are nothing, and where most of the others are. */
export function spreadWords(counts: Int32Array): string {
  const zeros = counts[0] ?? 0;
  const others = counts.subarray(1);
  const most = others.reduce((a, b) => Math.max(a, b), 0);
  // Each place is a power of two, the first of them 2 to the power of -24.
  const bulk = most ? `, most of the others near ${spoken(2 ** (others.indexOf(most) - 24))}` : "";
  return `${zeros} of them zero or below 2 to the power of -24${bulk}`;
}
