import type { Algorithm } from "../agents/defaults.js";
import type { Progress } from "../agents/train.js";

/** What of a run's `config.json` its views need; a whole one will do. */
export interface StreamedConfig {
  readonly algorithm: Algorithm;
  readonly task: { readonly id: string; readonly options: Readonly<Record<string, string>> };
  readonly preset: string;
  readonly seed: number;
  readonly settings: {
    readonly data: { readonly maxSamples: number };
    readonly players?: { readonly policy: string; readonly model: string } | undefined;
  };
  /** ISO 8601. */
  readonly created: string;
  /** The mean return from which the task counts as solved; null or absent where it says none. */
  readonly solvedReturn?: number | null;
}

/** What a run says while it is played. */
export type StreamEvent =
  | { readonly type: "config"; readonly config: StreamedConfig }
  | { readonly type: "lines" /** Whole lines of `metrics.jsonl`. */; readonly text: string }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "paused"; readonly is: boolean }
  | { readonly type: "kept" /** A snapshot of this iteration is safe. */; readonly iteration: number }
  | { readonly type: "warning"; readonly text: string };

/** A run to be watched, wherever it is played. */
export interface RunStream {
  /**
   * Tells all there is so far, in order and before it returns, then whatever comes, until the function it gives is called.
   */
  subscribe(listener: (event: StreamEvent) => void): () => void;
}

/** A run that is over, as a stream: `config.json` and `metrics.jsonl`. */
export const recordedStream = (config: StreamedConfig, metrics: string): RunStream => ({
  subscribe(listener) {
    listener({ type: "config", config });
    listener({ type: "lines", text: metrics });
    return () => {};
  },
});
