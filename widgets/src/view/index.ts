// Entry: packed bytes in, a live graph on screen.

import type { Opening } from "../engine/engine.ts";
import backpropStyle from "./backprop.css";
import type { Check } from "./backprop.ts";
import { Cancelled, Client } from "./client.ts";
import { html } from "./elements.ts";
import graphStyle from "./graph.css";
import { addStyle } from "./theme.ts";
import { GraphView } from "./view.ts";

export { MIME_TYPE } from "../engine/model.ts";

/**
 * What a notebook stores: the bytes of `Graph.to_wire()` in base64. With a graph that has gradients, what came of
 * checking them, and the id under which the kernel knows what it was made of.
 */
export interface Payload {
  version: number;
  data: string;
  check?: Check;
  live?: string;
}

/**
 * Makes `root` the view of a packed graph.
 *
 * @param root an empty element; its `data-state` becomes `loading`, then `ready` or `error`
 * @param payload what a notebook stores of it
 * @returns what to call when the element is taken away
 */
export function draw(root: HTMLElement, payload: Payload): () => void {
  const ended = new AbortController();
  const client = new Client(payload.data);
  addStyle("tfkit-graph", graphStyle, backpropStyle);
  root.classList.add("tfkit-graph");
  root.dataset.state = "loading";
  void show(root, client, payload, ended.signal);
  return () => {
    ended.abort();
    client.close();
  };
}

async function show(
  root: HTMLElement,
  client: Client,
  { check = null, live = "" }: Omit<Payload, "check"> & { check?: Check | null },
  ended: AbortSignal,
): Promise<void> {
  let opening: Opening | undefined;
  try {
    opening = await client.ask("opening", []);
    if (!ended.aborted) await new GraphView(root, client, opening, ended, { check, live }).start();
  } catch (error) {
    if (!ended.aborted) await showError(root, client, error, opening);
  }
}

/** What cannot be drawn can still be read. */
async function showError(
  root: HTMLElement,
  client: Client,
  error: unknown,
  opening?: Opening,
): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  const why =
    error instanceof Cancelled ? "The drawing was cancelled." : `This graph could not be drawn: ${text}`;
  const message = html("div", { class: "tfkit-message", role: "alert" }, html("p", {}, why));
  root.replaceChildren(message);
  root.dataset.state = "error";
  if (!opening) return;
  const names = await client.ask("names", []);
  message.append(
    html("p", {}, opening.summary),
    html("ul", {}, ...names.map((name) => html("li", {}, name))),
  );
}
