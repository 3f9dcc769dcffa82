import type { Algorithm } from "../agents/defaults.js";
import type { Progress } from "../agents/train.js";
import type { OrtSetup } from "../compute/ort-web.js";
import type { EndEvent } from "../runs/events.js";
import type { CrossedError } from "./crossing.js";
import type { TabConfig } from "./tab-config.js";

/** A task: one of the catalogue by name, or the address of a module whose default export is one, as for the command. */
export interface TaskName {
  readonly name: string;
  readonly isModule: boolean;
  readonly options: Readonly<Record<string, string>>;
}

/** Where graphs run. */
export interface TabEngines {
  /** Engines at the same time: one computes in the training worker, several in a worker each; results do not depend on it. */
  readonly engines: number;
  readonly wasmPaths?: OrtSetup["wasmPaths"];
}

/** A new run. */
export interface BeginRun extends TabEngines {
  readonly kind: "begin";
  readonly task: TaskName;
  readonly algorithm: Algorithm;
  readonly preset: string;
  /** Patches of settings, each on top of the one before. */
  readonly settings: readonly unknown[];
  readonly seed: number;
  /** The name under which its snapshots are kept in this browser; null keeps none. */
  readonly keep: string | null;
  /** Iterations from one kept snapshot to the next. */
  readonly keepEvery: number;
}

/** A run that goes on. */
export interface ResumeRun extends TabEngines {
  readonly kind: "resume";
  /** The name of a run that this browser has kept, or a snapshot's bytes. */
  readonly from: string | Uint8Array;
  /** As in `BeginRun`; by default the name that it has. */
  readonly keep: string | null;
  readonly keepEvery: number;
  /** Goes on until this many real samples. */
  readonly maxSamples?: number;
}

/** What a page says to a training worker: first one of the two, then the rest as it likes. */
export type ToWorker =
  | BeginRun
  | ResumeRun
  | { readonly kind: "pause" | "go-on" | "stop" }
  | { readonly kind: "ask"; readonly id: number; readonly what: "snapshot" | "policy" };

/** What a training worker says. */
export type FromWorker =
  | { readonly kind: "config"; readonly config: TabConfig }
  /** Whole lines of `metrics.jsonl`; of a run that goes on, first those that it had. */
  | { readonly kind: "lines"; readonly text: string }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "paused"; readonly is: boolean }
  | { readonly kind: "kept"; readonly iteration: number }
  | { readonly kind: "warning"; readonly text: string }
  | { readonly kind: "ended"; readonly reason: EndEvent["reason"] }
  | { readonly kind: "failed"; readonly error: CrossedError }
  /** The answer to an `ask`: a snapshot's bytes, or a policy.onnx. */
  | { readonly kind: "answer"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly id: number; readonly error: CrossedError };
