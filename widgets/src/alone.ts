// Pages of their own: whether a view is all that is to be seen there.

/** Returns whether nothing but one view is on the page, so that it may fill it. */
export function isAlone(scripts: ArrayLike<Element>): boolean {
  const parts = [...document.body.children];
  const isBare = parts.every(({ tagName }) => ["SCRIPT", "NOSCRIPT"].includes(tagName));
  return window.parent === window && scripts.length === 1 && isBare;
}

/** Returns an element for a view to be drawn in: what a page is about where the view is alone on it. */
export function makeRoot(alone: boolean): HTMLElement {
  if (alone) document.documentElement.style.colorScheme = "light dark"; // around the view as in it
  return document.createElement(alone ? "main" : "div");
}
