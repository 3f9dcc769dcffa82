import { z } from "zod";
import { ALGORITHMS } from "../agents/defaults.js";
import { isPlain } from "../agents/merge-settings.js";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { requirement, shown } from "../errors/requirement.js";

/** What `suite.yaml` holds: ways × tasks × variants × seeds, and what differs for some of them. */

const MOST_SEEDS = 1000;
const name = z.string().regex(/^[\w.+-]{1,80}$/, "must be a name of letters, digits, and . _ + -");
const seeds = z.union([
  z.number().int().min(1).max(MOST_SEEDS),
  z.array(z.number().int().min(0)).min(1).max(MOST_SEEDS),
]);
const options = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));

/** What a suite says of all its runs, and a way, a task, a variant or a rule of its own; the later wins. */
const OF_RUNS = {
  seeds: seeds.optional(),
  samples: z.number().int().min(1).optional(),
  preset: z.string().optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  keepEvery: z.number().int().min(1).nullable().optional(),
  /** Cores that a run is given at least. */
  cores: z.number().int().min(1).max(1024).optional(),
  /** GiB that a run takes, where the estimate is too far off. */
  memory: z.number().positive().max(4096).optional(),
  /** Minutes after which an engine with time limits ends an attempt. */
  minutes: z.number().positive().optional(),
} as const;

const way = z.strictObject({
  way: z.enum(ALGORITHMS),
  name: name.optional(),
  policy: z.string().optional(),
  model: z.string().optional(),
  ...OF_RUNS,
});
const task = z.strictObject({ task: z.string(), name: name.optional(), options: options.optional(), ...OF_RUNS });
const variant = z.strictObject({ name, ...OF_RUNS });
const names = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const rule = z.strictObject({
  ways: names.optional(),
  tasks: names.optional(),
  variants: names.optional(),
  skip: z.boolean().optional(),
  ...OF_RUNS,
});

/** What may be drawn over samples; `figure-compare.ts` has what they are. */
const figure = z.strictObject({
  name,
  kind: z.enum(["curves", "recovery", "rollout-error", "perturbed"]).default("curves"),
  title: z.string().optional(),
  y: z.string().default("return"),
  /** A level, whose first crossing is reported: samples to threshold. */
  threshold: z.number().optional(),
  /** Names of data files with published curves. */
  published: z.array(z.string()).default([]),
  /** Of which tasks; all where absent. */
  tasks: z.array(z.string()).optional(),
  /** Samples at which checkpoints are measured (`rollout-error`). */
  at: z.array(z.number()).optional(),
  /** Factors on quantities of the world, by name (`perturbed`). */
  factors: z.record(z.string(), z.array(z.number().positive()).min(1)).optional(),
  /** Episodes in each such world. */
  episodes: z.number().int().min(1).max(1e6).default(10),
});

const shorthand = <T extends z.ZodType>(key: string, schema: T) =>
  z.preprocess((value) => (typeof value === "string" ? { [key]: value } : value), schema);

const suite = z.strictObject({
  name,
  about: z.string().default(""),
  ways: z.array(shorthand("way", way)).min(1),
  tasks: z.array(shorthand("task", task)).min(1),
  variants: z.array(variant).default([]),
  rules: z.array(rule).default([]),
  /** So often is a run tried that fails for no reason that would stay. */
  attempts: z.number().int().min(1).max(1000).default(3),
  figures: z.array(figure).default([]),
  ...OF_RUNS,
});

export type SuiteSpec = z.infer<typeof suite>;
export type FigureSpec = z.infer<typeof figure>;
export type Rule = z.infer<typeof rule>;
/** What is said of runs: of all of them, or of some. */
export type OfRuns = Pick<SuiteSpec, keyof typeof OF_RUNS>;

const LISTS = { ways: way, tasks: task, variants: variant, rules: rule, figures: figure } as const;

/**
 * A suite as its file gives it.
 *
 * @param where the file, for errors
 * @throws {ConfigError} where an entry is unknown, with the nearest name, or a value is not valid
 */
export function parseSuite(value: unknown, where: string): SuiteSpec {
  if (!isPlain(value)) {
    throw new ConfigError(
      where,
      `must be a suite, got ${shown(value)}`,
      "Write name, ways, tasks and seeds, as docs/suites.md shows",
    );
  }
  checkNames(value, Object.keys(suite.shape), where);
  for (const [list, schema] of Object.entries(LISTS)) {
    const entries = value[list];
    if (!Array.isArray(entries)) continue;
    for (const [i, entry] of entries.entries())
      if (isPlain(entry)) checkNames(entry, Object.keys(schema.shape), `${where}: ${list}.${i}`);
  }
  checkWays(value.ways, where);
  const parsed = suite.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue.path.reduce<unknown>((x, key) => (x as Record<PropertyKey, unknown> | undefined)?.[key], value);
  throw new ConfigError(
    `${where}: ${issue.path.join(".")}`,
    `${requirement(issue)}${at === undefined ? "" : `, got ${shown(at)}`}`,
    "Correct it; docs/suites.md shows what a suite is made of",
  );
}

function checkNames(value: Readonly<Record<string, unknown>>, known: readonly string[], where: string): void {
  for (const key of Object.keys(value))
    if (!known.includes(key)) throw new ConfigError(where, `there is no entry ${shown(key)}`, suggest(key, known));
}

function checkWays(ways: unknown, where: string): void {
  if (!Array.isArray(ways)) return;
  for (const [i, entry] of ways.entries()) {
    const way: unknown = isPlain(entry) ? entry.way : entry;
    if (typeof way === "string" && !(ALGORITHMS as readonly string[]).includes(way))
      throw new ConfigError(`${where}: ways.${i}`, `there is no way ${shown(way)}`, suggest(way, ALGORITHMS));
  }
}
