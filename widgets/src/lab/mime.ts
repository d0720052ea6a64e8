// The MIME renderer for JupyterLab and Notebook 7: a graph in a notebook is drawn from its own stored bytes,
// with no kernel and in a notebook that is not trusted.

import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { draw, MIME_TYPE, type Payload } from "../view/index.ts";

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

const extension: IRenderMime.IExtension = {
  id: "tfkit-course:graph",
  description: "Draws the graphs of tfkit.",
  rendererFactory: {
    safe: true, // text of a graph is only ever shown as text
    mimeTypes: [MIME_TYPE],
    createRenderer: () => new RenderedGraph(),
  },
  rank: 0,
  dataType: "json",
};

export default extension;
