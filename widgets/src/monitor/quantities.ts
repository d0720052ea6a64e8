// What the map can show of each variable.

import { type Axis, axisOf } from "./chart.ts";
import type { Track } from "./model.ts";

/**
 * A number that the map can show: over which axis (that of the numbers themselves, where nothing is said), and which
 * of them are worth a mark.
 */
export interface Quantity {
  title: string;
  of: (track: Track) => ArrayLike<number>;
  log: boolean;
  isOdd: (value: number) => boolean;
  axis?: (values: ArrayLike<number>[]) => Axis;
}

const isNotFinite = (value: number) => !Number.isFinite(value);

export const QUANTITIES: Record<string, Quantity> = {
  gradient: {
    title: "Length of the gradient",
    of: (track) => track.gradientNorm,
    log: true,
    isOdd: isNotFinite,
  },
  update: {
    title: "Update by weight",
    of: (track) => track.updateRatio,
    log: true,
    isOdd: (value) => Math.abs(value) === Number.POSITIVE_INFINITY, // NaN: of a variable that is zero
  },
  weight: { title: "Length of the weight", of: (track) => track.weightNorm, log: true, isOdd: isNotFinite },
  dead: {
    title: "Share of units without a gradient",
    of: (track) => track.dead,
    log: false,
    isOdd: () => false,
    axis: () => ({ low: 0, high: 1, log: false }),
  },
  odd: {
    title: "Elements that are NaN or infinite",
    of: ({ gradientNonfinite, weightNonfinite }) =>
      gradientNonfinite.map((count, place) => count + weightNonfinite[place]),
    log: false,
    isOdd: (count) => count > 0,
    axis: (values) => ({ low: 0, high: Math.max(1, axisOf(values, false).high), log: false }),
  },
};
