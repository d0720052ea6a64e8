// The view: a bar with buttons, the drawing, the details. Keeps which groups are open and what is selected.

import { layOutInBackground, useBackground } from "./background.ts";
import { Camera } from "./camera.ts";
import { type Neighbour, outcomeFacts, type Subject, showDetails } from "./details.ts";
import { buttonMiddle, draw } from "./draw.ts";
import { html, svg } from "./elements.ts";
import type { Box, Layout } from "./layout.ts";
import type { Graph, Node } from "./model.ts";
import { type Link, linksOf } from "./neighbours.ts";
import { countText, STYLE } from "./style.ts";
import { collapse, firstOpen, layoutInput, outermostClosed, type Visible } from "./visible.ts";

const LOWEST = 180; // px, of the drawing in a notebook
const HIGHEST = 520;

/** A node or a group, by its place in the whole graph. */
type Place = { node: number } | { group: number };

const ARROWS = new Map([
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
]);

export class GraphView {
  private readonly stage = svg("g");
  private readonly canvas: HTMLElement;
  private readonly details = html("aside", { class: "tfkit-details", "aria-label": "Details", hidden: "" });
  private readonly camera: Camera;
  private readonly open: Set<number>;
  private visible: Visible;
  private layout: Layout = { width: 1, height: 1, boxes: [], frames: [], routes: [] };
  private elements: SVGGElement[] = []; // of each drawn node
  private selected: Place | null = null;
  private pressed: Place | null = null; // by the last click that was not the second of two
  private drawing = 0; // counts drawings, so that one that was overtaken is dropped
  private height = LOWEST;

  constructor(
    private readonly root: HTMLElement,
    private readonly graph: Graph,
    private readonly ended: AbortSignal,
  ) {
    this.open = firstOpen(graph, STYLE.open_limit);
    this.visible = collapse(graph, this.open);
    const picture = svg("svg", {
      "font-family": STYLE.font,
      "aria-label": `Dataflow graph ${graph.name}`,
      role: "group",
    });
    picture.append(this.stage);
    const help = "Drag or use the arrow keys to move, Ctrl and wheel or + and - to zoom, 0 to see everything";
    this.canvas = html(
      "div",
      { class: "tfkit-canvas", tabindex: 0, role: "application", "aria-label": help },
      picture,
    );
    this.camera = new Camera(this.canvas, this.stage, ended);
    root.replaceChildren(this.bar(), html("div", { class: "tfkit-body" }, this.canvas, this.details));
    this.listen();
  }

  /** Draws for the first time; `data-state` is `ready` when that is on screen. */
  async start(): Promise<void> {
    ended(this.ended, useBackground());
    await this.arrange();
    await visibleWidth(this.canvas, this.ended);
    if (this.ended.aborted) return;
    this.show();
    this.camera.start(this.layout.width, this.layout.height, this.topBox());
    await new Promise(requestAnimationFrame);
    if (!this.ended.aborted) this.root.dataset.state = "ready";
  }

  private bar(): HTMLElement {
    const count = countText(this.graph.nodes.length, "operation");
    const name = html("div", { class: "tfkit-name" }, html("strong", {}, this.graph.name), count);
    const button = (text: string, label: string, action: () => void) => {
      const made = html("button", { type: "button", "aria-label": label, title: label }, text);
      made.addEventListener("click", action);
      return made;
    };
    return html(
      "div",
      { class: "tfkit-bar-top", role: "toolbar" },
      name,
      button("\u2212", "Zoom out", () => this.camera.zoom(false)),
      button("+", "Zoom in", () => this.camera.zoom(true)),
      button("Fit", "Show the whole graph", () => this.fit()),
    );
  }

  private listen(): void {
    const signal = this.ended;
    this.canvas.addEventListener("click", (event) => this.onClick(event), { signal });
    this.canvas.addEventListener("dblclick", (event) => this.onDoubleClick(event), { signal });
    // On the window and before all others: JupyterLab takes plain keys for its own (two zeros restart the
    // kernel, Enter edits the cell) before they would come down to the view.
    window.addEventListener("keydown", (event) => this.onKey(event), { capture: true, signal });
  }

  private fit(): void {
    this.camera.fit(this.layout.width, this.layout.height);
  }

  /** Finds positions for what is visible; false if another drawing was begun in the meantime. */
  private async arrange(): Promise<boolean> {
    this.drawing += 1;
    const number = this.drawing;
    const visible = collapse(this.graph, this.open);
    const layout = await layOutInBackground(layoutInput(visible));
    if (number !== this.drawing || this.ended.aborted) return false;
    this.visible = visible;
    this.layout = layout;
    return true;
  }

  private show(): void {
    this.height = Math.max(this.height, Math.min(this.layout.height, HIGHEST));
    this.root.style.setProperty("--tfkit-height", `${this.height}px`);
    this.stage.replaceChildren(...draw(this.visible, this.layout));
    this.elements = [...this.stage.querySelectorAll<SVGGElement>("[data-node-id]")];
    this.elements[0]?.setAttribute("tabindex", "0"); // one stop for Tab, the arrow keys go on from there
    this.markSelected();
  }

  private topBox(): Box | undefined {
    return this.layout.boxes.reduce<Box | undefined>(
      (top, box) => (top && top.y <= box.y ? top : box),
      undefined,
    );
  }

  /** Opens or closes a group, which stays where it is on screen. */
  private async toggle(group: number): Promise<void> {
    const before = this.holdOf(group);
    const focused = this.root.contains(document.activeElement);
    if (!this.open.delete(group)) this.open.add(group);
    if (!(await this.redraw())) return;
    const after = this.holdOf(group);
    if (before && after) this.camera.hold(before, after);
    if (focused) this.groupElement(group)?.querySelector("button")?.focus({ preventScroll: true });
  }

  private async redraw(): Promise<boolean> {
    this.root.setAttribute("aria-busy", "true");
    const drawn = await this.arrange();
    if (!drawn) return false;
    this.show();
    this.root.removeAttribute("aria-busy");
    for (const layer of this.stage.children) layer.classList.add("tfkit-new");
    return true;
  }

  private holdOf(group: number): [number, number] | null {
    const box = this.boxOf({ group });
    return box && buttonMiddle(box, this.visible.scopeNumbers.includes(group));
  }

  private boxOf(place: Place): Box | null {
    const node = this.drawnNode(place);
    if (node >= 0) return this.layout.boxes[node];
    return "group" in place
      ? (this.layout.frames[this.visible.scopeNumbers.indexOf(place.group)] ?? null)
      : null;
  }

  /** Returns the place of a node or closed group among the drawn nodes, or -1. */
  private drawnNode(place: Place): number {
    const { nodes } = this.visible;
    if ("node" in place) return nodes.findIndex(({ original }) => original === place.node);
    return nodes.findIndex(({ group }) => group === place.group);
  }

  private groupElement(group: number): Element | undefined {
    const { path } = this.graph.scopes[group];
    return [...this.stage.querySelectorAll("[data-scope]")].find(
      (element) => element.getAttribute("data-scope") === path,
    );
  }

  /** Returns what an element of the drawing stands for. */
  private placeOf(target: EventTarget | null): Place | null {
    const element = (target as Element).closest("[data-node-id], [data-scope]");
    const node = this.elements.indexOf(element as SVGGElement);
    if (node >= 0) {
      const { original, group } = this.visible.nodes[node];
      return original >= 0 ? { node: original } : { group };
    }
    const path = element?.getAttribute("data-scope");
    const scope = this.visible.scopes.findIndex((open) => open.path === path);
    return scope >= 0 ? { group: this.visible.scopeNumbers[scope] } : null;
  }

  private onClick(event: MouseEvent): void {
    const onButton = (event.target as Element).closest("button");
    if (event.detail > 1 && !onButton) return; // the second click of a double click
    this.pressed = this.placeOf(event.target);
    if (!this.pressed || (this.camera.dragged && event.detail > 0)) return; // a drag ends with a click, too
    if (onButton && "group" in this.pressed) void this.toggle(this.pressed.group);
    else this.select(this.pressed);
  }

  private onDoubleClick(event: MouseEvent): void {
    // Not what is under the pointer now: the details of the first click may have moved the drawing.
    const onButton = (event.target as Element).closest("button");
    if (!onButton && this.pressed && "group" in this.pressed) void this.toggle(this.pressed.group);
  }

  private onKey(event: KeyboardEvent): void {
    if (!this.root.contains(event.target as globalThis.Node)) return;
    const meantForThePage =
      event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
    if (meantForThePage) return;
    event.stopPropagation();
    if (this.answerKey(event)) event.preventDefault();
  }

  private answerKey({ key, target }: KeyboardEvent): boolean {
    const inDrawing = this.canvas.contains(target as Element);
    if (key === "+" || key === "=") this.camera.zoom(true);
    else if (key === "-") this.camera.zoom(false);
    else if (key === "0") this.fit();
    else if (key === "Escape" && this.selected) this.unselect();
    else if (inDrawing && ARROWS.has(key)) this.onArrow(...(ARROWS.get(key) as [number, number]));
    else if (inDrawing && (key === "Enter" || key === " ")) return this.selectFocused(target as Element);
    else return false;
    return true;
  }

  private selectFocused(target: Element): boolean {
    const node = this.elements.indexOf(target as SVGGElement);
    if (node < 0) return false; // a button does its own work
    this.select(this.placeOf(target) as Place);
    return true;
  }

  /** Moves the focus to the nearest node in that direction, or the picture if no node has the focus. */
  private onArrow(right: number, down: number): void {
    const from = this.elements.indexOf(document.activeElement as SVGGElement);
    if (from >= 0) this.focusNext(from, right, down);
    else this.camera.pan(-60 * right, -60 * down);
  }

  private focusNext(from: number, right: number, down: number): void {
    const middle = ({ x, y, width, height }: Box) => [x + width / 2, y + height / 2];
    const [x, y] = middle(this.layout.boxes[from]);
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    this.layout.boxes.forEach((box, node) => {
      const [dx, dy] = [middle(box)[0] - x, middle(box)[1] - y];
      const along = dx * right + dy * down;
      const distance = along + 3 * Math.abs(dx * down + dy * right);
      if (node !== from && along > 0 && distance < least) [best, least] = [node, distance];
    });
    if (best >= 0) this.focus(best);
  }

  private focus(node: number): void {
    for (const element of this.elements) element.setAttribute("tabindex", "-1");
    this.elements[node].setAttribute("tabindex", "0");
    this.elements[node].focus({ preventScroll: true });
    this.camera.reveal(this.layout.boxes[node]);
  }

  private select(place: Place): void {
    this.selected = place;
    if (this.details.hidden) {
      this.details.hidden = false;
      this.camera.makeRoom(this.layout.width);
    }
    showDetails(this.details, this.subject(place), () => this.unselect());
    this.markSelected();
    const node = this.drawnNode(place);
    if (node >= 0) this.camera.reveal(this.layout.boxes[node]); // the panel may have come to stand over it
  }

  private unselect(): void {
    const node = this.selected ? this.drawnNode(this.selected) : -1;
    const focused = this.details.contains(document.activeElement);
    this.selected = null;
    this.details.hidden = true;
    this.markSelected();
    if (focused) (node >= 0 ? this.elements[node] : this.canvas).focus({ preventScroll: true });
  }

  /** Marks the selected node and the wires that lead to it and from it. */
  private markSelected(): void {
    const selected = this.selected ? this.drawnNode(this.selected) : -1;
    this.elements.forEach((element, node) => {
      element.classList.toggle("tfkit-selected", node === selected);
    });
    const feeding = new Set(
      this.layout.routes.filter(({ leadsTo }) => leadsTo.includes(selected)).map(wireName),
    );
    for (const element of this.stage.querySelectorAll("[data-route]")) {
      const route = this.layout.routes[Number(element.getAttribute("data-route"))];
      const feeds =
        feeding.has(wireName(route)) && (route.leadsTo.includes(selected) || !route.leadsTo.length);
      element.classList.toggle("tfkit-lit", selected >= 0 && (route.source === selected || feeds));
    }
  }

  private subject(place: Place): Subject {
    const drawn = this.drawnNode(place);
    if ("node" in place) {
      const { inputs, users } = linksOf(this.graph, place.node);
      return nodeSubject(
        this.graph.nodes[place.node],
        this.pathOf(place.node),
        this.toOriginals(inputs),
        this.toOriginals(users),
      );
    }
    const { path, label, kind, attributes } = this.graph.scopes[place.group];
    const facts: [string, string][] = [["Name", path]];
    const subject = {
      label,
      facts,
      kind: kind === "layer" || kind === "function" ? kind : "scope",
      attributes,
      source: null,
    };
    if (drawn < 0) return { ...subject, outputs: [], inputs: [], users: [] };
    const { outputs, members } = this.visible.nodes[drawn];
    facts.push(["Holds", countText(members, "operation")], ...outcomeFacts(this.visible.nodes[drawn]));
    const { inputs, users } = linksOf(this.visible, drawn);
    return { ...subject, outputs, inputs: this.toDrawn(inputs), users: this.toDrawn(users) };
  }

  private pathOf(node: number): string {
    return this.graph.scopes[this.graph.nodes[node].scope]?.path ?? "";
  }

  private toOriginals(links: Link[]): Neighbour[] {
    return links.map(({ node, text }) => ({ text, go: () => void this.goTo({ node }) }));
  }

  private toDrawn(links: Link[]): Neighbour[] {
    const { nodes } = this.visible;
    const place = (node: number): Place =>
      nodes[node].original >= 0 ? { node: nodes[node].original } : { group: nodes[node].group };
    return links.map(({ node, text }) => {
      const at = place(node);
      return { text, go: () => void this.goTo(at) };
    });
  }

  /** Selects a node or group, opening what it is hidden in, and brings it on screen. */
  private async goTo(place: Place): Promise<void> {
    const { scopes, nodes } = this.graph;
    const around = "node" in place ? nodes[place.node].scope : scopes[place.group].parent;
    if (around >= 0 && outermostClosed(scopes, this.open)[around] >= 0) {
      for (let scope = around; scope >= 0; scope = scopes[scope].parent) this.open.add(scope);
      if (!(await this.redraw())) return;
    }
    this.select(place);
    const node = this.drawnNode(place);
    if (node >= 0) this.focus(node);
  }
}

function nodeSubject(node: Node, scope: string, inputs: Neighbour[], users: Neighbour[]): Subject {
  const facts: [string, string][] = [
    ["Name", node.id],
    ["Operation", node.op],
  ];
  if (scope) facts.push(["Group", scope]);
  facts.push(...outcomeFacts(node));
  const { label, kind, outputs, attributes, source } = node;
  return { label, kind, outputs, attributes, source, facts, inputs, users };
}

function wireName({ source, sourceOutput, control }: Layout["routes"][number]): string {
  return `${source},${sourceOutput},${control}`;
}

/** Calls `leave` when the view has ended. */
function ended(signal: AbortSignal, leave: () => void): void {
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
}

/** Waits until an element has a width; an output may be made long before it is on screen. */
function visibleWidth(element: HTMLElement, signal: AbortSignal): Promise<void> {
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
