// For pages of their own: draws every surface that stands on the page.

import { isAlone, makeRoot } from "./alone.ts";
import { drawSurface, MIME_TYPE, type Payload } from "./surface/index.ts";

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this script runs once for each output of a notebook

const waiting = document.querySelectorAll(`script[type="${MIME_TYPE}"]:not([${DRAWN}])`);
const alone = isAlone(waiting);

for (const script of waiting) {
  const root = makeRoot(alone);
  script.setAttribute(DRAWN, "");
  script.before(root);
  void drawSurface(root, JSON.parse(script.textContent ?? "") as Payload);
}
