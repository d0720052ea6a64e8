// For pages of their own (Graph.to_html, Colab, Visual Studio Code): draws every graph that stands on the page.

import { drawAll } from "./page.ts";
import { draw, MIME_TYPE, type Payload } from "./view/index.ts";

window.tfkit = { ...window.tfkit, draw };

drawAll<Payload>(MIME_TYPE, (root, payload, isAlone) => {
  if (isAlone) {
    document.body.style.margin = "0";
    root.classList.add("tfkit-page");
  }
  draw(root, payload);
});
