// Runs beside the page: reads graphs, answers what is asked about them.

import { GraphEngine } from "./engine.ts";
import { type Answer, answer, type Question } from "./questions.ts";

const engines = new Map<number, Promise<GraphEngine>>();

self.onmessage = async ({ data }: MessageEvent<Question | { forget: number }>) => {
  if ("forget" in data) {
    engines.delete(data.forget);
    return;
  }
  const { number, graph, packed } = data;
  if (packed !== undefined) engines.set(graph, GraphEngine.read(packed));
  const reply = (found: Omit<Answer, "number">) => postMessage({ number, ...found });
  try {
    const engine = await (engines.get(graph) as Promise<GraphEngine>);
    reply({ result: await answer(engine, data, (progress) => reply({ progress })) });
  } catch (error) {
    reply({ error: error instanceof Error ? error.message : String(error) });
  }
};
