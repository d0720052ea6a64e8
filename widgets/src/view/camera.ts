// Which part of the drawing is on screen: pan by dragging, zoom by pinch, by wheel with Ctrl, and by calls.

import type { Box } from "../engine/layout.ts";

const SMALLEST = 0.05;
const LARGEST = 4;
const FAR = 0.25; // below this lines keep their width, and text is dust
const READABLE = 0.55; // at first a graph is not shrunk further than this
const STILL = 4; // px that a click may move
const STEP = 1.25;

/**
 * Why the drawing stands where it does: as at first, all of it shown, moved by the page to keep something in sight,
 * or by the reader.
 */
type Stand = "start" | "all" | "kept" | "own";

interface Pointer {
  x: number;
  y: number;
}

/** A canvas and the drawing on it. */
export interface Stage {
  canvas: HTMLElement;
  stage: SVGGElement;
  /** Is told which part of the drawing is on screen. */
  lookAt(left: number, top: number, right: number, bottom: number): void;
}

export class Camera {
  private x = 0;
  private y = 0;
  private scale = 1;
  private stand: Stand = "start";
  private moved = 0; // px since the pointer went down
  private readonly pointers = new Map<number, Pointer>();

  /** Several stages are of one size and move together. */
  constructor(
    private readonly stages: Stage[],
    signal: AbortSignal,
  ) {
    for (const { canvas } of stages) {
      canvas.addEventListener("wheel", (event) => this.onWheel(event, canvas), { passive: false, signal });
      canvas.addEventListener("pointerdown", (event) => this.onDown(event), { signal });
      canvas.addEventListener("pointermove", (event) => this.onMove(event, canvas), { signal });
      for (const end of ["pointerup", "pointercancel"] as const) {
        canvas.addEventListener(end, (event) => this.onUp(event, canvas), { signal });
      }
    }
  }

  private get canvas(): HTMLElement {
    return this.stages[0].canvas;
  }

  /** Whether the pointer was dragged since it went down, so that this is no click. */
  get dragged(): boolean {
    return this.moved > STILL;
  }

  /** Shows all of a drawing; of one that would be dust like that its upper part. */
  fit(width: number, height: number): void {
    const all = this.scaleOfAll(width, height);
    this.stand = "all";
    this.scale = Math.max(SMALLEST, all);
    this.centre(width, height);
    if (all < SMALLEST) this.move(0, Math.max(0, -this.y));
  }

  /** Shows all of a drawing if it can be read like that, else its top in a readable size. */
  start(width: number, height: number, first: Box | undefined): void {
    const across = this.canvas.clientWidth / width;
    const all = this.scaleOfAll(width, height);
    this.stand = "start";
    this.scale = all >= READABLE ? all : Math.min(1, across) >= READABLE ? Math.min(1, across) : 1;
    this.centre(width, height);
    this.y = Math.max(this.y, 0);
    if (first && this.scale > across) {
      const middle = this.canvas.clientWidth / 2 - (first.x + first.width / 2) * this.scale;
      this.x = Math.min(0, Math.max(middle, this.canvas.clientWidth - width * this.scale));
    }
    this.apply();
  }

  /** The canvas has another size: shows the drawing in it as before, unless the reader has moved it. */
  resized(width: number, height: number, first: Box | undefined): void {
    const { stand } = this;
    if (stand === "all") this.fit(width, height);
    else if (stand === "start" || (stand === "kept" && this.scaleOfAll(width, height) >= READABLE))
      this.start(width, height, first);
    else this.apply(); // more of it may be in sight
  }

  private scaleOfAll(width: number, height: number): number {
    return Math.min(1, this.canvas.clientWidth / width, this.canvas.clientHeight / height);
  }

  private centre(width: number, height: number): void {
    this.x = (this.canvas.clientWidth - width * this.scale) / 2;
    this.y = (this.canvas.clientHeight - height * this.scale) / 2;
    this.apply();
  }

  zoom(inwards: boolean): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.zoomAt(clientWidth / 2, clientHeight / 2, inwards ? STEP : 1 / STEP);
  }

  pan(x: number, y: number): void {
    this.stand = "own";
    this.move(x, y);
  }

  private keep(x: number, y: number): void {
    if ((x || y) && this.stand !== "own") this.stand = "kept";
    this.move(x, y);
  }

  private move(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.apply();
  }

  /** Moves a drawing to the left as far as its right side is cut off and there is room on its left. */
  makeRoom(width: number, margin = 24): void {
    const cutOff = this.x + width * this.scale + margin - this.canvas.clientWidth;
    this.keep(-Math.max(0, Math.min(cutOff, this.x - margin)), 0);
  }

  /** Moves so that `to`, a point of the drawing, comes to stand where `from` stands now. */
  hold([fromX, fromY]: [number, number], [toX, toY]: [number, number]): void {
    this.keep((fromX - toX) * this.scale, (fromY - toY) * this.scale);
  }

  /** The point of the drawing that stands in the middle of the canvas. */
  get middle(): [number, number] {
    const { clientWidth, clientHeight } = this.canvas;
    return [(clientWidth / 2 - this.x) / this.scale, (clientHeight / 2 - this.y) / this.scale];
  }

  /** Moves no further than needed to have a box on screen. */
  reveal({ x, y, width, height }: Box, margin = 24): void {
    const into = (start: number, size: number, room: number) =>
      start < margin ? margin - start : Math.min(0, Math.max(margin - start, room - margin - start - size));
    this.keep(
      into(this.x + x * this.scale, width * this.scale, this.canvas.clientWidth),
      into(this.y + y * this.scale, height * this.scale, this.canvas.clientHeight),
    );
  }

  private apply(): void {
    const transform = `translate(${this.x} ${this.y}) scale(${this.scale})`;
    const { clientWidth, clientHeight } = this.canvas;
    const [left, top] = [-this.x / this.scale, -this.y / this.scale];
    const [width, height] = [clientWidth / this.scale, clientHeight / this.scale];
    for (const stage of this.stages) {
      stage.stage.setAttribute("transform", transform);
      stage.stage.classList.toggle("tfkit-far", this.scale < FAR);
      stage.lookAt(left, top, left + width, top + height);
    }
  }

  private zoomAt(x: number, y: number, factor: number): void {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.stand = "own";
    this.apply();
  }

  /** A plain wheel scrolls the page; browsers report a pinch on a touch pad as a wheel with Ctrl. */
  private onWheel(event: WheelEvent, canvas: HTMLElement): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = canvas.getBoundingClientRect();
    this.zoomAt(event.clientX - left, event.clientY - top, Math.exp(-clamp(event.deltaY, 60) / 150));
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    if (!this.pointers.size) this.moved = 0;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  private onMove(event: PointerEvent, canvas: HTMLElement): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.moved += Math.hypot(now.x - before.x, now.y - before.y);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (!this.dragged) return;
    canvas.setPointerCapture(event.pointerId); // not before: it would take the click from the node
    canvas.classList.add("tfkit-dragging");
    if (other) this.pinch(before, now, other, canvas);
    else this.pan(now.x - before.x, now.y - before.y);
  }

  private pinch(before: Pointer, now: Pointer, other: Pointer, canvas: HTMLElement): void {
    const { left, top } = canvas.getBoundingClientRect();
    const apart = (pointer: Pointer) => Math.max(1, Math.hypot(pointer.x - other.x, pointer.y - other.y));
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    this.zoomAt((now.x + other.x) / 2 - left, (now.y + other.y) / 2 - top, apart(now) / apart(before));
  }

  private onUp(event: PointerEvent, canvas: HTMLElement): void {
    this.pointers.delete(event.pointerId);
    canvas.classList.remove("tfkit-dragging");
  }
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
