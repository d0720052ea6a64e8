// For pages of their own: draws every watched training that stands on the page.

import { drawMonitor, MIME_TYPE, type Payload } from "./monitor/index.ts";

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this script runs once for each output of a notebook

for (const script of document.querySelectorAll(`script[type="${MIME_TYPE}"]:not([${DRAWN}])`)) {
  const root = document.createElement("div");
  script.setAttribute(DRAWN, "");
  script.before(root);
  drawMonitor(root, JSON.parse(script.textContent ?? "") as Payload);
}
