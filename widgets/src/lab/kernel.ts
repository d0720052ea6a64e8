// How a view in JupyterLab or Notebook 7 finds the kernel of the notebook in which it stands.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { type Live, openDoor } from "../view/live.ts";

const TARGET = "tfkit"; // as in tfkit/gradients/_showing.py

interface Message {
  content: { data: { found?: boolean; number?: number; packed?: string; error?: string } | null };
}

/** What is used of JupyterLab's own objects. */
interface Comm {
  onMsg: (message: Message) => void;
  onClose: () => void;
  isDisposed: boolean;
  open(data: object): unknown;
  send(data: object): unknown;
}
interface Shown {
  node: HTMLElement;
  sessionContext?: {
    ready: Promise<void>;
    session?: { kernel?: { createComm(target: string): Comm } | null } | null;
  };
}
interface Application {
  shell: { widgets(area: string): Iterable<Shown> };
}

class Asked implements Live {
  private number = 0;
  private readonly waiting = new Map<number, { resolve(packed: string): void; reject(error: Error): void }>();

  constructor(private readonly comm: Comm) {
    comm.onMsg = ({ content: { data } }) => this.take(data ?? {});
    comm.onClose = () => this.end();
  }

  set(values: Record<string, number>): Promise<string> {
    if (this.comm.isDisposed) return Promise.reject(gone());
    return new Promise((resolve, reject) => {
      this.number += 1;
      this.waiting.set(this.number, { resolve, reject });
      this.comm.send({ number: this.number, set: values });
    });
  }

  private take({ number = 0, packed, error }: NonNullable<Message["content"]["data"]>): void {
    const asked = this.waiting.get(number);
    this.waiting.delete(number);
    if (packed !== undefined) asked?.resolve(packed);
    else asked?.reject(new Error(error));
  }

  private end(): void {
    for (const { reject } of this.waiting.values()) reject(gone());
    this.waiting.clear();
  }
}

const gone = () => new Error("The kernel has gone: run the cell again.");

async function connect(app: Application, near: Element, id: string): Promise<Live | null> {
  const around = [...app.shell.widgets("main")].find(({ node }) => node.contains(near));
  await around?.sessionContext?.ready; // in a page that was loaded again the notebook is there before its kernel
  const kernel = around?.sessionContext?.session?.kernel;
  if (!kernel) return null;
  return new Promise((resolve) => {
    const comm = kernel.createComm(TARGET);
    comm.onClose = () => resolve(null); // a kernel in which nothing of ours ran
    comm.onMsg = ({ content: { data } }) => resolve(data?.found ? new Asked(comm) : null);
    comm.open({ live: id });
  });
}

export const kernel: JupyterFrontEndPlugin<void> = {
  id: "tfkit-course:kernel",
  description: "Lets graphs with gradients ask the kernel for other numbers.",
  autoStart: true,
  activate: (app: JupyterFrontEnd) => openDoor((near, id) => connect(app, near, id)),
};
