import { Readable } from "node:stream";
import type { Outcome } from "../../../src/cli/command.js";
import { type Parts, parts } from "../../../src/cli/parts.js";
import { runCli } from "../../../src/cli/program.js";
import type { Terminal } from "../../../src/cli/terminal.js";
import { fakeCompute, fakePlayer } from "../../runs/support/fake.js";

/** The real parts, but nothing is computed. */
export const fakeParts: Parts = {
  ...parts,
  player: fakePlayer,
  openNodeCompute: async () => fakeCompute,
  evaluatePolicy: async ({ episodes, seed, stochastic = false }) => {
    const returns = Array.from({ length: episodes }, (_, i) => seed + i + (stochastic ? 0.5 : 0));
    const goalError = { mean: 0.4, last: 0.03 };
    return { return: { mean: 10, std: 2, episodes }, success: 0.5, goalError, returns, lengths: returns.map(() => 25) };
  },
};

export interface Shown extends Outcome {
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly parts?: Partial<Parts>;
  readonly columns?: number;
  /** Standard input, piece by piece. */
  readonly input?: Iterable<string> | AsyncIterable<string>;
  /** Gets a function that plays Ctrl-C. */
  readonly ready?: (interrupt: () => void) => void;
}

/** Runs a command line and gives back all that it says. */
export async function cli(
  line: readonly string[],
  { cwd, parts = {}, columns, input = [], ready }: Surroundings,
): Promise<Shown> {
  let [out, err] = ["", ""];
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const terminal: Terminal = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    columns,
    cwd,
    input: () => Readable.from(input),
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  ready?.(() => {
    for (const listener of listeners) listener("SIGINT");
  });
  const outcome = await runCli(line, terminal, async () => ({ ...fakeParts, ...parts }));
  return { ...outcome, out, err };
}

/** The lines of `--json` output. */
export const jsonLines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
