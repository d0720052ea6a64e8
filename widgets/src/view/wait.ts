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

/** Calls `leave` when the view has ended. */
export function ended(signal: AbortSignal, leave: () => void): void {
  signal.addEventListener("abort", leave, { once: true });
}
