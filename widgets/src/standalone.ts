// For pages of their own (Graph.to_html, Colab, Visual Studio Code): draws every graph that stands on the page.

import { draw, MIME_TYPE, type Payload } from "./view/index.ts";

window.tfkit = { ...window.tfkit, draw };

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this script runs once for each output of a notebook
const waiting = document.querySelectorAll<HTMLScriptElement>(`script[type="${MIME_TYPE}"]:not([${DRAWN}])`);
const alone = window.parent === window && waiting.length === 1 && isBare(document.body);

for (const script of waiting) {
  const root = document.createElement("div");
  script.setAttribute(DRAWN, "");
  script.before(root);
  if (alone) {
    document.body.style.margin = "0";
    root.classList.add("tfkit-page");
  }
  draw(root, JSON.parse(script.textContent ?? "") as Payload);
}

/** Whether nothing else is to be seen on the page, so that the graph may fill it. */
function isBare(body: HTMLElement): boolean {
  return [...body.children].every((element) => ["SCRIPT", "NOSCRIPT"].includes(element.tagName));
}
