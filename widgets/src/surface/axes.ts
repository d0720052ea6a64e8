// What stands around a picture of a number over two others: ticks, and the names of the two. No scale of its own.

import { shortNumber } from "../engine/style.ts";
import { ticks } from "../monitor/chart.ts";
import { html } from "../view/elements.ts";

const MOST = 5; // parts of an axis

/** A round number of an axis, and where it stands: 0 at its low end, 1 at its high end. */
export interface Tick {
  text: string;
  share: number;
}

/** Returns the round numbers of an axis that goes from `low` to `high`, in whichever direction. */
export function ticksOf([low, high]: [number, number]): Tick[] {
  const axis = { low: Math.min(low, high), high: Math.max(low, high), log: false };
  return ticks(axis, MOST).map((tick) => ({ text: shortNumber(tick), share: (tick - low) / (high - low) }));
}

/** Returns a square picture with its axes; the ranges are said where the picture is described in words. */
export function withAxes(
  paper: HTMLElement,
  [across, up]: [string, string],
  [xRange, yRange]: [[number, number], [number, number]],
): HTMLElement {
  const [xs, ys] = [ticksOf(xRange), ticksOf(yRange)];
  const axis = (name: string, found: Tick[], side: "left" | "bottom") =>
    html(
      "div",
      { class: `tfkit-surface-ticks-${name}`, "aria-hidden": "true" },
      ...found.map(({ text, share }) =>
        html("span", { style: `${side}: ${(100 * share).toFixed(2)}%` }, text),
      ),
    );
  const left = axis("y", ys, "bottom");
  left.style.width = `${Math.max(0, ...ys.map(({ text }) => text.length))}ch`; // what stands in it takes no room
  return html(
    "div",
    { class: "tfkit-surface-plot" },
    html("div", { class: "tfkit-surface-y" }, html("span", {}, up)),
    left,
    paper,
    axis("x", xs, "left"),
    html("div", { class: "tfkit-surface-x" }, across),
  );
}
