// Puts the style sheet into the page, once; light and dark colours come from the file that Python draws with.

import { html } from "./elements.ts";
import css from "./graph.css";
import { STYLE } from "./style.ts";

const MARK = "tfkit-graph-style";

// A page that says which theme it has (JupyterLab, Notebook, VS Code, Colab) is believed; else the system is.
const SAYS = ":root:not([theme]) body:not([data-jp-theme-light]):not([data-vscode-theme-kind])";
const DARK = [
  'body[data-jp-theme-light="false"]',
  'body[data-vscode-theme-kind*="dark"]',
  'body[data-vscode-theme-kind="vscode-high-contrast"]',
  ":root[theme=dark] body",
];

export function addStyle(): void {
  if (document.getElementById(MARK)) return;
  const style = html("style", { id: MARK });
  const dark = variables(STYLE.dark_colors);
  style.textContent = [
    `.tfkit-graph{${variables(STYLE.colors)}}`,
    `@media (prefers-color-scheme:dark){${SAYS} .tfkit-graph{${dark}}}`,
    `${DARK.map((page) => `${page} .tfkit-graph`).join()}{${dark}}`,
    css,
  ].join("\n");
  document.head.append(style);
}

/** A colour is one value, or for a kind of node its ground and its line. */
function variables(colors: Record<string, string | string[]>): string {
  return Object.entries(colors)
    .flatMap(([name, value]) => {
      const variable = `--tfkit-${name.replace("_", "-")}`;
      return typeof value === "string"
        ? [`${variable}:${value}`]
        : [`${variable}:${value[0]}`, `${variable}-line:${value[1]}`];
    })
    .join(";");
}
