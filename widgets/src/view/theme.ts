// Puts the style sheet into the page, once; light and dark colours come from the file that Python draws with.

import { STYLE } from "../engine/style.ts";
import backprop from "./backprop.css";
import { html } from "./elements.ts";
import css from "./graph.css";

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
    backprop,
  ].join("\n");
  document.head.append(style);
}

/** The light colours for one element, whatever the theme of its page. */
export function lightColors(): string {
  return `${variables(STYLE.colors)};--jp-layout-color0:${STYLE.colors.ground}`;
}

/** A colour is one value, or for a kind of node its ground and its line, or the steps of a scale. */
function variables(colors: Record<string, string | string[]>): string {
  const names = (name: string, count: number) =>
    count === 2 ? [name, `${name}-line`] : Array.from({ length: count }, (_, step) => `${name}-${step}`);
  return Object.entries(colors)
    .flatMap(([name, value]) => {
      const variable = `--tfkit-${name.replace("_", "-")}`;
      if (typeof value === "string") return [`${variable}:${value}`];
      return names(variable, value.length).map((one, place) => `${one}:${value[place]}`);
    })
    .join(";");
}
