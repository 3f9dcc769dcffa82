import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { broken } from "./odd-input.js";
import { cli } from "./support/harness.js";
import { anyValue } from "./support/odd.js";

/** A flag as `--help` lists it, and whether a value comes with it. */
interface Flag {
  readonly name: string;
  readonly takesValue: boolean;
}

/** A command by its words, with what always stands behind them: nothing that is tried may begin real work of hours. */
const ALWAYS: Readonly<Record<string, readonly string[]>> = {
  reproduce: ["--report-only"],
  "suite run": ["--dry-run"],
  play: ["--no-gif"],
};
/** What may stand where a command wants a run, a suite, a task or an algorithm. */
const TARGETS = [
  "run",
  "r",
  "nowhere",
  ".",
  "s.yaml",
  "pal",
  "point-mass",
  "hoper",
  "fig2",
  "",
  "\u001b[31m",
  "__proto__",
];

/** Every command with all of its flags, as `--help` has them: one that is new is tried without being named here. */
async function commandsOf(
  cwd: string,
): Promise<readonly (readonly [words: readonly string[], flags: readonly Flag[]])[]> {
  const found: [string[], Flag[]][] = [];
  const look = async (words: string[]): Promise<void> => {
    const { out } = await cli([...words, "--help"], { cwd });
    const inside = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(out)?.[1] ?? "";
    const names = [...inside.matchAll(/^ {2}([a-z][\w-]*)/gm)]
      .map(([, name]) => name)
      .filter((name) => name !== "help");
    if (names.length > 0) for (const name of names) await look([...words, name]);
    else
      found.push([
        words,
        [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)(?: (<))?/gm)].map(([, name, value]) => ({
          name,
          takesValue: value === "<",
        })),
      ]);
  };
  await look([]);
  return found;
}

/** Command lines of every command: its own flags, each with any value, and any target. */
function linesOf(commands: Awaited<ReturnType<typeof commandsOf>>): fc.Arbitrary<readonly string[]> {
  return fc.constantFrom(...commands).chain(([words, flags]) => {
    const flag = fc
      .constantFrom(...flags)
      .chain(({ name, takesValue }) => anyValue.map((value) => (takesValue ? [name, value] : [name])));
    const targets = fc.array(fc.constantFrom(...TARGETS), { maxLength: 2 });
    return fc
      .tuple(targets, fc.array(flag, { maxLength: 4 }))
      .map(([names, given]) => [...words, ...names, ...given.flat(), ...(ALWAYS[words.join(" ")] ?? [])]);
  });
}

/** What came of some command lines: none of them broke a rule. */
export interface TriedCommands {
  readonly cases: number;
  /** How many were tried of each command. */
  readonly by: Readonly<Record<string, number>>;
  readonly refused: number;
}

/** Tries so many random lines of all commands. @throws where one breaks a rule, with the smallest line that does */
export async function tryCommands(cases: number, seed: number): Promise<TriedCommands> {
  const root = mkdtempSync(join(tmpdir(), "stackelberg-commands-"));
  let [tried, refused] = [0, 0];
  const by: Record<string, number> = {};
  try {
    const template = join(root, "template");
    await cli(["train", "pal", "point-mass", "--samples", "300", "--out", join(template, "run"), "--quiet"], {
      cwd: root,
    });
    writeFileSync(join(template, "s.yaml"), "name: s\nways: [pal]\ntasks: [point-mass]\nseeds: [0]\n");
    const commands = await commandsOf(root);
    await fc.assert(
      fc.asyncProperty(linesOf(commands), async (line) => {
        const cwd = join(root, String(tried++));
        cpSync(template, cwd, { recursive: true });
        let timer: ReturnType<typeof setInterval> | undefined;
        try {
          // What serves until it is stopped is stopped.
          const { wrong, code } = await broken({ line }, cwd, (interrupt) => (timer = setInterval(interrupt, 100)));
          const [words] = commands.find(([words]) => words.every((word, i) => word === line[i]))!;
          by[words.join(" ")] = (by[words.join(" ")] ?? 0) + 1;
          if (code !== 0) refused++;
          if (wrong !== undefined) throw new Error(wrong);
        } finally {
          clearInterval(timer);
          rmSync(cwd, { recursive: true, force: true });
        }
      }),
      { numRuns: cases, seed },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { cases: tried, by, refused };
}
