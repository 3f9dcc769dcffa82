import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Algorithm } from "../../agents/defaults.js";
import { checkOffline } from "../../agents/offline.js";
import { MOST_SAMPLES } from "../../agents/settings.js";
import { MODEL_NAMES, type ModelName, POLICY_NAMES, type PolicyName, WAYS } from "../../agents/ways.js";
import { MOST_WORKERS, NODE_PROVIDERS, type NodeProvider } from "../../compute/engine-node.js";
import { ConfigError } from "../../errors/errors.js";
import { readMinari } from "../../runs/minari/read-minari.js";
import { referencePolicy } from "../../runs/reference.js";
import { RunStore } from "../../runs/store.js";
import { versions } from "../../runs/versions.js";
import {
  algorithm,
  collect,
  directoryPath,
  oneOf,
  seedList,
  setting,
  settingsFile,
  taskOptions,
  wholeNumber,
} from "../arguments.js";
import type { AddCommand, Context } from "../command.js";
import { exitCode, play, withCompute } from "../run-game.js";
import { shown } from "../runs.js";
import { loadTask, rememberTask } from "../task-source.js";
import { count, iterationCount } from "../text.js";
import { dashboardBeside } from "./dashboard.js";

interface Options {
  readonly task?: string;
  readonly seed?: number;
  readonly seeds?: readonly number[];
  readonly policy?: PolicyName;
  readonly model?: ModelName;
  readonly preset?: string;
  readonly set?: readonly string[];
  readonly config?: string;
  readonly samples?: number;
  readonly data?: string;
  readonly offline?: number;
  readonly out?: string;
  readonly workers?: number;
  readonly provider: NodeProvider;
  readonly taskOption?: readonly string[];
  readonly keepEvery?: number;
  readonly dashboard?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `stackelberg train`: begins a run. */
export const trainCommand: AddCommand = (add, context) => {
  add("train")
    .summary("begin a run")
    .description("Plays a game on a task and keeps everything in a run directory.")
    .argument(
      "<algorithm>",
      Object.entries(WAYS)
        .map(([name, { title }]) => `${name} (${title})`)
        .join(", "),
      algorithm,
    )
    .argument(
      "[task]",
      "a name that `stackelberg tasks` lists, the path of your own module: ./my-task.mjs, or gym:Hopper-v5 for one of Gymnasium",
    )
    .option("--task <task>", "the same as the argument")
    .option("--task-option <name=value>", "an option of the task, such as era=exact; may come several times", collect)
    .option("--seed <n>", "all chance comes from it (default: 0)", wholeNumber("--seed", 0))
    .option("--seeds <list>", "several runs one after the other: 0,1,2", seedList)
    .option(
      "--policy <player>",
      `who plays the policy: ${POLICY_NAMES.join(", ")}; short for --set players.policy=player`,
      oneOf("--policy", POLICY_NAMES),
    )
    .option(
      "--model <player>",
      `who plays the model: ${MODEL_NAMES.join(", ")}; short for --set players.model=player`,
      oneOf("--model", MODEL_NAMES),
    )
    .option("--preset <name>", "a named set of settings; `stackelberg tasks <task>` lists them")
    .option("--config <file>", "settings from a YAML or JSON file, on top of the preset")
    .option("--set <key.path=value>", "one setting, on top of file and preset; may come several times", collect)
    .option(
      "--samples <n>",
      "end after so many real samples; short for --set data.maxSamples=n",
      wholeNumber("--samples", 1, MOST_SAMPLES),
    )
    .option(
      "--data <directory>",
      "a Minari dataset in place of the initial samples; short for --set data.offline=directory",
      directoryPath("--data"),
    )
    .option(
      "--offline <iterations>",
      "so many first iterations learn from --data alone, and where --samples does not ask for more there are no others",
      wholeNumber("--offline", 1, 1e9),
    )
    .option(
      "--out <directory>",
      "the run directory (default: runs/<task>-<algorithm>-s<seed>-<n>)",
      directoryPath("--out"),
    )
    .option(
      "--keep-every <n>",
      "keep the checkpoint of every nth iteration, besides the newest two",
      wholeNumber("--keep-every", 1),
    )
    .option(
      "--workers <n>",
      `threads that compute (default: one per core, at most 8; the limit is ${MOST_WORKERS}); results do not depend on it`,
      wholeNumber("--workers", 1, MOST_WORKERS),
    )
    .option(
      "--provider <name>",
      `where graphs run: ${NODE_PROVIDERS.join(", ")}`,
      oneOf("--provider", NODE_PROVIDERS),
      "cpu",
    )
    .option("--dashboard", "serve a page that shows the run live, until it ends")
    .option("--json", "standard output is one JSON object a line: each iteration, at the end the summary")
    .option("--quiet", "say nothing while all is well")
    .action((algorithm: Algorithm, named: string | undefined, options: Options) =>
      trainRuns(algorithm, named, options, context),
    );
};

async function trainRuns(
  algorithm: Algorithm,
  named: string | undefined,
  options: Options,
  { terminal, loadParts, outcome }: Context,
): Promise<void> {
  if (options.seed !== undefined && options.seeds !== undefined) {
    throw new ConfigError("--seeds", "came together with --seed", "Give one of the two");
  }
  const parts = await loadParts();
  const name = chosenTask(named, options.task, parts.taskIds());
  const loaded = await loadTask(name, taskOptions(options.taskOption), terminal.cwd, parts);
  const { preset = parts.DEFAULT_PRESET, workers = null, provider, json = false, quiet = false } = options;
  const resolved = parts.resolveSettings({
    algorithm,
    task: loaded.task,
    preset,
    patches: [
      ...(options.config === undefined ? [] : [settingsFile(options.config, terminal.cwd)]),
      ...(options.set ?? []).map(setting),
      { players: seated(options) },
      { data: sized(options) },
    ],
  });
  const remakeTask = async (more: Readonly<Record<string, string>>) =>
    (await loadTask(name, more, terminal.cwd, parts)).task;
  await parts.taskStages(loaded.task, resolved.task, remakeTask); // refused now rather than after hours
  const { meter } = resolved;
  // A run can be resumed from anywhere: what it refers to is kept as an absolute path.
  const reference = meter.reference === null ? null : resolve(terminal.cwd, meter.reference);
  if (reference !== null) referencePolicy(reference, loaded.task); // refused now rather than after the first iteration
  const offline = resolved.data.offline === null ? null : resolve(terminal.cwd, resolved.data.offline);
  const dataset = offline === null ? undefined : await readMinari(offline, loaded.task); // the same
  checkOffline(resolved, dataset);
  const isAlone = options.offline !== undefined && options.samples === undefined;
  const enough = isAlone && dataset !== undefined ? { maxSamples: dataset.size } : {};
  const settings = { ...resolved, meter: { ...meter, reference }, data: { ...resolved.data, ...enough, offline } };
  const human = quiet ? () => {} : json ? terminal.err : terminal.out;
  const seeds = options.seeds ?? [options.seed ?? 0];
  const page = options.dashboard
    ? await dashboardBeside([options.out ?? "runs"], {
        terminal,
        parts,
        module: loaded.module,
        say: quiet ? terminal.err : human,
      })
    : undefined;
  try {
    for (const seed of seeds) {
      const played = await withCompute(parts, provider, workers, async (compute) => {
        const directory = runDirectory(
          terminal.cwd,
          options.out,
          `${loaded.task.id.replace(/[^\w.-]+/g, "-")}-${algorithm}-s${seed}`,
          seeds.length > 1,
        );
        const store = RunStore.create(directory, {
          algorithm,
          task: rememberTask(loaded, directory),
          preset,
          seed,
          settings,
          workers,
          provider,
          keepEvery: options.keepEvery ?? null,
          created: new Date().toISOString(),
          versions: versions(),
        });
        const what = `${algorithm.toUpperCase()} on ${loaded.task.id}: preset ${preset}, seed ${seed}`;
        const { initialSamples, samplesPerIteration, maxSamples, offlineIterations } = settings.data;
        const alone = offlineIterations === 0 ? [] : [`${iterationCount(offlineIterations)} from the dataset alone`];
        const grows = maxSamples > (dataset?.size ?? 0) ? [`to ${count(maxSamples)} real samples`] : [];
        human(`${[what, ...alone, ...grows].join(", ")}\nRun directory: ${shown(directory, terminal.cwd)}\n`);
        if (offline === null && initialSamples + samplesPerIteration > maxSamples) {
          human(
            `One iteration alone takes ${count(initialSamples + samplesPerIteration)} (data.initialSamples and data.samplesPerIteration).\n`,
          );
        }
        return play({ store, task: loaded.task, remakeTask, compute, json, quiet }, terminal, parts);
      });
      outcome.code = exitCode(played);
      outcome.killed = played.killed;
      if (outcome.code !== 0) return;
    }
  } finally {
    await page?.close();
  }
}

/** What D begins with, and how far it grows, as far as the options say. */
const sized = ({ data, offline, samples }: Options) => ({
  ...(data === undefined ? {} : { offline: data }),
  ...(offline === undefined ? {} : { offlineIterations: offline }),
  ...(samples === undefined ? {} : { maxSamples: samples }),
});

/** Who plays, as far as the options say. */
const seated = ({ policy, model }: Options) => ({
  ...(policy === undefined ? {} : { policy }),
  ...(model === undefined ? {} : { model }),
});

function chosenTask(named: string | undefined, option: string | undefined, known: readonly string[]): string {
  if (named !== undefined && option !== undefined && named !== option) {
    throw new ConfigError(
      "--task",
      `${JSON.stringify(option)} came together with the task ${JSON.stringify(named)}`,
      "Give one of the two",
    );
  }
  const name = named ?? option;
  if (name === undefined)
    throw new ConfigError("task", "none was given", `Valid are ${known.join(", ")}, or the path of a module`);
  return name;
}

/** The directory for a run; without --out the next free `runs/<label>-<n>`, which is made at once so that no two runs get it. */
function runDirectory(cwd: string, out: string | undefined, label: string, several: boolean): string {
  if (out !== undefined) return several ? resolve(cwd, out, label) : resolve(cwd, out);
  const runs = resolve(cwd, "runs");
  mkdirSync(runs, { recursive: true });
  for (let n = 1; ; n++) {
    const directory = join(runs, `${label}-${n}`);
    try {
      mkdirSync(directory);
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
