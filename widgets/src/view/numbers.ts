// Who computes a graph with gradients anew when a number is set: the page itself, or Python, or nobody.

import type { Backprop, Renumbered, Wish } from "../engine/engine.ts";
import type { Knob } from "../engine/evaluate.ts";
import type { Client } from "./client.ts";
import { find, type Live } from "./live.ts";

const NOBODY = "To move these, run the cell again: they need Python.";

export class Numbers {
  private live: Live | null = null;
  private sought = false;

  constructor(
    private readonly client: Client,
    private readonly known: Backprop,
    private readonly near: Element,
    private readonly id: string,
  ) {}

  /** Looks for somebody who computes, once, and returns whether there is one; the view is on the page by then. */
  async connect(): Promise<{ can: boolean; why: string } | null> {
    if (this.sought) return null;
    this.sought = true;
    if (this.known.computes || !this.known.knobs.length) return { can: this.known.computes, why: "" };
    this.live = this.id ? await find(this.near, this.id) : null;
    return { can: this.live !== null, why: this.live ? "" : NOBODY };
  }

  /** Returns the drawn boxes with the numbers that come of these. */
  async set(values: Map<Knob, number>, wish: Wish): Promise<Renumbered | null> {
    const given = [...values].map(([{ node }, value]): [number, number] => [node, value]);
    if (this.known.computes) return this.client.ask("compute", [given, wish]);
    if (!this.live) return null;
    const named = [...values].map(([{ id }, value]): [string, number] => [id, value]);
    return this.client.ask("renumber", [await this.live.set(Object.fromEntries(named)), wish]);
  }
}
