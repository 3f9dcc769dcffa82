import { MOST_SAMPLES } from "../../agents/settings.js";
import { MOST_WORKERS, NODE_PROVIDERS, type NodeProvider } from "../../compute/engine-node.js";
import { readConfig } from "../../runs/config.js";
import { isComplete } from "../../runs/play-run.js";
import { RunStore } from "../../runs/store.js";
import { versions } from "../../runs/versions.js";
import { oneOf, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { exitCode, play, withCompute } from "../run-game.js";
import { quoted, runNamed, shown } from "../runs.js";
import { recallTask, remakerOf } from "../task-source.js";
import { aboutTwice, count } from "../text.js";

interface Options {
  readonly samples?: number;
  readonly workers?: number;
  readonly provider?: NodeProvider;
  readonly takeOver?: boolean;
  readonly fromScratch?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `stackelberg resume`: goes on with a run, or makes a finished one longer. */
export const resumeCommand: AddCommand = (add, { terminal, loadParts, outcome }) => {
  add("resume")
    .summary("go on with a run that was stopped, or make a finished one longer")
    .description("Goes on with a run from its newest checkpoint, as if it had never stopped.")
    .argument("<run>", "a run directory")
    .option("--samples <n>", "go on until so many real samples", wholeNumber("--samples", 1, MOST_SAMPLES))
    .option(
      "--workers <n>",
      "threads that compute; results do not depend on it",
      wholeNumber("--workers", 1, MOST_WORKERS),
    )
    .option(
      "--provider <name>",
      `where graphs run: ${NODE_PROVIDERS.join(", ")}; another one changes last digits`,
      oneOf("--provider", NODE_PROVIDERS),
    )
    .option("--take-over", "take the run even where a process on another machine seems to have it")
    .option(
      "--from-scratch",
      "begin again where no checkpoint can be used; what the run had so far is kept in a directory of its own",
    )
    .option("--json", "standard output is one JSON object a line: each iteration, at the end the summary")
    .option("--quiet", "say nothing while all is well")
    .action(async (run: string, options: Options) => {
      const directory = runNamed(run, terminal.cwd);
      const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
      const config = readConfig(directory);
      for (const change of changedVersions(config.versions)) warn(change);
      const parts = await loadParts();
      const task = await recallTask(directory, config, terminal.cwd, parts, warn);
      const remakeTask = remakerOf(directory, config, terminal.cwd, parts);
      const { json = false, quiet = false } = options;
      const human = quiet ? () => {} : json ? terminal.err : terminal.out;
      const [provider, workers] = [options.provider ?? config.provider, options.workers ?? atMost(config.workers)];
      const played = await withCompute(parts, provider, workers, async (compute) => {
        const store = RunStore.resume(directory, {
          warn,
          takeOver: options.takeOver ?? false,
          fromScratch: options.fromScratch ?? false,
          ...(options.samples === undefined ? {} : { maxSamples: options.samples }),
        });
        const { iteration, samples } = store.snapshot?.meta ?? { iteration: 0, samples: 0 };
        const target = store.config.settings.data.maxSamples;
        human(
          isComplete(store.config.settings, store.snapshot)
            ? `The run has its ${count(target)} samples. To make it longer: stackelberg resume ${quoted(shown(directory, terminal.cwd))} --samples ${aboutTwice(Math.max(target, samples))}\n`
            : `${config.algorithm.toUpperCase()} on ${task.id}, seed ${config.seed}: going on from iteration ${iteration}, ${count(samples)} of ${count(target)} samples\n`,
        );
        return play({ store, task, remakeTask, compute, json, quiet }, terminal, parts);
      });
      outcome.code = exitCode(played);
      outcome.killed = played.killed;
    });
};

/** What differs from when the run began and may change its numbers. */
function changedVersions(then: Readonly<Record<string, string>>): string[] {
  const now = versions();
  return ["stackelberg", "onnxruntime", "mujoco", "platform"]
    .filter((name) => then[name] !== undefined && then[name] !== now[name])
    .map(
      (name) =>
        `the run began with ${name} ${then[name]}, here is ${now[name]}: what follows may differ from an unbroken run.`,
    );
}

/** An older run may have been made with more workers than are allowed now. */
const atMost = (workers: number | null): number | null => (workers === null ? null : Math.min(workers, MOST_WORKERS));
