/**
 * Worlds of one task in another process: JSON-RPC 2.0, a message a line (docs/tasks/protocol.md). Both of our servers speak it:
 * `stackelberg serve-task` and `python/gym_server.py`.
 */

/** Codes of JSON-RPC 2.0, and from the range that it leaves to servers. */
export const CODES = {
  notJson: -32700,
  notARequest: -32600,
  noMethod: -32601,
  badParams: -32602,
  /** The caller asked for what cannot be: `data.mend` is the way out. */
  refused: -32000,
  /** The task, or the simulator below it, broke. */
  failed: -32001,
  /** What the task needs is not installed. */
  notInstalled: -32002,
  /** There is no task of this name, or it does not take these options. */
  noTask: -32003,
  /** Its observations or actions are no rows of numbers. */
  notPlayable: -32004,
} as const;

/** JSON has no infinite numbers: a bound that is none, and what is no number, is null. */
export type WrittenNumber = number | null;

export interface WrittenSpace {
  readonly names: readonly string[];
  readonly low: readonly WrittenNumber[];
  readonly high: readonly WrittenNumber[];
}

/** The answer to `spec`. */
export interface TaskSpec {
  readonly id: string;
  readonly title: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly observation: WrittenSpace;
  readonly action: WrittenSpace;
  /** Longest episode; null where the server knows none. */
  readonly horizon: number | null;
  /** s; null where it is not known. */
  readonly controlStep: number | null;
  readonly solvedReturn: number | null;
  /** Of who serves it. */
  readonly version: string;
}

/** The answer to `reset`, an entry a world. */
export interface Starts {
  readonly observations: readonly (readonly WrittenNumber[])[];
}

/** The answer to `step`, an entry a world. */
export interface Steps extends Starts {
  readonly rewards: readonly WrittenNumber[];
  readonly terminations: readonly boolean[];
  readonly truncations: readonly boolean[];
  /** Absent where the task does not define success. */
  readonly successes?: readonly (boolean | null)[];
}
