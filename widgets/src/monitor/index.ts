// Entry: a stored history in, a live view on screen.

import { html } from "../view/elements.ts";
import { addStyle } from "../view/theme.ts";
import { unpack } from "./model.ts";
import css from "./monitor.css";
import { MonitorView } from "./view.ts";

export { MIME_TYPE } from "./model.ts";

export interface Payload {
  version: number;
  data: string;
}

/** A view on screen: it can be given more of the same training, and taken away. */
export interface Monitor {
  update(payload: Payload): Promise<void>;
  leave(): void;
}

/** Makes `root` the view of a watched training; its `data-state` becomes `loading`, then `ready` or `error`. */
export function drawMonitor(root: HTMLElement, payload: Payload): Monitor {
  let ended = new AbortController(); // of the view that is shown
  let view: MonitorView | null = null;
  let asked = 0;
  let isLeft = false;
  const update = async ({ data }: Payload) => {
    asked += 1;
    const number = asked;
    try {
      const history = await unpack(data);
      if (number !== asked || isLeft) return; // a later one has come
      view ??= new MonitorView(root, ended.signal);
      view.update(history);
      root.dataset.state = "ready";
    } catch (error) {
      ended.abort();
      ended = new AbortController();
      view = null;
      const text = `This training could not be shown: ${(error as Error).message}`;
      root.replaceChildren(html("p", { class: "tfkit-message", role: "alert" }, text));
      root.dataset.state = "error";
    }
  };
  addStyle("tfkit-monitor", css);
  root.classList.add("tfkit-monitor");
  root.dataset.state = "loading";
  void update(payload);
  const leave = () => {
    isLeft = true;
    ended.abort();
  };
  return { update, leave };
}
