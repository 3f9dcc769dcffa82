import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { stringify } from "yaml";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { schemaOf } from "../../src/agents/run-settings.js";
import { MODEL_NAMES, POLICY_NAMES } from "../../src/agents/ways.js";
import type { Parts } from "../../src/cli/parts.js";
import { ConfigError } from "../../src/errors/errors.js";
import { readConfig } from "../../src/runs/config.js";
import { fakePlayer } from "../runs/support/fake.js";
import { lineTask } from "../support/line-task.js";
import { CONTROL, TRACE } from "../support/said.js";
import { cli, fakeParts } from "./support/harness.js";

/** A command line, and what lies in `s.yaml` beside it. */
interface Case {
  readonly line: readonly string[];
  readonly file?: string | Uint8Array;
}

/** What came of some cases: none of them broke a rule, so many were refused. */
export interface Tried {
  readonly cases: number;
  readonly refused: number;
  readonly slowest: number;
}

const GROUPS = Object.fromEntries(
  POLICY_NAMES.flatMap((policy) =>
    Object.entries(schemaOf({ policy, model: MODEL_NAMES[0]! }).shape).map(([group, { shape }]) => [
      group,
      Object.keys(shape),
    ]),
  ),
);
const PATHS = Object.entries(GROUPS).flatMap(([group, keys]) => keys.map((key) => `${group}.${key}`));

const ODD_NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "prototype.x",
  "",
  ".",
  "..",
  "a..b",
  "\u001b[31m",
  "\u202e",
  "n".repeat(20_000),
];
const ODD_TEXTS = [
  "-0",
  ".nan",
  ".inf",
  "-.inf",
  "1e400",
  "5e-324",
  "9007199254740993",
  "0x10",
  "0o7",
  "1_000",
  "null",
  "~",
  "",
  "true",
  "yes",
  "[]",
  "{}",
  "[1, -1]",
  "[[8]]",
  "{a: 1}",
  "&a [*a]",
  "*a",
  "!!binary aGk=",
  "!x 1",
  "!!str 3",
  "2001-01-01",
  '"\\e[2J"',
  '"\\0"',
  "'",
  '"',
  "- 1",
  "? 1",
  "%",
  "|",
  "@",
  "`",
  "[".repeat(5000),
  "- ".repeat(5000),
  "z".repeat(20_000),
  "{__proto__: {a: 1}}",
];

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PATHS) },
  fc.constantFrom(...ODD_NAMES),
  fc.string({ unit: "binary" }),
);
const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 300 }), fc.double({ min: 0, max: 1 })).map(String);
const text = fc.oneof(fc.constantFrom(...ODD_TEXTS), number, number, fc.json(), fc.string({ unit: "binary" }));

const setting = fc.tuple(name, text).map(([path, value]) => `${path}=${value}`);
const TRAIN = ["train", "pal", "point-mass", "--out", "r", "--quiet"];

const value = fc.oneof(
  { depthSize: "small" },
  fc.double(),
  fc.integer(),
  fc.constantFrom<unknown>(
    -0,
    null,
    true,
    "",
    "x".repeat(20_000),
    "\u001b[2J",
    1e15,
    [],
    {},
    [8],
    "raw",
    "ppo",
    "trpo",
  ),
  fc.anything(),
);
/** Groups of settings, most with right names, with anything as values. */
const patch = fc.dictionary(
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...Object.keys(GROUPS)) }, fc.constantFrom(...ODD_NAMES)),
  fc.oneof(
    { weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...Object.values(GROUPS).flat()), value, { maxKeys: 2 }) },
    value,
  ),
  { maxKeys: 3 },
);
const rightPatch = fc
  .constantFrom(...Object.keys(GROUPS))
  .chain((group) =>
    fc.tuple(fc.constantFrom(...GROUPS[group]!), value).map(([key, each]) => ({ [group]: { [key]: each } })),
  );

const MARKS = [
  "{",
  "}",
  "[",
  "]",
  ":",
  ": ",
  "- ",
  ",",
  "&a ",
  "*a",
  "!",
  "!!set ",
  "|\n",
  ">\n",
  "\n",
  "  ",
  '"',
  "'",
  "#",
  "%YAML 1.1\n",
  "---\n",
  "...\n",
  "? ",
  "<<",
  "npg",
  "steps",
  "model",
  "hidden",
  "1",
  "-0",
  "\t",
  "\u0000",
  "\u001b",
  "\ufeff",
  "\r",
];
const asText = (write: (of: unknown) => string) => (of: unknown) => {
  try {
    return write(of) ?? "";
  } catch {
    return ""; // what has no text is no file
  }
};
const file: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.json(),
  fc.string({ unit: fc.constantFrom(...MARKS), maxLength: 60 }),
  patch.map(asText((of) => JSON.stringify(of))),
  patch.map(asText((of) => stringify(of))),
  rightPatch.map(asText((of) => stringify(of))),
  fc.uint8Array({ maxLength: 300 }),
  fc
    .record({ format: fc.constantFrom("stackelberg-run/1", "x", 5, "\u001b"), settings: patch })
    .map(asText((of) => JSON.stringify(of))),
  fc.constantFrom(
    "[".repeat(70_000),
    "a".repeat(70_000),
    "{a: ".repeat(10_000),
    "- ".repeat(30_000),
    `[${",".repeat(2000)}`,
  ),
);

const count = fc.oneof(
  fc.constantFrom("1", "2", "300", "64", "65", "1e9", "1e12", "9e15", "1e999", "-1", "0", "1.5", "", "NaN", "١", "1_0"),
  text,
);
const word = fc.oneof(
  fc.constantFrom(
    "pal",
    "mal",
    "paper",
    "quick",
    "ppo",
    "npg",
    "ensemble",
    "webgpu",
    "hopper",
    "hoper",
    "mass=2",
    "era=exact",
    ...ODD_NAMES,
  ),
  text,
);
const place = fc.constantFrom(
  "r",
  "q",
  "a/b/c",
  ".",
  "s.yaml",
  "s.yaml/x",
  "",
  "\u001b[31m",
  "\u0000",
  "d".repeat(300),
  "d".repeat(20_000),
  "undefined",
);
const source = fc.constantFrom(
  "s.yaml",
  ".",
  "nowhere",
  "/dev/null",
  "/dev/zero",
  "",
  "\u0000",
  "\u009b",
  "f".repeat(20_000),
  "s.yaml/x",
);
const OPTIONS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "--set": setting,
  "--config": source,
  "--out": place,
  "--samples": count,
  "--seed": count,
  "--seeds": fc.oneof(fc.constantFrom("0,1", "1,1,1", ",", "0,-1"), count),
  "--keep-every": count,
  "--workers": count,
  "--episodes": count,
  "--mdps": count,
  "--provider": word,
  "--policy": word,
  "--model": word,
  "--preset": word,
  "--task": word,
  "--task-option": word,
  "--perturb": word,
  "--checkpoint": count,
  "--format": word,
};
const option = fc.constantFrom(...Object.keys(OPTIONS)).chain((key) => OPTIONS[key]!.map((each) => [key, each]));
const flag = fc
  .constantFrom("--json", "--quiet", "--help", "--mjcf", "-", "--", "--=", "-x", "--n\u001b", `--${"o".repeat(20_000)}`)
  .map((each) => [each]);
const beginning = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom("pal", "br", "paul"), fc.constantFrom("point-mass", "hopper", "hoper", "./x.mjs"))
      .map((rest) => ["train", ...rest]),
  },
  fc.constantFrom(
    ["tasks"],
    ["tasks", "hopper"],
    ["theory"],
    ["theory"],
    ["evaluate", "r"],
    ["export", "r"],
    ["resume", "r"],
    ["plot", "r"],
    ["report", "r"],
    ["info", "r"],
    ["help", "train"],
    [],
  ),
  fc.tuple(fc.constantFrom("train", "tasks", "evaluate", "info", "resume"), word).map((pair) => [...pair]),
  word.filter((each) => each !== "").map((each) => [each]),
);

/** What comes in: by kind, one command line each, and what may lie beside it. */
const KINDS = {
  "settings on the command line": fc
    .array(setting, { minLength: 1, maxLength: 3 })
    .map((settings) => ({ line: [...TRAIN, ...settings.flatMap((each) => ["--set", each])] })),
  "settings files": file.map((content) => ({ line: [...TRAIN, "--config", "s.yaml"], file: content })),
  "command lines": fc
    .tuple(beginning, fc.array(fc.oneof({ weight: 4, arbitrary: option }, flag), { maxLength: 4 }), file)
    .map(([first, rest, content]) => ({ line: [...first, ...rest.flat()], file: content })),
} satisfies Record<string, fc.Arbitrary<Case>>;
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

/** What a command may never do, in words; undefined where it did none of it. */
async function broken(
  input: Case,
  cwd: string,
): Promise<{ readonly wrong: string | undefined; readonly code: number }> {
  if (input.file !== undefined) writeFileSync(join(cwd, "s.yaml"), input.file);
  const started = performance.now();
  const { code, out, err } = await cli(input.line, { cwd, parts: idle });
  const seconds = (performance.now() - started) / 1000;
  const said = `${out}${err}`;
  const run = join(cwd, "r");
  const wrong = TRACE.test(said)
    ? "a trace"
    : CONTROL.test(err) || CONTROL.test(out)
      ? "a control character"
      : ![0, 1, 2].includes(code)
        ? `exit ${code}`
        : seconds > LONGEST_SECONDS
          ? `${seconds} s`
          : err.length > 5000
            ? `${err.length} characters`
            : code !== 0 && err === ""
              ? "no word of what was wrong"
              : code === 2 && existsSync(run)
                ? "a run directory of what was refused"
                : code === 0 && /\b(undefined|NaN)\b/.test(out) && !input.line.includes("undefined")
                  ? "undefined or NaN"
                  : unreadable(run);
  return { wrong: wrong === undefined ? undefined : `${wrong}: ${said.slice(0, 2000)}`, code };
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
  const cases_ = KINDS[kind] as fc.Arbitrary<Case>;
  try {
    await fc.assert(
      fc.asyncProperty(cases_, async (input) => {
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

/** The same for patches that programs hand to `resolveSettings`, of all types that JavaScript has. */
export function tryPatches(cases: number, seed: number): Tried {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
  });
  const odd = fc.oneof(
    anything,
    fc.tuple(fc.constantFrom(...Object.keys(GROUPS)), anything).map(([group, each]) => ({ [group]: each })),
    fc
      .constantFrom(...PATHS)
      .chain((path) => anything.map((each) => ({ [path.split(".")[0]!]: { [path.split(".")[1]!]: each } }))),
    rightPatch,
    patch,
  );
  let [refused, slowest] = [0, 0];
  fc.assert(
    fc.property(fc.array(odd, { minLength: 1, maxLength: 3 }), (patches) => {
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
