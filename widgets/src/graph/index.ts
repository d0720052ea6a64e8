// Entry: packed bytes in, a live graph on screen.

import { html } from "./elements.ts";
import { type Graph, unpack } from "./model.ts";
import { addStyle } from "./theme.ts";
import { GraphView } from "./view.ts";

export { MIME_TYPE } from "./model.ts";

const MOST_LISTED = 500;

/** What a notebook stores: the bytes of `Graph.to_wire()` in base64. */
export interface Payload {
  version: number;
  data: string;
}

/**
 * Makes `root` the view of a packed graph.
 *
 * @param root an empty element; its `data-state` becomes `loading`, then `ready` or `error`
 * @param base64 the bytes of `Graph.to_wire()`
 * @returns what to call when the element is taken away
 */
export function draw(root: HTMLElement, base64: string): () => void {
  const ended = new AbortController();
  addStyle();
  root.classList.add("tfkit-graph");
  root.dataset.state = "loading";
  void show(root, base64, ended.signal);
  return () => ended.abort();
}

async function show(root: HTMLElement, base64: string, ended: AbortSignal): Promise<void> {
  let graph: Graph | undefined;
  try {
    graph = await unpack(base64);
    if (!ended.aborted) await new GraphView(root, graph, ended).start();
  } catch (error) {
    if (!ended.aborted) showError(root, error, graph);
  }
}

/** What cannot be drawn can still be read. */
function showError(root: HTMLElement, error: unknown, graph?: Graph): void {
  const text = error instanceof Error ? error.message : String(error);
  const nodes =
    graph?.nodes.slice(0, MOST_LISTED).map((node) => html("li", {}, `${node.id} (${node.op})`)) ?? [];
  const message = html("div", { class: "tfkit-message", role: "alert" });
  message.append(html("p", {}, `This graph could not be drawn: ${text}`), html("ul", {}, ...nodes));
  root.replaceChildren(message);
  root.dataset.state = "error";
}
