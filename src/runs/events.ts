import type { IterationMetrics } from "../agents/metrics.js";

/**
 * The format of a run: what `metrics.jsonl` and `summary.json` hold. Stable: fields are added, never renamed.
 * Every object in `metrics.jsonl` is one line with a `type`.
 */

/** The first line of `metrics.jsonl`, and one more at each resume. */
export interface StartEvent {
  readonly type: "start";
  /** `0` for a new run, else the iteration that the run resumed from. */
  readonly iteration: number;
  /** ISO 8601. */
  readonly date: string;
  readonly version: string;
}

/** One outer iteration k. */
export type IterationEvent = { readonly type: "iteration" } & IterationMetrics;

/** The task changed (`task.changes`): comes before the line of the first iteration that was played with it. */
export interface TaskChangeEvent {
  readonly type: "task-change";
  /** That iteration. */
  readonly iteration: number;
  /** Real samples gathered before it. */
  readonly samples: number;
  /** What the settings say: from how many samples on, and which options. */
  readonly atSamples: number;
  readonly options: Readonly<Record<string, string>>;
}

/** The last line of a run that came to its end or was stopped. */
export interface EndEvent {
  readonly type: "end";
  readonly reason: "finished" | "interrupted" | "failed";
  readonly iteration: number;
  readonly message?: string;
}

export type RunEvent = StartEvent | TaskChangeEvent | IterationEvent | EndEvent;

/** The last line of `--json` output, and `summary.json`. */
export interface RunSummary {
  readonly run: string;
  readonly algorithm: string;
  readonly task: string;
  readonly seed: number;
  /** Why it ended. */
  readonly reason: EndEvent["reason"];
  readonly iterations: number;
  /** Real samples, evaluation not counted. */
  readonly samples: number;
  /** Wall time of all iterations, s. */
  readonly seconds: number;
  /** The last evaluation of the mean policy; null where the run ended before its first. */
  readonly evaluation: IterationMetrics["evaluation"];
}
