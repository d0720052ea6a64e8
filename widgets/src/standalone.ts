// For pages of their own (Graph.to_html, Colab, Visual Studio Code): draws every graph that stands on the page.

import { isAlone, makeRoot } from "./alone.ts";
import { draw, MIME_TYPE, type Payload } from "./view/index.ts";

window.tfkit = { ...window.tfkit, draw };

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this script runs once for each output of a notebook
const waiting = document.querySelectorAll<HTMLScriptElement>(`script[type="${MIME_TYPE}"]:not([${DRAWN}])`);
const alone = isAlone(waiting);

for (const script of waiting) {
  const root = makeRoot(alone);
  script.setAttribute(DRAWN, "");
  script.before(root);
  if (alone) {
    document.body.style.margin = "0";
    root.classList.add("tfkit-page");
  }
  draw(root, JSON.parse(script.textContent ?? "") as Payload);
}
