// One drawing on screen: the elements of a picture, and which item each of them stands for.

import type { DrawnNode, Picture } from "../engine/picture.ts";
import type { Times } from "../engine/steps.ts";
import { STYLE } from "../engine/style.ts";
import { type Item, isGroup } from "../engine/visible.ts";
import type { Stage } from "./camera.ts";
import { countSign, type Drawing, draw, headingRoom, type Side, type Tile } from "./draw.ts";
import { html, printable, svg } from "./elements.ts";

const MOST_SHOWN = 400; // boxes that are on the page at once, whether on screen or not
const MOST_TILES = 160; // that are shown at once
const TILES_A_FRAME = 12;
const TURN_MS = 30; // after which drawing lets the page breathe; each frame costs more than many boxes

const SIDE_TITLES = { "": "", before: "Before", after: "After" };

export class Pane implements Stage {
  readonly stage = svg("g", { role: "tree" });
  readonly canvas: HTMLElement;
  private readonly elements = new Map<Item, SVGGElement>();
  private wires: SVGElement[] = [];
  private places = new Map<Item, number>();
  private picture: Picture | null = null;
  private tiles: Tile[] = [];
  private hidden: Tile[] = []; // of what is near, still to be shown, the next one last
  private frame = 0;
  private headings: { element: Element; item: Item; left: number; room: number; shift: number }[] = [];

  constructor(
    name: string,
    readonly side: Side,
  ) {
    const help =
      "Arrow keys walk along the edges, Enter opens a group or shows the details, slash searches, plus and minus " +
      "zoom, zero shows everything";
    const paper = svg("svg", { "font-family": STYLE.font, role: "presentation" }, this.stage);
    const title = SIDE_TITLES[side];
    this.stage.setAttribute("aria-label", `Dataflow graph ${name}${title && `, ${title.toLowerCase()}`}`);
    // The help is a description, which is heard once; a name would be heard with every box that is walked to.
    this.canvas = html(
      "div",
      {
        class: "tfkit-canvas",
        tabindex: 0,
        role: "group",
        "aria-label": title ? `Drawing ${title.toLowerCase()}` : "Drawing",
        "aria-description": help,
      },
      paper,
    );
    if (title) this.canvas.append(html("div", { class: "tfkit-side" }, title));
  }

  /** Makes a drawing, in turns; what is on screen stays until it is `put` there. Null if `stop` came to be so. */
  async make(picture: Picture, stop: () => boolean): Promise<Drawing | null> {
    const drawing = draw(picture, this.side);
    let turn = performance.now();
    while (!drawing.slices.next().done) {
      if (stop()) return null;
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise(requestAnimationFrame);
      turn = performance.now();
    }
    return drawing;
  }

  /** Replaces what is on screen; of much, the camera shows what is near. */
  put(picture: Picture, { layers, tiles }: Drawing): void {
    this.tiles = picture.nodes.length > MOST_SHOWN ? tiles : [];
    for (const { element } of this.tiles) element.style.display = "none";
    this.stage.replaceChildren(...layers);
    this.collect(picture);
  }

  /** Keeps the headings of open groups in sight while a part of the drawing is on screen, and draws what is near. */
  lookAt(left: number, top: number, right: number, bottom: number): void {
    for (const heading of this.headings) {
      const shift = Math.min(heading.room, Math.max(0, left - heading.left));
      if (shift === heading.shift) continue;
      heading.shift = shift;
      heading.element.setAttribute("transform", `translate(${shift} 0)`);
    }
    const [across, down] = [(right - left) / 2, (bottom - top) / 2];
    this.cull(left - across, top - down, right + across, bottom + down);
  }

  /** Returns how far the heading of an open group stands from where it would be if all of it were in sight. */
  shiftOf(item: Item): number {
    return this.headings.find((heading) => heading.item === item)?.shift ?? 0;
  }

  /**
   * Shows what lies within a part of the drawing and hides the rest, where there is much. A few tiles are shown in
   * each frame, those in the middle first; what would be too much, because all is seen from afar, stays hidden: wires
   * and texts before boxes, boxes before the frames of groups.
   */
  private cull(left: number, top: number, right: number, bottom: number): void {
    const isNear = (tile: Tile) =>
      tile.left <= right && tile.right >= left && tile.top <= bottom && tile.bottom >= top;
    const near = this.tiles.filter(isNear).sort((a, b) => a.importance - b.importance);
    const wanted = new Set(near.slice(0, MOST_TILES));
    for (const tile of this.tiles) if (!wanted.has(tile)) tile.element.style.display = "none";
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const far = (tile: Tile) =>
      Math.hypot((tile.left + tile.right) / 2 - x, (tile.top + tile.bottom) / 2 - y);
    this.hidden = [...wanted].filter(({ element }) => element.style.display).sort((a, b) => far(b) - far(a));
    cancelAnimationFrame(this.frame);
    this.reveal();
  }

  private reveal(): void {
    for (const { element } of this.hidden.splice(-TILES_A_FRAME)) element.style.display = "";
    if (this.hidden.length) this.frame = requestAnimationFrame(() => this.reveal());
  }

  private collect(picture: Picture): void {
    this.picture = picture;
    this.places = new Map(picture.nodes.map(({ item }, place) => [item, place]));
    this.elements.clear();
    for (const element of this.stage.querySelectorAll<SVGGElement>("[data-item]"))
      this.elements.set(Number(element.dataset.item), element);
    this.headings = picture.groups.flatMap((group) => {
      const element = this.elements.get(group.item)?.querySelector(".tfkit-heading");
      return element
        ? [{ element, item: group.item, left: group.x, room: headingRoom(group), shift: 0 }]
        : [];
    });
    this.wires = [...this.stage.querySelectorAll<SVGElement>("[data-wire]")];
    // One stop for Tab, the arrow keys go on from there.
    this.nodeElements().next().value?.setAttribute("tabindex", "0");
  }

  *nodeElements(): Generator<SVGGElement> {
    for (const { item } of this.picture?.nodes ?? []) {
      const element = this.elements.get(item);
      if (element) yield element;
    }
  }

  elementOf(item: Item): SVGGElement | undefined {
    return this.elements.get(item);
  }

  node(item: Item): DrawnNode | undefined {
    const place = this.places.get(item);
    return place === undefined ? undefined : this.picture?.nodes[place];
  }

  /** Makes an item the one that Tab comes to, and moves the focus there. */
  focus(item: Item): void {
    for (const element of this.stage.querySelectorAll("[tabindex='0']"))
      element.setAttribute("tabindex", "-1");
    const element = this.elements.get(item);
    if (element) (element.parentElement as Element as SVGElement).style.display = ""; // its tile may wait for its turn
    element?.setAttribute("tabindex", "0");
    element?.focus({ preventScroll: true });
  }

  /** Marks the selected item and the wires that lead to it and from it. */
  select(item: Item | null): void {
    for (const element of this.stage.querySelectorAll(".tfkit-selected")) {
      element.classList.remove("tfkit-selected");
      element.removeAttribute("aria-selected");
    }
    const element = item === null ? undefined : this.elements.get(item);
    element?.classList.add("tfkit-selected");
    element?.setAttribute("aria-selected", "true");
    const place = item === null ? -1 : (this.places.get(item) ?? -1);
    const all = this.picture?.wires ?? [];
    for (const wire of this.wires) {
      const { source, target, leadsTo } = all[Number(wire.dataset.wire)];
      const touched = place >= 0 && (source === place || target === place || leadsTo.includes(place));
      wire.classList.toggle("tfkit-lit", touched);
    }
  }

  /** Writes other numbers into the same boxes. */
  renumber(picture: Picture): void {
    this.picture = picture;
    for (const { item, lines } of picture.nodes) {
      const texts = this.elements.get(item)?.querySelectorAll(":scope > text") ?? [];
      for (const [place, line] of lines.entries()) write(texts[place], line);
    }
    const beside = this.stage.querySelectorAll(".tfkit-wire-texts text");
    for (const [place, { text }] of picture.texts.entries()) write(beside[place], text);
  }

  /** Shows the numbers that are known after some steps, and where the last of them happened. */
  showKnown(steps: number, times: Map<Item, Times>, item: Item | null): void {
    for (const [drawn, element] of this.elements) {
      const known = times.get(drawn);
      element.classList.toggle("tfkit-no-value", known !== undefined && known.value > steps);
      element.classList.toggle("tfkit-no-gradient", known !== undefined && known.gradient > steps);
      element.classList.toggle("tfkit-at-step", drawn === item);
    }
    for (const share of this.stage.querySelectorAll<SVGElement>(".tfkit-share"))
      share.classList.toggle("tfkit-unknown", (times.get(Number(share.dataset.at))?.back ?? 0) > steps);
    const all = this.picture?.wires ?? [];
    const place = item === null ? -1 : (this.places.get(item) ?? -1);
    for (const wire of this.wires) {
      const { target, leadsTo } = all[Number(wire.dataset.wire)];
      wire.classList.toggle("tfkit-at-step", place >= 0 && (target === place || leadsTo.includes(place)));
    }
  }

  /** Lets what is lit stand out; null lets everything be as usual. */
  light(items: Map<Item, number> | null): void {
    this.canvas.classList.toggle("tfkit-lighted", items !== null);
    for (const sign of this.stage.querySelectorAll(".tfkit-count")) sign.remove();
    for (const [item, element] of this.elements) {
      const count = items?.get(item) ?? 0;
      const group = isGroup(item);
      element.classList.toggle("tfkit-found-here", count > 0);
      const node = this.node(item);
      if (count && group && node) element.append(countSign(node, count));
    }
    const all = this.picture?.wires ?? [];
    const nodes = this.picture?.nodes ?? [];
    const lit = (place: number) => (items?.get(nodes[place].item) ?? 0) > 0;
    for (const wire of this.wires) {
      const { source, target, leadsTo } = all[Number(wire.dataset.wire)];
      const ends = target >= 0 ? [target] : leadsTo;
      wire.classList.toggle("tfkit-on-way", items !== null && lit(source) && ends.some(lit));
    }
  }
}

function write(element: Element | undefined, text: string): void {
  if (element && element.textContent !== text) element.textContent = printable(text);
}

/** Returns what an element of a drawing stands for, or null. */
export function itemOf(element: Element): Item | null {
  const found = element.closest<SVGElement>("[data-item]");
  return found ? Number(found.dataset.item) : null;
}
