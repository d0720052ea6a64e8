// A watched training as the page knows it, and how it is read. Mirror of tfkit/gradients/history.py; both sides are
// tested with tests/fixtures/monitor_v1.json.

import { textOf } from "../engine/model.ts";

export const MIME_TYPE = "application/vnd.tfkit.monitor+json";
const VERSION = 1;
export const BINS = 32;

/** Numbers of one variable, one for each report; a histogram has 32 for each. */
export interface Track {
  name: string;
  layer: string;
  shape: number[];
  gradientNorm: Float32Array;
  clippedNorm: Float32Array;
  weightNorm: Float32Array;
  updateRatio: Float32Array;
  dead: Float32Array;
  gradientNonfinite: Int32Array;
  weightNonfinite: Int32Array;
  gradientHistogram: Int32Array;
  weightHistogram: Int32Array;
}

interface Finding {
  code: string;
  where: string;
  evidence: string;
  advice: string;
}

export interface History {
  name: string;
  every: number;
  steps: Int32Array;
  skipped: Int32Array;
  losses: Float32Array;
  tracks: Track[];
  fits: number[];
  notes: string[];
  findings: Finding[];
  isRunning: boolean;
}

/** Whether there is a loss to show: a loop of one's own tells only its gradients, and those are finite. */
export function knowsLoss({ losses, tracks }: History): boolean {
  return !(
    losses.every(Number.isNaN) && tracks.every(({ gradientNorm }) => gradientNorm.every(Number.isFinite))
  );
}

type Written = { f32: string } | { i32: string };

interface Wire {
  version: number;
  name: string;
  every: number;
  steps: Written;
  skipped: Written;
  losses: Written;
  fits: number[];
  notes: string[];
  findings?: Finding[];
  state?: string;
  tracks: ({ name: string; layer: string; shape: number[] } & Record<string, Written>)[];
}

/** Returns the history in what a notebook stores: gzip over JSON, written in base64. */
export async function unpack(base64: string): Promise<History> {
  return decode(JSON.parse(await textOf(base64)));
}

export function decode(wire: Wire): History {
  if (wire?.version !== VERSION)
    throw new Error(`This is no history of version ${VERSION} (its version is ${wire?.version}).`);
  return {
    name: wire.name,
    every: wire.every,
    steps: whole(wire.steps),
    skipped: whole(wire.skipped),
    losses: floats(wire.losses),
    fits: wire.fits,
    notes: wire.notes,
    findings: wire.findings ?? [],
    isRunning: wire.state === "running",
    tracks: wire.tracks.map((track) => ({
      name: track.name,
      layer: track.layer,
      shape: track.shape,
      gradientNorm: floats(track.gradient_norm),
      clippedNorm: floats(track.clipped_norm),
      weightNorm: floats(track.weight_norm),
      updateRatio: floats(track.update_ratio),
      dead: floats(track.dead),
      gradientNonfinite: whole(track.gradient_nonfinite),
      weightNonfinite: whole(track.weight_nonfinite),
      gradientHistogram: whole(track.gradient_histogram),
      weightHistogram: whole(track.weight_histogram),
    })),
  };
}

function bytes(written: string): ArrayBuffer {
  return Uint8Array.from(atob(written), (char) => char.charCodeAt(0)).buffer;
}

function floats(written: Written): Float32Array {
  if (!("f32" in written)) throw new Error("Numbers are missing.");
  return new Float32Array(bytes(written.f32));
}

function whole(written: Written): Int32Array {
  if (!("i32" in written)) throw new Error("Counts are missing.");
  return new Int32Array(bytes(written.i32));
}
