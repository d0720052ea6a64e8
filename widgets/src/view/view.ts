// The view of one graph: a bar, the drawing, a panel. Keeps what is open, selected and lit, and asks the engine.

import type { Opening, Wish } from "../engine/engine.ts";
import type { Paint } from "../engine/overlays.ts";
import type { Picture } from "../engine/picture.ts";
import { grouped } from "../engine/style.ts";
import { groupItem, groupOf, groupsTo, type Item, isGroup } from "../engine/visible.ts";
import { type Backprop, type Extras, makeBackprop } from "./backprop.ts";
import { Bar } from "./bar.ts";
import { Camera } from "./camera.ts";
import { Cancelled, type Client } from "./client.ts";
import type { Drawing } from "./draw.ts";
import { html, svg } from "./elements.ts";
import { saveAs } from "./export.ts";
import { eyeOn, highest, holdOf, nearestItem } from "./hold.ts";
import { listenToKeys } from "./keys.ts";
import { Legend } from "./legend.ts";
import { Lights } from "./lights.ts";
import { itemOf, Pane } from "./pane.ts";
import { Panel } from "./panel.ts";
import { Status } from "./status.ts";
import { visibleWidth, whenResized } from "./wait.ts";
import { type Direction, nextPlace } from "./walk.ts";

const LOWEST = 180; // px, of the drawing in a notebook
const HIGHEST = 520;
const PATIENCE_MS = 600; // before an unfinished view appears

export class GraphView {
  private readonly open: Set<number>;
  private readonly options: { control: boolean; hubs: boolean; sides: boolean };
  private overlay: string;
  private picture: Picture = { width: 1, height: 1, nodes: [], groups: [], wires: [], texts: [], order: [] };
  private panes: Pane[] = [];
  private camera: Camera;
  private readonly bar: Bar;
  private readonly panel: Panel;
  private readonly status = new Status(() => this.onStatusButton());
  private readonly legend = new Legend();
  private readonly lights: Lights;
  private readonly backprop: Backprop | null;
  private readonly parts: HTMLElement[];
  private readonly drawings = html("div", { class: "tfkit-panes" });
  private panesEnded = new AbortController();
  private selected: Item | null = null;
  private pressed: Item | null = null; // by the last click that was not the second of two
  private drawing = 0; // counts drawings, so that one that was overtaken is dropped
  private height = LOWEST;

  constructor(
    private readonly root: HTMLElement,
    private readonly client: Client,
    private readonly opening: Opening,
    private readonly ended: AbortSignal,
    extras: Extras,
  ) {
    this.open = new Set(opening.open);
    this.options = { control: opening.control, hubs: true, sides: opening.isDiff };
    this.overlay = opening.overlay;
    this.panel = new Panel({
      go: (item) => void this.goTo(item),
      light: (by) => this.selected !== null && void this.lights.set({ by, of: this.selected }),
      pathFrom: (item) => this.lights.beginPath(item),
      lightLine: (file, line) => void this.lights.set({ by: "line", file, line }),
      close: () => this.unselect(),
    });
    this.bar = new Bar(opening, {
      search: (text) => void this.lights.set(text ? { by: "query", text } : null),
      step: (forward) => void this.lights.step(forward),
      listHits: () => void this.listHits(),
      openTo: (depth) => void this.openTo(depth),
      set: (option, on) => void this.setOption(option, on),
      paint: (overlay) => void this.paintBy(overlay),
      showCode: () => void this.showCode(),
      save: (form) => void this.save(form),
      zoom: (inwards) => this.camera.zoom(inwards),
      fit: () => this.fit(),
    });
    this.lights = new Lights(client, this.bar, this.status, {
      panes: () => this.panes,
      open: () => [...this.open],
      go: (item) => this.goTo(item),
    });
    this.backprop = makeBackprop(opening.backprop, client, root, extras, ended, {
      panes: () => this.panes,
      wish: () => this.wish(),
      show: (item) => this.reveal(item),
      put: (picture) => {
        this.picture = picture;
        for (const pane of this.panes) pane.renumber(picture);
      },
    });
    const summary = html("p", { class: "tfkit-summary tfkit-unseen" }, opening.summary);
    this.drawings.append(this.status.element, this.legend.element);
    this.parts = [
      this.bar.element,
      ...(this.backprop ? [this.backprop.element] : []),
      summary,
      html("div", { class: "tfkit-body" }, this.drawings, this.panel.element),
    ];
    this.camera = this.makePanes();
    this.listen();
  }

  /** Draws for the first time; `data-state` is `ready` when that is on screen. */
  async start(): Promise<void> {
    // All in one frame if that comes soon: each frame of a page costs more than all of a small drawing.
    const late = setTimeout(() => this.appear(), PATIENCE_MS);
    const drawn = await this.redraw(() => {}, true).finally(() => clearTimeout(late));
    if (!drawn || this.ended.aborted) return;
    this.fitAgain(); // the lines above may have come to be more
    await new Promise(requestAnimationFrame);
    if (!this.ended.aborted) this.root.dataset.state = "ready";
  }

  private appear(): void {
    if (!this.bar.element.isConnected && !this.ended.aborted) this.root.replaceChildren(...this.parts);
  }

  private makePanes(): Camera {
    this.panesEnded.abort();
    this.panesEnded = new AbortController();
    for (const { canvas } of this.panes) canvas.remove();
    const sides = this.options.sides ? (["before", "after"] as const) : ([""] as const);
    this.panes = sides.map((side) => new Pane(this.opening.name, side));
    this.drawings.prepend(...this.panes.map(({ canvas }) => canvas));
    this.camera = new Camera(this.panes, AbortSignal.any([this.ended, this.panesEnded.signal]));
    return this.camera;
  }

  private listen(): void {
    const signal = this.ended;
    this.drawings.addEventListener("click", (event) => this.onClick(event), { signal });
    this.drawings.addEventListener("dblclick", (event) => this.onDoubleClick(event), { signal });
    this.drawings.addEventListener("pointerover", (event) => this.onPointer(event), { signal });
    whenResized(this.root, signal, this.fitAgain);
    listenToKeys(this.root, this.drawings, this.bar.searchField, signal, {
      zoom: (inwards) => this.camera.zoom(inwards),
      fit: () => this.fit(),
      walk: (item, direction) => this.walk(item, direction),
      enter: (item, details) => this.enter(item, details),
      closeAround: (item) => void this.closeAround(item),
      leave: () => this.leave(),
      search: (forward) => this.bar.enter(forward),
      step: (forward) => this.backprop?.step(forward),
      leaveSearch: () => {
        this.lights.clear();
        this.panes[0].canvas.focus({ preventScroll: true });
      },
    });
  }

  private fit(): void {
    this.camera.fit(this.picture.width, this.picture.height);
  }

  /**
   * Draws anew what is wished for now. `settle` moves the camera in the moment in which the new drawing replaces
   * the old one. False where that did not come about: what was on screen stays, and why is said.
   */
  private async redraw(settle: () => void, first = false): Promise<boolean> {
    const number = ++this.drawing;
    const overtaken = () => number !== this.drawing || this.ended.aborted;
    this.root.setAttribute("aria-busy", "true");
    try {
      const tell = (share: number) => overtaken() || this.status.progress(share);
      const { picture, paint } = await this.client.ask("view", [this.wish()], tell);
      const drawings = await Promise.all(this.panes.map((pane) => pane.make(picture, overtaken)));
      this.status.progress(1);
      if (first) {
        this.appear();
        await visibleWidth(this.drawings, this.ended);
      }
      if (overtaken()) return false;
      this.put(picture, drawings, paint);
      if (first) this.begin();
      else settle();
      await Promise.all([this.lights.show(), this.backprop?.drawn()]);
      return !overtaken();
    } catch (error) {
      if (overtaken()) return false;
      if (first) throw error;
      this.status.progress(1);
      this.status.say(
        error instanceof Cancelled ? "Cancelled." : `This could not be drawn: ${(error as Error).message}`,
      );
      return false;
    } finally {
      if (number === this.drawing) this.root.removeAttribute("aria-busy");
    }
  }

  private wish(): Wish {
    const { control, hubs } = this.options;
    return { open: [...this.open], control, hubs, overlay: this.overlay };
  }

  /** Brings a drawn node on screen. */
  private reveal(item: Item): void {
    const node = this.picture.nodes.find((drawn) => drawn.item === item);
    if (node) this.camera.reveal(node);
  }

  private begin = () => this.camera.start(this.picture.width, this.picture.height, highest(this.picture));

  private fitAgain = () =>
    this.camera.resized(this.picture.width, this.picture.height, highest(this.picture));

  private put(picture: Picture, drawings: (Drawing | null)[], paint: Paint | null): void {
    this.picture = picture;
    this.height = Math.max(this.height, Math.min(picture.height, HIGHEST));
    this.root.style.setProperty("--tfkit-height", `${this.height}px`);
    this.legend.show(paint);
    this.panes.forEach((pane, place) => {
      pane.put(picture, drawings[place] as Drawing); // null only where it was overtaken
      pane.select(this.selected);
    });
  }

  /** Changes which groups are open, and takes the change back where it cannot be drawn. */
  private async change(open: Iterable<number>, settle: () => void): Promise<boolean> {
    const before = [...this.open];
    const replace = (scopes: Iterable<number>) => {
      this.open.clear();
      for (const scope of scopes) this.open.add(scope);
    };
    replace(open);
    const number = this.drawing + 1;
    const drawn = await this.redraw(settle);
    if (!drawn && number === this.drawing) replace(before);
    return drawn;
  }

  /** Opens or closes a group, which stays where it is on screen. */
  private async toggle(group: number): Promise<void> {
    const open = new Set(this.open);
    if (!open.delete(group)) open.add(group);
    const focused = this.root.contains(document.activeElement);
    if (!(await this.change(open, this.holding(groupItem(group))))) return;
    if (focused) this.elementOf(groupItem(group))?.querySelector("button")?.focus({ preventScroll: true });
  }

  private async openTo(depth: number): Promise<void> {
    await this.change(groupsTo(depth, this.opening.parents), this.holding(this.inTheMiddle()));
  }

  /** Returns what keeps an item where it is on screen while the drawing changes. */
  private holding(item: Item | null): () => void {
    const before = eyeOn(this.picture, this.panes[0], item);
    return () => {
      const after = eyeOn(this.picture, this.panes[0], item);
      if (before && after) this.camera.hold(before, after);
      else this.fit();
    };
  }

  private inTheMiddle(): Item | null {
    const { selected, picture, camera } = this;
    return selected !== null && holdOf(picture, selected) ? selected : nearestItem(picture, camera.middle);
  }

  private async setOption(option: "control" | "hubs" | "sides", on: boolean): Promise<void> {
    const settle = this.holding(this.inTheMiddle());
    this.options[option] = on;
    if (option === "sides") this.makePanes();
    await this.redraw(option === "sides" ? this.begin : settle);
  }

  private async paintBy(overlay: string): Promise<void> {
    const settle = this.holding(this.inTheMiddle());
    this.overlay = overlay;
    await this.redraw(settle);
  }

  private elementOf = (item: Item) => this.panes.map((pane) => pane.elementOf(item)).find(Boolean);

  private onClick(event: MouseEvent): void {
    const target = event.target as Element;
    const onButton = target.closest("button");
    if (event.detail > 1 && !onButton) return; // the second click of a double click
    const item = itemOf(target);
    this.pressed = item;
    if (item === null || (this.camera.dragged && event.detail > 0)) return; // a drag ends with a click, too
    if (onButton && isGroup(item)) void this.toggle(groupOf(item));
    else this.choose(item, event.shiftKey);
  }

  /** Selects an item, or ends the path that was begun; with Shift the path from what is selected. */
  private choose(item: Item, shift = false): void {
    if (shift && this.selected !== null) this.lights.beginPath(this.selected);
    if (!this.lights.endPath(item)) void this.select(item);
  }

  private onDoubleClick(event: MouseEvent): void {
    // Not what is under the pointer now: the details of the first click may have moved the drawing.
    const onButton = (event.target as Element).closest("button");
    if (!onButton && this.pressed !== null && isGroup(this.pressed)) void this.toggle(groupOf(this.pressed));
  }

  /** A box says what it is when the pointer comes to it; ten thousand titles made before would be in the way. */
  private onPointer({ target }: Event): void {
    const node = (target as Element).closest("[data-node-id]");
    if (node && !node.querySelector("title"))
      node.prepend(svg("title", {}, node.getAttribute("aria-label") ?? ""));
  }

  private walk(item: Item | null, direction: Direction): void {
    const from = this.picture.nodes.findIndex((node) => node.item === item);
    const place = from < 0 ? -1 : nextPlace(this.picture, from, direction);
    if (from < 0) this.camera.pan(-60 * direction[0], -60 * direction[1]);
    else if (place >= 0) this.focus(this.picture.nodes[place].item);
  }

  private enter(item: Item, details: boolean): void {
    if (isGroup(item) && !details) void this.toggle(groupOf(item));
    else this.choose(item);
  }

  private async closeAround(item: Item): Promise<void> {
    const group = (await this.client.ask("around", [item])).at(-1);
    if (group !== undefined) await this.toggle(group);
  }

  /** Takes back the last thing: a path that was begun or what is lit, then the panel; false if there is none. */
  private leave(): boolean {
    const lit = this.lights.areOn;
    if (lit) this.lights.clear();
    else if (this.panel.isOpen) this.unselect();
    else return false;
    return true;
  }

  private focus(item: Item): void {
    const pane = this.panes.find((one) => one.elementOf(item));
    const node = pane?.node(item);
    if (node) this.camera.reveal(node);
    pane?.focus(item);
  }

  private async select(item: Item): Promise<void> {
    this.selected = item;
    for (const pane of this.panes) pane.select(item);
    const subject = await this.client.ask("subject", [item]);
    if (this.selected !== item || this.ended.aborted) return;
    this.openPanel(() => this.panel.showSubject(subject));
    this.reveal(item); // the panel may have come to stand over it
  }

  private openPanel(fill: () => void): void {
    const wasOpen = this.panel.isOpen;
    fill();
    if (!wasOpen) this.camera.makeRoom(this.picture.width);
  }

  private unselect(): void {
    const focused = this.panel.element.contains(document.activeElement);
    const element = this.selected === null ? undefined : this.elementOf(this.selected);
    this.selected = null;
    this.panel.hide();
    for (const pane of this.panes) pane.select(null);
    if (focused) (element ?? this.panes[0].canvas).focus({ preventScroll: true });
  }

  /** Selects an item, opening what it is hidden in, and brings it on screen. */
  private async goTo(item: Item): Promise<void> {
    if (!holdOf(this.picture, item)) {
      const around = await this.client.ask("around", [item]);
      const held = around.map(groupItem).find((group) => holdOf(this.picture, group)) ?? null;
      if (!(await this.change([...this.open, ...around], this.holding(held)))) return;
    }
    await this.select(item);
    this.focus(item);
  }

  private async listHits(): Promise<void> {
    const lit = await this.lights.ask();
    if (lit) this.openPanel(() => this.panel.showHits(`${grouped(lit.count)} found`, lit.hits, lit.count));
  }

  private async showCode(): Promise<void> {
    const files = await this.client.ask("code", []);
    this.openPanel(() => this.panel.showCode(files));
  }

  private async save(form: string): Promise<void> {
    try {
      const { picture, root: view, client } = this;
      await saveAs(form, { name: this.opening.name, wish: this.wish(), picture, view, client });
    } catch (error) {
      this.status.say(`Saving failed: ${(error as Error).message}`);
    }
  }

  private onStatusButton(): void {
    if (this.status.isWorking) this.client.cancel();
    else this.lights.clear();
  }
}
