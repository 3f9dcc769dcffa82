import * as fc from "fast-check";
import { stringify } from "yaml";
import { schemaOf } from "../../../src/agents/run-settings.js";
import { MODEL_NAMES, POLICY_NAMES } from "../../../src/agents/ways.js";

/** A command line, and what lies in `s.yaml` beside it. */
export interface Case {
  readonly line: readonly string[];
  readonly file?: string | Uint8Array;
}

const GROUPS = Object.fromEntries(
  POLICY_NAMES.flatMap((policy) =>
    Object.entries(schemaOf({ policy, model: MODEL_NAMES[0] }).shape).map(([group, { shape }]) => [
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
    fc.tuple(fc.constantFrom(...GROUPS[group]), value).map(([key, each]) => ({ [group]: { [key]: each } })),
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
/** What may stand where an option wants a value, right or wrong. */
export const anyValue = fc.oneof(count, word, place, source, setting, text);
const option = fc.constantFrom(...Object.keys(OPTIONS)).chain((key) => OPTIONS[key].map((each) => [key, each]));
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
    ["goals", "r"],
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
export const KINDS = {
  "settings on the command line": fc
    .array(setting, { minLength: 1, maxLength: 3 })
    .map((settings) => ({ line: [...TRAIN, ...settings.flatMap((each) => ["--set", each])] })),
  "settings files": file.map((content) => ({ line: [...TRAIN, "--config", "s.yaml"], file: content })),
  "command lines": fc
    .tuple(beginning, fc.array(fc.oneof({ weight: 4, arbitrary: option }, flag), { maxLength: 4 }), file)
    .map(([first, rest, content]) => ({ line: [...first, ...rest.flat()], file: content })),
} satisfies Record<string, fc.Arbitrary<Case>>;

/** All types that JavaScript has. */
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

/** Patches as programs hand them to `resolveSettings`. */
export const PATCHES = fc.array(
  fc.oneof(
    anything,
    fc.tuple(fc.constantFrom(...Object.keys(GROUPS)), anything).map(([group, each]) => ({ [group]: each })),
    fc
      .constantFrom(...Object.entries(GROUPS).flatMap(([group, keys]) => keys.map((key) => [group, key] as const)))
      .chain(([group, key]) => anything.map((each) => ({ [group]: { [key]: each } }))),
    rightPatch,
    patch,
  ),
  { minLength: 1, maxLength: 3 },
);
