// For pages of their own: draws every surface that stands on the page.

import { drawAll } from "./page.ts";
import { drawSurface, MIME_TYPE, type Payload } from "./surface/index.ts";

drawAll<Payload>(MIME_TYPE, (root, payload) => void drawSurface(root, payload));
