// What stands out from the rest: what a search found, what depends on what, what lies between two boxes, what one
// line of code made.

import type { Light, Lit } from "../engine/engine.ts";
import { countText, grouped } from "../engine/style.ts";
import type { Item } from "../engine/visible.ts";
import type { Bar } from "./bar.ts";
import type { Client } from "./client.ts";
import type { Pane } from "./pane.ts";
import type { Status } from "./status.ts";

/** What the lights need of the view. */
export interface Surroundings {
  panes(): Pane[];
  open(): number[];
  go(item: Item): Promise<void>;
}

export class Lights {
  private light: Light | null = null;
  private pathStart: Item | null = null;
  private hits: Item[] = [];
  private hit = -1;
  private shown: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly bar: Bar,
    private readonly status: Status,
    private readonly around: Surroundings,
  ) {}

  get areOn(): boolean {
    return this.light !== null || this.pathStart !== null;
  }

  set(light: Light | null): Promise<void> {
    if (!light) {
      this.clear();
      return this.shown;
    }
    if (light.by !== "query") this.bar.clear();
    this.light = light;
    this.pathStart = null;
    this.hit = -1;
    this.hits = [];
    this.status.say("");
    this.shown = this.show();
    return this.shown;
  }

  clear(): void {
    this.light = null;
    this.pathStart = null;
    this.hits = [];
    this.bar.clear();
    this.status.say("");
    for (const pane of this.around.panes()) pane.light(null);
  }

  /** Asks what is lit now, null where nothing is to be. */
  async ask(): Promise<Lit | null> {
    return this.light && this.client.ask("lit", [this.light, this.around.open()]);
  }

  /** Shows on the drawing what is lit; to be called after each drawing. */
  async show(): Promise<void> {
    const { light } = this;
    if (!light) return;
    try {
      const lit = await this.ask();
      if (!lit || light !== this.light) return;
      this.hits = lit.hits.map(({ item }) => item);
      for (const pane of this.around.panes()) pane.light(lit.items);
      if (light.by !== "query") this.status.say(textOf(light, lit.count), "Clear");
      else if (this.hit < 0) this.bar.setFound(`${grouped(lit.count)} found`);
    } catch (error) {
      if (light !== this.light) return;
      this.bar.setFound((error as Error).message, true);
      for (const pane of this.around.panes()) pane.light(null);
    }
  }

  /** Goes to the next hit of a search, or to the one before. */
  async step(forward: boolean): Promise<void> {
    await this.shown;
    const count = this.hits.length;
    if (!count) return;
    this.hit = this.hit < 0 && !forward ? count - 1 : (this.hit + (forward ? 1 : count - 1)) % count;
    this.bar.setFound(`${this.hit + 1} of ${grouped(count)}`);
    await this.around.go(this.hits[this.hit]);
    this.bar.searchField.focus({ preventScroll: true });
  }

  beginPath(item: Item): void {
    this.pathStart = item;
    this.status.say("Choose the box at the other end of the path.", "Cancel");
  }

  /** Lights what lies between the box where a path was begun and this one; false if none was begun. */
  endPath(item: Item): boolean {
    if (this.pathStart === null) return false;
    void this.set({ by: "path", from: this.pathStart, to: item });
    return true;
  }
}

function textOf(light: Light, count: number): string {
  if (light.by === "path")
    return count ? `${countText(count, "operation")} on the path.` : "No path joins these two.";
  if (light.by === "line") return `Line ${light.line} made ${countText(count, "operation")}.`;
  const others = countText(count - 1, "operation");
  return light.by === "ancestors" ? `Depends on ${others}.` : `Leads to ${others}.`;
}
