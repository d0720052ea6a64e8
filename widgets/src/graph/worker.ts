// Runs beside the page: receives what is to be arranged, answers with positions.

import { type LayoutInput, layOut } from "./layout.ts";

self.onmessage = ({ data: { number, input } }: MessageEvent<{ number: number; input: LayoutInput }>) => {
  try {
    postMessage({ number, layout: layOut(input) });
  } catch (error) {
    postMessage({ number, error: String(error) });
  }
};
