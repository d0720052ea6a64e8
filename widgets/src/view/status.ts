// One line over the drawing: how far a long layout is, or what is lit, with a button to end that.

import { html } from "./elements.ts";

const PATIENCE_MS = 300; // before a layout is worth a word

export class Status {
  readonly element: HTMLElement;
  private readonly text = html("span", { role: "status" });
  private readonly button = html("button", { type: "button", class: "tfkit-button" });
  private timer = 0;
  private share = 0;
  private said: [string, string] = ["", ""];

  constructor(pressed: () => void) {
    this.button.addEventListener("click", pressed);
    this.element = html("div", { class: "tfkit-status", hidden: "" }, this.text, this.button);
  }

  /** Whether it tells of work, so that its button ends that. */
  isWorking = false;

  /** Shows a text, and beside it a button where `action` names one; no text takes the line away. */
  say(text: string, action = ""): void {
    this.said = [text, action];
    if (!this.isWorking) this.show(text, action);
  }

  /** Tells how much of a layout is done, 0 to 1; only a long one is shown. */
  progress(share: number): void {
    this.share = share;
    if (share >= 1) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.isWorking = false;
      this.show(...this.said);
    } else if (this.isWorking) this.showShare();
    else if (!this.timer) {
      this.timer = window.setTimeout(() => {
        this.isWorking = true;
        this.showShare();
      }, PATIENCE_MS);
    }
  }

  private showShare(): void {
    this.show(`Arranging: ${Math.floor(100 * this.share)} %`, "Cancel");
  }

  private show(text: string, action: string): void {
    this.text.textContent = text;
    this.button.textContent = action;
    this.button.hidden = !action;
    this.element.hidden = !text;
  }
}
