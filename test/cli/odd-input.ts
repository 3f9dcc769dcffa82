import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import type { Parts } from "../../src/cli/parts.js";
import { ConfigError } from "../../src/errors/errors.js";
import { readConfig } from "../../src/runs/config.js";
import { fakePlayer } from "../runs/support/fake.js";
import { lineTask } from "../support/line-task.js";
import { CONTROL, TRACE } from "../support/said.js";
import { cli, fakeParts } from "./support/harness.js";
import { type Case, KINDS, PATCHES } from "./support/odd.js";

/** What came of some cases: none of them broke a rule, so many were refused. */
export interface Tried {
  readonly cases: number;
  readonly refused: number;
  readonly slowest: number;
}

export const INPUT_KINDS = Object.keys(KINDS) as (keyof typeof KINDS)[];

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
/** Nothing trains, measures or draws. */
const idle: Partial<Parts> = {
  player: {
    ...fakePlayer,
    async *train(setup) {
      for await (const iteration of fakePlayer.train(setup)) {
        yield iteration;
        return;
      }
    },
  },
  theory: {
    ...fakeParts.theory,
    exactGames: async () => [],
    boundsTable: () => [],
    portraits: () => SVG,
    tightness: () => [],
    tightnessFigure: () => SVG,
  },
};

const LONGEST_SECONDS = 20;

/** Whether a command line may be answered with `undefined` or NaN: it has the word itself, or says that a task refuses NaN. */
const saysSo = (line: readonly string[]): boolean => line.includes("undefined") || line[0] === "check-task";

/** What a command may never do: the first of it that it did, in words. */
export async function broken(
  input: Case,
  cwd: string,
  ready: (interrupt: () => void) => void = () => {},
): Promise<{ readonly wrong: string | undefined; readonly code: number }> {
  if (input.file !== undefined) writeFileSync(join(cwd, "s.yaml"), input.file);
  const started = performance.now();
  const { code, out, err } = await cli(input.line, { cwd, parts: idle, ready });
  const seconds = (performance.now() - started) / 1000;
  const run = join(cwd, "r");
  const rules: readonly (readonly [broken: boolean, what: string])[] = [
    [TRACE.test(`${out}${err}`), "a trace"],
    [CONTROL.test(err) || CONTROL.test(out), "a control character"],
    [![0, 1, 2, 130].includes(code), `exit ${code}`],
    [seconds > LONGEST_SECONDS, `${seconds} s`],
    [err.length > 5000, `${err.length} characters`],
    [code !== 0 && err === "", "no word of what was wrong"],
    [code === 2 && existsSync(run), "a run directory of what was refused"],
    [code === 0 && /\b(undefined|NaN)\b/.test(out) && !saysSo(input.line), "undefined or NaN"],
    [Object.keys(Object.prototype).length > 0, "Object.prototype has been changed"],
  ];
  const wrong = rules.find(([is]) => is)?.[1] ?? unreadable(run);
  return { wrong: wrong === undefined ? undefined : `${wrong}: ${out}${err}`.slice(0, 2000), code };
}

/** Why a run that was begun cannot be read again. */
function unreadable(run: string): string | undefined {
  if (!existsSync(join(run, "config.json"))) return undefined;
  try {
    readConfig(run);
    return undefined;
  } catch (error) {
    return `settings were taken that cannot be read again (${error})`;
  }
}

/** Tries so many random inputs of a kind. @throws where one breaks a rule, with the smallest that does */
export async function tryInputs(kind: keyof typeof KINDS, cases: number, seed: number): Promise<Tried> {
  const root = mkdtempSync(join(tmpdir(), "stackelberg-odd-"));
  let [tried, refused, slowest] = [0, 0, 0];
  try {
    await fc.assert(
      fc.asyncProperty(KINDS[kind] as fc.Arbitrary<Case>, async (input) => {
        const cwd = join(root, String(tried++));
        mkdirSync(cwd);
        const started = performance.now();
        const { wrong, code } = await broken(input, cwd);
        slowest = Math.max(slowest, (performance.now() - started) / 1000);
        rmSync(cwd, { recursive: true });
        if (code !== 0) refused++;
        if (wrong !== undefined) throw new Error(wrong);
      }),
      { numRuns: cases, seed },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { cases: tried, refused, slowest };
}

/** The same for patches that programs hand to `resolveSettings`. */
export function tryPatches(cases: number, seed: number): Tried {
  let [refused, slowest] = [0, 0];
  fc.assert(
    fc.property(PATCHES, (patches) => {
      const started = performance.now();
      try {
        resolveSettings({ algorithm: "pal", task: lineTask(), patches });
      } catch (error) {
        refused++;
        if (!(error instanceof ConfigError)) throw error;
        if (CONTROL.test(error.message) || error.message.length > 5000) throw new Error(`said: ${error.message}`);
      }
      slowest = Math.max(slowest, (performance.now() - started) / 1000);
      if (Object.keys(Object.prototype).length > 0) throw new Error("Object.prototype has been changed");
    }),
    { numRuns: cases, seed },
  );
  return { cases, refused, slowest };
}
