// Layout off the main thread, in one worker for all graphs of a page; on the main thread where a page may
// not start workers.

import workerCode from "worker:./worker.ts";
import { type Layout, type LayoutInput, layOut } from "./layout.ts";

interface Answer {
  number: number;
  layout?: Layout;
  error?: string;
}

interface Question {
  input: LayoutInput;
  resolve: (layout: Layout) => void;
  reject: (error: Error) => void;
}

const waiting = new Map<number, Question>();
let worker: Worker | null = null;
let refused = false;
let asked = 0;
let users = 0;

/** Says that one more graph needs the worker; call what is returned when it no longer does. */
export function useBackground(): () => void {
  users += 1;
  return () => {
    users -= 1;
    if (users === 0) stop();
  };
}

/** Returns positions for a graph. */
export function layOutInBackground(input: LayoutInput): Promise<Layout> {
  worker ??= refused ? null : start();
  return new Promise((resolve, reject) => {
    const question = { input, resolve, reject };
    if (!worker) return answerHere(question);
    asked += 1;
    waiting.set(asked, question);
    worker.postMessage({ number: asked, input });
  });
}

function start(): Worker | null {
  const address = URL.createObjectURL(new Blob([workerCode], { type: "text/javascript" }));
  try {
    const started = new Worker(address);
    started.onmessage = ({ data }: MessageEvent<Answer>) => receive(data);
    started.onerror = refuse;
    return started;
  } catch {
    refused = true;
    return null;
  } finally {
    // Not at once: some browsers read the address only after the constructor has returned.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
}

function receive({ number, layout, error }: Answer): void {
  const question = waiting.get(number);
  waiting.delete(number);
  if (layout) question?.resolve(layout);
  else question?.reject(new Error(error));
}

function refuse(): void {
  refused = true;
  const unanswered = [...waiting.values()];
  stop();
  unanswered.forEach(answerHere);
}

function answerHere({ input, resolve, reject }: Question): void {
  try {
    resolve(layOut(input));
  } catch (error) {
    reject(error as Error);
  }
}

function stop(): void {
  worker?.terminate();
  worker = null;
  waiting.clear();
}
