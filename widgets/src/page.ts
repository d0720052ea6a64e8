// Pages of their own: each view is drawn where its data stand.

const DRAWN = "data-tfkit-drawn"; // in Visual Studio Code this runs once for each output of a notebook

/**
 * Draws everything of a kind that stands on the page and is not drawn yet; `isAlone` says that nothing else is to be
 * seen there, so that a view may fill the page.
 */
export function drawAll<Payload>(
  mimeType: string,
  draw: (root: HTMLElement, payload: Payload, isAlone: boolean) => void,
): void {
  const waiting = document.querySelectorAll(`script[type="${mimeType}"]:not([${DRAWN}])`);
  const isAlone = waiting.length === 1 && isBare(document.body);
  if (isAlone) document.documentElement.style.colorScheme = "light dark"; // around the view as in it
  for (const script of waiting) {
    const root = document.createElement(isAlone ? "main" : "div"); // what the page is about
    script.setAttribute(DRAWN, "");
    script.before(root);
    draw(root, JSON.parse(script.textContent ?? "") as Payload, isAlone);
  }
}

/** In Colab and Visual Studio Code outputs stand in elements of the program's own; a page in a frame is as bare as any. */
function isBare(body: HTMLElement): boolean {
  return [...body.children].every(({ tagName }) => ["SCRIPT", "NOSCRIPT"].includes(tagName));
}
