import type { Algorithm } from "../agents/defaults.js";
import type { Settings } from "../agents/settings.js";

/** What a run in a tab is: a `config.json` as it would lie in a run directory, but for where the task's module is. */
export interface TabConfig {
  readonly format: "stackelberg-run/1";
  readonly algorithm: Algorithm;
  readonly task: {
    readonly id: string;
    readonly options: Readonly<Record<string, string>>;
    /** Address of the user's own module; null for a task of the catalogue. */
    readonly module: string | null;
  };
  readonly preset: string;
  readonly seed: number;
  /** Everything resolved. */
  readonly settings: Settings;
  readonly provider: "wasm";
  /** ISO 8601. */
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  /** The mean return from which the task counts as solved; null where it says none. */
  readonly solvedReturn: number | null;
}
