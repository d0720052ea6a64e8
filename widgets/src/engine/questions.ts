// How the page asks: the name of a method of the engine and its arguments, and exactly one answer for each question.

import type { GraphEngine, Wish } from "./engine.ts";

/** What can be asked, without the argument that is told of progress. */
export interface Questions {
  opening: [];
  view: [wish: Wish];
  dot: [wish: Wish];
  subject: Parameters<GraphEngine["subject"]>;
  around: Parameters<GraphEngine["around"]>;
  lit: Parameters<GraphEngine["lit"]>;
  times: Parameters<GraphEngine["times"]>;
  step: Parameters<GraphEngine["step"]>;
  compute: Parameters<GraphEngine["compute"]>;
  renumber: Parameters<GraphEngine["renumber"]>;
  code: [];
  names: [];
}

export type Result<K extends keyof Questions> = Awaited<ReturnType<GraphEngine[K]>>;

/** `packed` holds the graph with the first question about it. */
export interface Question {
  number: number;
  graph: number;
  packed?: string;
  asked: keyof Questions;
  arguments: unknown[];
}

/** The answer, or what went wrong; before it perhaps how far the work is. */
export interface Answer {
  number: number;
  result?: unknown;
  error?: string;
  progress?: number;
}

/** Returns what the engine answers. */
export function answer(
  engine: GraphEngine,
  { asked, arguments: given }: Pick<Question, "asked" | "arguments">,
  progress: (share: number) => void,
): unknown {
  const method = engine[asked] as (...values: unknown[]) => unknown;
  return method.call(engine, ...given, progress);
}
