// Puts the style sheets into the page, each once; light and dark colours come from the file that Python draws with.

import { STYLE } from "../engine/style.ts";
import { html } from "./elements.ts";
import frame from "./frame.css";

// A page that says which theme it has (JupyterLab, Notebook, VS Code, Colab) is believed; else the system is.
const SAYS = ":root:not([theme]) body:not([data-jp-theme-light]):not([data-vscode-theme-kind])";
const DARK = [
  'body[data-jp-theme-light="false"]',
  'body[data-vscode-theme-kind*="dark"]',
  'body[data-vscode-theme-kind="vscode-high-contrast"]',
  ":root[theme=dark] body",
];

/** Adds the style sheets of a kind of view; `root` is the class of its outermost element. */
export function addStyle(root: string, ...sheets: string[]): void {
  const dark = variables(STYLE.dark_colors);
  addSheet("tfkit-frame", frame);
  addSheet(
    root,
    [
      `.${root}{${variables(STYLE.colors)}}`,
      `@media (prefers-color-scheme:dark){${SAYS} .${root}{${dark}}}`,
      `${DARK.map((page) => `${page} .${root}`).join()}{${dark}}`,
      ...sheets,
    ].join("\n"),
  );
}

/** Adds one style sheet as it is. */
export function addSheet(root: string, text: string): void {
  const id = `${root}-style`;
  if (document.getElementById(id)) return;
  const style = html("style", { id });
  style.textContent = text;
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
