// What JupyterLab and Notebook 7 load of ours, beside the renderers of mime.ts.

import { board } from "./board.ts";
import { course } from "./course.ts";
import { kernel } from "./kernel.ts";
import { viewer } from "./viewer.ts";

export default [kernel, viewer, board, course];
