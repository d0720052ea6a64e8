// Making elements. Text always goes in as text, never as markup.

export type Values = Record<string, string | number>;

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Values = {},
  ...children: (Element | string)[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Values = {},
  ...children: (Element | string)[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

function filled<T extends Element>(element: T, attributes: Values, children: (Element | string)[]): T {
  for (const [name, value] of Object.entries(attributes))
    element.setAttribute(name, printable(String(value)));
  element.append(...children.map((child) => (typeof child === "string" ? printable(child) : child)));
  return element;
}

/**
 * Returns `text` with marks in place of characters that nobody sees, such as those that turn text round; white space of
 * code and what joins emoji stay.
 */
export function printable(text: string): string {
  return text.replace(/(?!\n|\t|\u200d)[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
