// Numbers to what is drawn: scales, lines with gaps, ticks. No DOM.

/** A scale from numbers to px; null for what cannot be shown on it. */
export type Scale = (value: number) => number | null;

export interface Axis {
  low: number;
  high: number;
  log: boolean;
}

/** Returns the axis that holds all finite numbers of some series. */
export function axisOf(series: ArrayLike<number>[], log: boolean): Axis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of series)
    for (let place = 0; place < values.length; place++) {
      const value = scaled(values[place], log);
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  if (low > high) return { low: 0, high: 1, log };
  return low === high ? { low: low - 0.5, high: high + 0.5, log } : { low, high, log };
}

function scaled(value: number, log: boolean): number | null {
  if (!Number.isFinite(value) || (log && value <= 0)) return null;
  return log ? Math.log10(value) : value;
}

/** Returns a scale that puts the low end of an axis at `from` px and the high end at `to`. */
export function scaleOf({ low, high, log }: Axis, from: number, to: number): Scale {
  return (value) => {
    const at = scaled(value, log);
    return at === null ? null : from + ((at - low) / (high - low)) * (to - from);
  };
}

/** Returns the `d` of a line through all points that can be shown; others leave gaps. */
export function linePath(xs: number[], values: ArrayLike<number>, scale: Scale): string {
  let data = "";
  let isOpen = false;
  xs.forEach((x, place) => {
    const y = scale(values[place]);
    if (y === null) {
      isOpen = false;
      return;
    }
    data += `${isOpen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${isOpen ? "" : "h0"}`;
    isOpen = true;
  });
  return data;
}

/** Returns a few round numbers of an axis; of powers of ten, whole exponents. */
export function ticks({ low, high, log }: Axis, most = 4): number[] {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const round = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw) as number;
  const step = log ? Math.max(1, Math.round(round)) : round;
  const found: number[] = [];
  for (let place = Math.ceil(low / step); place * step <= high + step * 1e-9; place++)
    found.push(place * step);
  return found.map((tick) => (log ? 10 ** tick : tick));
}

/** Returns the step of a colour scale for a number on an axis, or -1 where it has none. */
export function heatStep(value: number, axis: Axis, steps: number): number {
  const at = scaled(value, axis.log);
  if (at === null) return -1; // on powers of ten, zero is nothing at all
  return Math.min(steps - 1, Math.max(0, Math.floor(((at - axis.low) / (axis.high - axis.low)) * steps)));
}
