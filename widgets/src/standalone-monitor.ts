// For pages of their own: draws every watched training that stands on the page.

import { drawMonitor, MIME_TYPE, type Monitor, type Payload } from "./monitor/index.ts";
import { drawAll } from "./page.ts";

const monitors = new Map<Element, Monitor>();

drawAll<Payload>(MIME_TYPE, (root, payload) => monitors.set(root, drawMonitor(root, payload)));

/** More of a training that is shown, for a page that is told of it while it runs. */
window.tfkit = {
  ...window.tfkit,
  update: (root, payload) => void monitors.get(root)?.update(payload),
};
