import { estimatedMemory } from "../agents/check-memory.js";
import type { Algorithm } from "../agents/defaults.js";
import { DEFAULT_PRESET } from "../agents/presets.js";
import { resolveSettings } from "../agents/resolve-settings.js";
import { type RemakeTask, taskStages } from "../agents/task-changes.js";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Task } from "../mdp/task.js";
import type { RunConfig } from "../runs/config.js";
import { versions } from "../runs/versions.js";
import type { FrozenSuite, SuiteGame, SuiteJob } from "./frozen-suite.js";
import type { OfRuns, Rule, SuiteSpec } from "./suite-file.js";

/** Makes a task by the name or path that a suite gives. */
export type LoadTask = (
  name: string,
  options: Readonly<Record<string, string>>,
) => Promise<{ readonly task: Task; readonly world: RunConfig["task"]; readonly remake: RemakeTask }>;

/** What a process takes besides networks and samples, bytes: Node, ONNX Runtime, MuJoCo and buffers of theirs. */
const PROCESS = 400 * 2 ** 20;

/**
 * Resolves a suite: every run with all its settings. Runs stand in the order of their seeds, all games of the first seed
 * before the second, so that a suite that is stopped has something of each.
 *
 * @throws {ConfigError} where a name or value is not valid, or two runs would have one directory
 */
export async function freezeSuite(
  spec: SuiteSpec,
  loadTask: LoadTask,
  created: string,
): Promise<Omit<FrozenSuite, "format" | "hash">> {
  const named = spec.tasks.map((entry) => ({ ...entry, name: entry.name ?? taskName(entry.task, entry.options) }));
  const ways = spec.ways.map((entry) => ({
    ...entry,
    name: entry.name ?? [entry.way, entry.policy, entry.model].filter((part) => part !== undefined).join("-"),
  }));
  checkRules(spec, { ways: ways.map(({ name }) => name), tasks: named.map(({ name }) => name) });
  const games: (SuiteGame & { readonly seeds: readonly number[] })[] = [];
  for (const task of named) {
    const loaded = await loadTask(task.task, task.options ?? {});
    for (const way of ways) {
      for (const variant of spec.variants.length === 0 ? [undefined] : spec.variants) {
        const rules = spec.rules.filter((rule) => applies(rule, way.name, task.name, variant?.name));
        if (rules.some(({ skip }) => skip)) continue;
        const said = [spec, task, way, ...(variant === undefined ? [] : [variant]), ...rules];
        const id = [task.name, way.name, ...(variant === undefined ? [] : [variant.name])].join("-");
        games.push(
          await gameOf(id, said, loaded, {
            way: way.name,
            task: task.name,
            variant: variant?.name ?? null,
            algorithm: way.way,
            players: way,
          }),
        );
      }
    }
  }
  refuseTwice(games);
  const jobs = jobsOf(games);
  const { name, about, attempts, figures } = spec;
  return {
    name,
    about,
    created,
    versions: versions(),
    attempts,
    figures,
    games: games.map(({ seeds, ...game }) => game),
    jobs,
  };
}

type Loaded = Awaited<ReturnType<LoadTask>>;

interface Identity extends Pick<SuiteGame, "way" | "task" | "variant"> {
  readonly algorithm: Algorithm;
  readonly players: { readonly policy?: string | undefined; readonly model?: string | undefined };
}

async function gameOf(id: string, said: readonly OfRuns[], { task, world, remake }: Loaded, identity: Identity) {
  const last = <K extends keyof OfRuns>(key: K): OfRuns[K] =>
    said.reduce<OfRuns[K]>((value, each) => each[key] ?? value, undefined as OfRuns[K]);
  const { players, ...names } = identity;
  const [preset, samples, seeds] = [last("preset") ?? DEFAULT_PRESET, last("samples"), last("seeds") ?? 1];
  const seated = {
    ...(players.policy === undefined ? {} : { policy: players.policy }),
    ...(players.model === undefined ? {} : { model: players.model }),
  };
  try {
    const settings = resolveSettings({
      algorithm: identity.algorithm,
      task,
      preset,
      patches: [
        { players: seated },
        ...said.flatMap(({ settings }) => (settings === undefined ? [] : [settings])),
        ...(samples === undefined ? [] : [{ data: { maxSamples: samples } }]),
      ],
    });
    await taskStages(task, settings.task, remake);
    return {
      id,
      ...names,
      world,
      preset,
      settings,
      keepEvery: last("keepEvery") ?? null,
      cores: last("cores") ?? 1,
      memory: Math.round((last("memory") ?? 0) * 2 ** 30) || PROCESS + Math.round(estimatedMemory(settings, task)),
      minutes: last("minutes") ?? null,
      seeds: typeof seeds === "number" ? Array.from({ length: seeds }, (_, i) => i + 1) : [...new Set(seeds)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${id}: ${error.where}`, error.what, error.mend, { cause: error });
  }
}

function jobsOf(games: readonly { readonly id: string; readonly seeds: readonly number[] }[]): readonly SuiteJob[] {
  const most = Math.max(0, ...games.map(({ seeds }) => seeds.length));
  return Array.from({ length: most }, (_, round) =>
    games.flatMap(({ id, seeds }) =>
      round < seeds.length ? [{ id: `${id}-s${seeds[round]}`, game: id, seed: seeds[round] }] : [],
    ),
  )
    .flat()
    .map((job, index) => ({ ...job, index }));
}

/** `reacher-7dof` of `reacher-7dof-v0`, `my-task` of `./my-task.mjs`; with its options, `hopper-era-exact`. */
function taskName(task: string, options: Readonly<Record<string, string>> = {}): string {
  const bare = task
    .replace(/^.*[\\/]/, "")
    .replace(/\.[cm]?[jt]s$/, "")
    .replace(/-v\d+$/, "");
  return [bare, ...Object.entries(options).flat()].join("-").replace(/[^\w.+-]+/g, "_");
}

const applies = (rule: Rule, way: string, task: string, variant: string | undefined): boolean =>
  (rule.ways?.includes(way) ?? true) &&
  (rule.tasks?.includes(task) ?? true) &&
  (rule.variants === undefined || (variant !== undefined && rule.variants.includes(variant)));

/** A rule that names nothing would say nothing without a word. */
function checkRules(spec: SuiteSpec, known: { readonly ways: readonly string[]; readonly tasks: readonly string[] }) {
  const lists = { ...known, variants: spec.variants.map(({ name }) => name) };
  const check = (where: string, what: keyof typeof lists, names: readonly string[] = []) => {
    for (const name of names) {
      if (lists[what].includes(name)) continue;
      const mend = lists[what].length === 0 ? `The suite has no ${what}` : suggest(name, lists[what]);
      throw new ConfigError(`${spec.name}: ${where}.${what}`, `the suite has no ${what.slice(0, -1)} "${name}"`, mend);
    }
  };
  for (const [i, rule] of spec.rules.entries()) {
    check(`rules.${i}`, "ways", rule.ways);
    check(`rules.${i}`, "tasks", rule.tasks);
    check(`rules.${i}`, "variants", rule.variants);
  }
  for (const [i, figure] of spec.figures.entries()) check(`figures.${i}`, "tasks", figure.tasks);
}

function refuseTwice(games: readonly SuiteGame[]): void {
  const seen = new Set<string>();
  for (const { id } of games) {
    // A directory is one on file systems that do not tell cases apart, too.
    const key = id.toLowerCase();
    if (seen.has(key))
      throw new ConfigError(
        id,
        "two games of the suite have this name, so that their runs would have one directory",
        "Give one of the two ways, tasks or variants a `name` of its own",
      );
    seen.add(key);
  }
}
