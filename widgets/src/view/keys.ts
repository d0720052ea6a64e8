// The keyboard: what each key does, by where the focus is.

import type { Item } from "../engine/visible.ts";
import { itemOf } from "./pane.ts";
import { ARROWS, type Direction } from "./walk.ts";

/** What keys can ask for. */
export interface KeyActions {
  zoom(inwards: boolean): void;
  fit(): void;
  walk(item: Item | null, direction: Direction): void;
  enter(item: Item, details: boolean): void;
  closeAround(item: Item): void;
  leave(): boolean;
  search(forward: boolean): void;
  step(forward: boolean): void;
  leaveSearch(): void;
}

/** Listens for keys that are pressed inside of `root`, until `signal` says that it is over. */
export function listenToKeys(
  root: HTMLElement,
  drawings: HTMLElement,
  searchField: HTMLInputElement,
  signal: AbortSignal,
  actions: KeyActions,
): void {
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as Element;
    if (!root.contains(target)) return;
    const meantForThePage =
      event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    if (meantForThePage && target !== searchField) return;
    event.stopPropagation();
    if (target === searchField) inSearch(event);
    // A list or a field has keys of its own: they are only kept from the page.
    else if (!target.matches("select, [popover] *, input") && answered(event.key, target))
      event.preventDefault();
  };

  const inSearch = (event: KeyboardEvent) => {
    if (event.key === "Enter") actions.search(!event.shiftKey);
    if (event.key !== "Escape") return;
    event.preventDefault();
    actions.leaveSearch();
  };

  const answered = (key: string, target: Element): boolean => {
    if (key === "+" || key === "=") actions.zoom(true);
    else if (key === "-") actions.zoom(false);
    else if (key === "0") actions.fit();
    else if (key === "/") searchField.select();
    else if (key === "." || key === ",") actions.step(key === ".");
    else if (key === "Escape") return actions.leave();
    else return drawings.contains(target) && answeredByDrawing(key, target);
    return true;
  };

  const answeredByDrawing = (key: string, target: Element): boolean => {
    const item = itemOf(target);
    const direction = ARROWS.get(key);
    if (direction) actions.walk(item, direction);
    else if (item === null) return false;
    else if (key === "Backspace") actions.closeAround(item);
    else if (target.closest("button"))
      return false; // a button does its own work
    else if (key === "Enter" || key === " ") actions.enter(item, key === " ");
    else return false;
    return true;
  };

  // On the window and before all others: JupyterLab takes plain keys for its own (two zeros restart the
  // kernel, Enter edits the cell) before they would come down to the view.
  window.addEventListener("keydown", onKey, { capture: true, signal });
}
