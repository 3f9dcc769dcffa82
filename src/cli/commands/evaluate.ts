import { MOST_WORKERS } from "../../compute/engine-node.js";
import { PERTURBATIONS } from "../../envs/mujoco/perturbation.js";
import { ConfigError } from "../../errors/errors.js";
import type { Perturbation, Task } from "../../mdp/task.js";
import { perturbation, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { openSnapshot } from "../run-snapshot.js";
import { runNamed } from "../runs.js";
import { figure, percent, statistics } from "../text.js";

interface Options {
  readonly episodes?: number;
  readonly seed?: number;
  readonly checkpoint?: number;
  readonly stochastic?: boolean;
  readonly perturb?: Perturbation;
  readonly workers?: number;
  readonly json?: boolean;
}

/** `stackelberg evaluate`: scores a run's policy in the world. */
export const evaluateCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("evaluate")
    .summary("score a run's policy in the world")
    .description("Plays episodes with the policy of a run's newest checkpoint. A run under way can be evaluated too.")
    .argument("<run>", "a run directory")
    .option(
      "--episodes <n>",
      "how many episodes (default: evaluation.episodes of the run)",
      wholeNumber("--episodes", 1),
    )
    .option(
      "--seed <n>",
      "episodes start from this seed on (default: evaluation.seed of the run)",
      wholeNumber("--seed", 0),
    )
    .option(
      "--checkpoint <iteration>",
      "the policy after this iteration, if its checkpoint is kept",
      wholeNumber("--checkpoint", 1),
    )
    .option("--stochastic", "draw actions from the policy instead of taking its mean")
    .option(
      "--perturb <factors>",
      `play in a world whose quantities are multiplied: mass=1.3,friction=0.7 (${Object.keys(PERTURBATIONS).join(", ")})`,
      perturbation,
    )
    .option("--workers <n>", "threads that compute", wholeNumber("--workers", 1, MOST_WORKERS))
    .option("--json", "one JSON object instead of text")
    .action(async (run: string, options: Options) => {
      const opened = await openSnapshot(runNamed(run, terminal.cwd), options.checkpoint, terminal, loadParts);
      const { config, snapshot, parts } = opened;
      const perturb = options.perturb ?? null;
      const { settings } = config;
      const task = inWorld(opened.task, perturb);
      const episodes = options.episodes ?? settings.evaluation.episodes;
      const seed = options.seed ?? settings.evaluation.seed;
      let shownShare = "";
      const onSteps = (done: number, total: number) => {
        const share = done === total ? "" : `evaluating ${percent(done / total)}`;
        if (terminal.columns !== undefined && share !== shownShare) terminal.err(`\r\x1b[2K${(shownShare = share)}`);
      };
      const stochastic = options.stochastic ?? false;
      const compute = await parts.openNodeCompute({ provider: config.provider, workers: options.workers ?? 1 });
      try {
        const result = await parts.evaluatePolicy({
          snapshot,
          settings,
          task,
          compute,
          episodes,
          seed,
          stochastic,
          onSteps,
        });
        if (shownShare !== "") terminal.err("\r\x1b[2K");
        const { iteration, samples } = snapshot.meta;
        if (options.json) {
          terminal.out(
            `${JSON.stringify({ run, algorithm: config.algorithm, task: task.id, iteration, samples, seed, stochastic, perturb, ...result })}\n`,
          );
          return;
        }
        const steps = result.lengths.reduce((sum, length) => sum + length, 0) / result.lengths.length;
        terminal.out(
          `${config.algorithm.toUpperCase()} on ${task.id} after iteration ${iteration}, ${stochastic ? "stochastic" : "mean"} policy, ${episodes} episodes from seed ${seed}${perturb === null ? "" : `, ${perturbed(perturb)}`}:\n` +
            `  return   ${statistics(result.return)}  (${figure(Math.min(...result.returns))} … ${figure(Math.max(...result.returns))})\n` +
            (result.success === null ? "" : `  success  ${percent(result.success)}\n`) +
            (result.goalError === null
              ? ""
              : `  error    ${figure(result.goalError.mean)} on the way, ${figure(result.goalError.last)} at the end: ${task.goalError!.name}\n`) +
            `  length   ${figure(steps)} steps of at most ${task.horizon}\n`,
        );
      } finally {
        await compute.close();
      }
    });
};

const perturbed = (factors: Perturbation) =>
  Object.entries(factors)
    .map(([name, factor]) => `${name} × ${factor}`)
    .join(", ");

/** The task in its own world, or in one whose quantities are multiplied. @throws {ConfigError} where it has none such */
function inWorld(task: Task, perturb: Perturbation | null): Task {
  if (perturb === null) return task;
  if (task.perturbed === undefined) {
    throw new ConfigError(
      "--perturb",
      `the world of ${task.id} has no quantities to multiply`,
      "Evaluate it as it is; MuJoCo tasks can be perturbed",
    );
  }
  return task.perturbed(perturb);
}
