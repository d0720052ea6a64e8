// For pages of their own: draws every watched training that stands on the page.

import { isAlone, makeRoot } from "./alone.ts";
import { drawMonitor, MIME_TYPE, type Monitor, type Payload } from "./monitor/index.ts";

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this script runs once for each output of a notebook

const monitors = new Map<Element, Monitor>();

const waiting = document.querySelectorAll(`script[type="${MIME_TYPE}"]:not([${DRAWN}])`);
const alone = isAlone(waiting);

for (const script of waiting) {
  const root = makeRoot(alone);
  script.setAttribute(DRAWN, "");
  script.before(root);
  monitors.set(root, drawMonitor(root, JSON.parse(script.textContent ?? "") as Payload));
}

/** More of a training that is shown, for a page that is told of it while it runs. */
window.tfkit = {
  ...window.tfkit,
  update: (root, payload) => void monitors.get(root)?.update(payload),
};
