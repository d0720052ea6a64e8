// Waiting for the page.

/** Waits until an element has a width; an output may be made long before it is on screen. */
export function visibleWidth(element: HTMLElement, signal: AbortSignal): Promise<void> {
  if (element.clientWidth > 0) return Promise.resolve(); // the usual case, and a frame sooner
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === 0) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(element);
    ended(signal, () => observer.disconnect());
  });
}

/** Calls `changed` each time a view on screen has come to another width, or to another height that its page gives it. */
export function whenResized(root: HTMLElement, signal: AbortSignal, changed: () => void): void {
  const isPage = root.classList.contains("tfkit-page"); // elsewhere its height follows from what it shows
  const size = () => [root.clientWidth, isPage ? root.clientHeight : 0];
  let last = size();
  const observer = new ResizeObserver(() => {
    const [width, height] = size();
    if (!width || (width === last[0] && height === last[1])) return;
    last = [width, height];
    changed();
  });
  observer.observe(root);
  ended(signal, () => observer.disconnect());
}

/** Calls `leave` when the view has ended. */
export function ended(signal: AbortSignal, leave: () => void): void {
  signal.addEventListener("abort", leave, { once: true });
}
