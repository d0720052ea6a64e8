// Asks about graphs: a small one is answered here, others in one worker for all graphs of the page, so that the page
// never waits. Where a page may not start workers, all are answered here.

import workerCode from "worker:../engine/worker.ts";
import { GraphEngine } from "../engine/engine.ts";
import { type Answer, answer, type Question, type Questions, type Result } from "../engine/questions.ts";

const SMALL = 8_000; // characters of a packed graph that costs less to read than a worker costs to start

/** Thrown where a question was taken back. */
export class Cancelled extends Error {}

/** The worker ended before it answered. */
class Ended extends Error {}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  progress: (share: number) => void;
}

let worker: Worker | null = null;
let refused = false;
let questions = 0;
let opened = 0;
const waiting = new Map<number, Waiting>();
const clients = new Set<Client>();

/** One graph that can be asked about. */
export class Client {
  private readonly number = ++opened;
  private here: Promise<GraphEngine> | null = null;
  private told: Worker | null = null; // the worker that has the graph
  private taken = 0; // how often questions were taken back

  constructor(readonly packed: string) {
    clients.add(this);
  }

  /** Returns the engine's answer; `progress` is told how far it is. */
  async ask<K extends keyof Questions>(
    name: K,
    given: Questions[K],
    progress: (share: number) => void = () => {},
  ): Promise<Result<K>> {
    const { taken } = this;
    for (;;) {
      try {
        return (await this.askOnce(name, given, progress)) as Result<K>;
      } catch (error) {
        if (!(error instanceof Ended)) throw error;
        if (taken !== this.taken) throw new Cancelled();
      }
    }
  }

  private async askOnce(asked: keyof Questions, given: unknown[], progress: (share: number) => void) {
    if (!refused && this.packed.length > SMALL) worker ??= start();
    if (worker && this.packed.length > SMALL) return this.send(worker, asked, given, progress);
    this.here ??= GraphEngine.read(this.packed);
    return answer(await this.here, { asked, arguments: given }, progress);
  }

  private send(to: Worker, asked: keyof Questions, given: unknown[], progress: (share: number) => void) {
    const packed = this.told === to ? {} : { packed: this.packed };
    this.told = to;
    return new Promise((resolve, reject) => {
      const number = ++questions;
      waiting.set(number, { resolve, reject, progress });
      const question: Question = { number, graph: this.number, asked, arguments: given, ...packed };
      to.postMessage(question);
    });
  }

  /** Takes back all that was asked: a layout at work hears nothing, so its worker ends and another begins. */
  cancel(): void {
    this.taken += 1;
    end();
  }

  close(): void {
    this.taken += 1;
    clients.delete(this);
    if (!clients.size) end();
    else if (worker && this.told === worker) worker.postMessage({ forget: this.number });
  }
}

function start(): Worker | null {
  const address = URL.createObjectURL(new Blob([workerCode], { type: "text/javascript" }));
  try {
    const started = new Worker(address);
    started.onmessage = ({ data }: MessageEvent<Answer>) => receive(data);
    started.onerror = () => {
      refused = true;
      end();
    };
    return started;
  } catch {
    refused = true;
    return null;
  } finally {
    // Not at once: some browsers read the address only after the constructor has returned.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

function receive({ number, result, error, progress }: Answer): void {
  const question = waiting.get(number);
  if (progress !== undefined) {
    question?.progress(progress);
    return;
  }
  waiting.delete(number);
  if (error === undefined) question?.resolve(result);
  else question?.reject(new Error(error));
}

function end(): void {
  worker?.terminate();
  worker = null;
  const unanswered = [...waiting.values()];
  waiting.clear();
  for (const { reject } of unanswered) reject(new Ended());
}
