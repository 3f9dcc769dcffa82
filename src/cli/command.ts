import type { Command } from "commander";
import type { Parts } from "./parts.js";
import type { Terminal } from "./terminal.js";

/** What came of a command: its exit code, and the signal where the process must leave at once. */
export interface Outcome {
  code: number;
  killed?: NodeJS.Signals | undefined;
}

/** What a command gets to work with. */
export interface Context {
  readonly terminal: Terminal;
  readonly loadParts: () => Promise<Parts>;
  readonly outcome: Outcome;
}

/** How each command's file adds itself: `add(name)` gives the new command. */
export type AddCommand = (add: (nameAndArguments: string) => Command, context: Context) => void;
