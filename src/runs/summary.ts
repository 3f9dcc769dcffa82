import { basename, resolve } from "node:path";
import type { RunConfig } from "./config.js";
import type { EndEvent, IterationEvent, RunSummary } from "./events.js";

/** A run in one object: its last iteration, and the score of its last evaluation. */
export function summarize(
  directory: string,
  config: RunConfig,
  iterations: readonly IterationEvent[],
  reason: EndEvent["reason"],
): RunSummary {
  const last = iterations[iterations.length - 1];
  const evaluated = iterations.filter((event) => event.evaluation !== null).at(-1);
  return {
    run: basename(resolve(directory)),
    algorithm: config.algorithm,
    task: config.task.id,
    seed: config.seed,
    reason,
    iterations: last?.iteration ?? 0,
    samples: last?.samples ?? 0,
    seconds: iterations.reduce((sum, { seconds }) => sum + seconds.total, 0),
    evaluation: evaluated?.evaluation ?? null,
  };
}
