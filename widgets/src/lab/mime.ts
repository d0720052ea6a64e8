// The MIME renderers for JupyterLab and Notebook 7: what a notebook stores of ours is drawn from its own bytes, with no kernel and in a notebook that is not trusted.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import {
  drawMonitor,
  MIME_TYPE as MONITOR_MIME_TYPE,
  type Monitor,
  type Payload as MonitorPayload,
} from "../monitor/index.ts";
import {
  drawSurface,
  MIME_TYPE as SURFACE_MIME_TYPE,
  type Payload as SurfacePayload,
} from "../surface/index.ts";
import { draw, MIME_TYPE, type Payload } from "../view/index.ts";
import { MIME_TYPE as BOARD_MIME_TYPE, type Payload as BoardPayload, BoardView } from "./board-view.ts";

class RenderedGraph extends Widget implements IRenderMime.IRenderer {
  private leave: (() => void) | null = null;
  private drawn = "";

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const payload = model.data[MIME_TYPE] as unknown as Payload;
    if (payload.data === this.drawn) return; // JupyterLab asks again when only metadata changed
    this.drawn = payload.data;
    this.leave?.();
    const root = document.createElement("div");
    this.node.replaceChildren(root);
    this.leave = draw(root, payload);
  }

  dispose(): void {
    this.leave?.();
    this.leave = null;
    super.dispose();
  }
}

/** A training is shown in one output that is replaced while it runs: the view stays, and is told. */
class RenderedMonitor extends Widget implements IRenderMime.IRenderer {
  private monitor: Monitor | null = null;
  private drawn = "";

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const payload = model.data[MONITOR_MIME_TYPE] as unknown as MonitorPayload;
    if (payload.data === this.drawn) return;
    this.drawn = payload.data;
    if (this.monitor) {
      await this.monitor.update(payload);
      return;
    }
    const root = document.createElement("div");
    this.node.replaceChildren(root);
    this.monitor = drawMonitor(root, payload);
  }

  dispose(): void {
    this.monitor?.leave();
    this.monitor = null;
    super.dispose();
  }
}

class RenderedSurface extends Widget implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const root = document.createElement("div");
    this.node.replaceChildren(root);
    await drawSurface(root, model.data[SURFACE_MIME_TYPE] as unknown as SurfacePayload);
  }
}

/** Shows TensorBoard at once only where the user has run or trusted what asks for it. */
class RenderedBoard extends Widget implements IRenderMime.IRenderer {
  private ended = new AbortController();
  private shown = "";

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const payload = model.data[BOARD_MIME_TYPE] as unknown as BoardPayload;
    const key = `${payload.logdir} ${model.trusted}`;
    if (key === this.shown) return;
    this.shown = key;
    this.ended.abort();
    this.ended = new AbortController();
    const root = document.createElement("div");
    this.node.replaceChildren(root);
    const view = new BoardView(root, payload, this.ended.signal);
    if (model.trusted) void view.start();
    else view.offer();
  }

  dispose(): void {
    this.ended.abort();
    super.dispose();
  }
}

function extension(id: string, description: string, kind: string, make: () => IRenderMime.IRenderer) {
  return {
    id: `tfkit-course:${id}`,
    description,
    // Safe, because text is only ever shown as text.
    rendererFactory: { safe: true, mimeTypes: [kind], createRenderer: make },
    rank: 0,
    dataType: "json",
  } satisfies IRenderMime.IExtension;
}

const extensions: IRenderMime.IExtension[] = [
  extension("graph", "Draws the graphs of tfkit.", MIME_TYPE, () => new RenderedGraph()),
  extension("monitor", "Shows training that tfkit watches.", MONITOR_MIME_TYPE, () => new RenderedMonitor()),
  extension("surface", "Shows a loss over two numbers.", SURFACE_MIME_TYPE, () => new RenderedSurface()),
  extension("tensorboard", "Shows TensorBoard in a notebook.", BOARD_MIME_TYPE, () => new RenderedBoard()),
];

export default extensions;
