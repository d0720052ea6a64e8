// A TensorBoard as it is seen, in an output or in a tab: a frame when there is something in it, a sentence before.

import { html } from "../view/elements.ts";
import { addStyle } from "../view/theme.ts";
import { ended as whenEnded } from "../view/wait.ts";
import css from "./board.css";
import { askFor, pageAddress } from "./server.ts";

export const MIME_TYPE = "application/vnd.tfkit.board+json";

/** What a notebook stores: the log folder as the kernel knows it, and as the user named it. */
export interface Payload {
  version: number;
  logdir: string;
  name: string;
}

type State = "asleep" | "waiting" | "starting" | "ready" | "stopped" | "failed";

/** What `tfkit/tensorboard` answers, see tfkit/lab/boards.py. */
interface Told {
  id: string;
  state: State;
  message: string;
  url: string;
}

const PAUSE_MS: Partial<Record<State, number>> = { starting: 200, waiting: 2000, ready: 5000 };
const BUTTONS: Partial<Record<State, string>> = {
  asleep: "Show TensorBoard",
  waiting: "Look again",
  stopped: "Start again",
  failed: "Try again",
};

export class BoardView {
  private readonly words = html("p", { class: "tfkit-board-words", role: "status" });
  private readonly button = html("button", { class: "tfkit-board-button", type: "button" });
  private readonly bar = html("div", { class: "tfkit-board-bar" });
  private readonly note = html("div", { class: "tfkit-board-note" }, this.words, this.bar, this.button);
  private frame: HTMLIFrameElement | null = null;
  private id = "";
  private address = "";
  private timer = 0;
  private asked = 0; // counts questions, so that an answer that was overtaken is dropped
  private isSeen = true;

  constructor(
    private readonly root: HTMLElement,
    private readonly payload: Payload,
    private readonly ended: AbortSignal,
  ) {
    addStyle("tfkit-board", css);
    root.classList.add("tfkit-board");
    root.append(this.note);
    this.button.addEventListener("click", () => void this.start());
    document.addEventListener("visibilitychange", () => this.see(this.isSeen), { signal: ended });
    const theme = new MutationObserver(() => this.load());
    theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
    this.watchTheScreen();
    whenEnded(ended, () => {
      theme.disconnect();
      clearTimeout(this.timer);
      this.asked += 1;
    });
  }

  /** Says what there would be, and waits to be asked: an output that is not trusted starts nothing. */
  offer(): void {
    this.show(
      "asleep",
      `This notebook is not trusted: TensorBoard for ${this.payload.name} is started when you want it.`,
    );
  }

  /** Starts TensorBoard, or looks whether there is something for it now. */
  async start(): Promise<void> {
    if (this.state === "asleep" || this.state === undefined)
      this.show("starting", "TensorBoard is starting.");
    const { logdir, name } = this.payload;
    await this.take(askFor<Told>("tensorboard", { method: "POST", body: JSON.stringify({ logdir, name }) }));
  }

  private get state(): State | undefined {
    return this.root.dataset.state as State | undefined;
  }

  private async look(): Promise<void> {
    await this.take(
      askFor<Told[]>("tensorboard").then((all) => all.find(({ id }) => id === this.id) ?? GONE),
    );
  }

  private async take(answer: Promise<Told>): Promise<void> {
    clearTimeout(this.timer);
    const number = ++this.asked;
    let told: Told;
    try {
      told = await answer;
    } catch (error) {
      told = { ...GONE, state: "failed", message: (error as Error).message };
    }
    if (number !== this.asked || this.ended.aborted) return;
    this.id = told.id;
    if (told.state === "ready") this.open(pageAddress(told.url));
    this.show(told.state, told.message);
    const pause = PAUSE_MS[told.state];
    if (pause) this.timer = window.setTimeout(() => this.again(), pause);
  }

  private again(): void {
    const isLookedAt = this.isSeen && document.visibilityState === "visible";
    if (!isLookedAt) this.timer = window.setTimeout(() => this.again(), 1000);
    else void (this.state === "ready" ? this.look() : this.start());
  }

  private show(state: State, message: string): void {
    if (this.root.dataset.state !== state) this.root.dataset.state = state;
    if (this.words.textContent !== message) this.words.textContent = message;
    const button = BUTTONS[state];
    this.button.hidden = !button;
    this.button.textContent = button ?? "";
    this.bar.hidden = state !== "starting";
    this.note.hidden = state === "ready";
    if (state !== "ready") this.close();
  }

  private open(url: string): void {
    if (this.frame) return;
    reloadByItself();
    this.frame = html("iframe", { class: "tfkit-board-frame", title: `TensorBoard of ${this.payload.name}` });
    this.address = url;
    this.load();
    this.root.append(this.frame);
  }

  /** Loads TensorBoard in the theme of the page; what the user looks at in it stays. */
  private load(): void {
    if (!this.frame) return;
    const dark = document.body.dataset.jpThemeLight === "false";
    this.frame.src = `${this.address}?darkMode=${dark}${this.frame.contentWindow?.location.hash ?? ""}`;
  }

  private close(): void {
    this.frame?.remove();
    this.frame = null;
  }

  /** A board that was stopped while nobody looked is started again when somebody does. */
  private see(isSeen: boolean): void {
    this.isSeen = isSeen;
    const returns = isSeen && document.visibilityState === "visible";
    if (returns && (this.state === "stopped" || this.state === "ready")) void this.start();
  }

  private watchTheScreen(): void {
    const observer = new IntersectionObserver((changes) => {
      const isSeen = changes[changes.length - 1].isIntersecting;
      if (isSeen !== this.isSeen) this.see(isSeen);
    });
    observer.observe(this.root);
    whenEnded(this.ended, () => observer.disconnect());
  }
}

const GONE: Told = { id: "", state: "stopped", message: "TensorBoard was stopped.", url: "" };

/** TensorBoard reads the logs anew every 30 s if it is told to; those who chose otherwise keep their choice. */
function reloadByItself(): void {
  const key = "_tb_global_settings"; // as TensorBoard itself keeps it
  try {
    const settings = JSON.parse(localStorage.getItem(key) ?? "{}");
    if ("autoReload" in settings) return;
    localStorage.setItem(key, JSON.stringify({ ...settings, autoReload: true }));
  } catch {} // no storage, or another's: TensorBoard does without, too
}
