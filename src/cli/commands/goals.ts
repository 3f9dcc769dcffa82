import { MOST_WORKERS } from "../../compute/engine-node.js";
import type { GoalRegion, GoalScores } from "../../experiments/goal-map.js";
import { wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { openSnapshot } from "../run-snapshot.js";
import { runNamed } from "../runs.js";
import { figure, percent, table } from "../text.js";

interface Options {
  readonly episodes?: number;
  readonly seed?: number;
  readonly regions: number;
  readonly checkpoint?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

/** `stackelberg goals`: which goals a run's policy reaches, and which its model says it does. */
export const goalsCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("goals")
    .summary("which goals a run's policy reaches, by how far they are at the start")
    .description(
      "Plays episodes with the mean policy of a run's newest checkpoint, in the world and from the same starts in every member of its model, and shows both by how far the goal is at the start.",
    )
    .argument("<run>", "a run directory")
    .option("--episodes <n>", "how many episodes (default: 200)", wholeNumber("--episodes", 1))
    .option(
      "--seed <n>",
      "episodes start from this seed on (default: evaluation.seed of the run)",
      wholeNumber("--seed", 0),
    )
    .option("--regions <n>", "regions of equal width", wholeNumber("--regions", 1, 1000), 5)
    .option(
      "--checkpoint <iteration>",
      "policy and model after this iteration, if its checkpoint is kept",
      wholeNumber("--checkpoint", 1),
    )
    .option("--workers <n>", "threads that compute", wholeNumber("--workers", 1, MOST_WORKERS))
    .option("--json", "one JSON object instead of text")
    .action(async (run: string, options: Options) => {
      const opened = await openSnapshot(runNamed(run, terminal.cwd), options.checkpoint, terminal, loadParts);
      const { config, snapshot, task, parts } = opened;
      const { episodes = 200, regions, seed = config.settings.evaluation.seed } = options;
      const { settings } = config;
      const compute = await parts.openNodeCompute({ provider: config.provider, workers: options.workers ?? 1 });
      try {
        const map = await parts.goalMap({ snapshot, settings, task, compute, episodes, seed, regions });
        const { iteration, samples } = snapshot.meta;
        terminal.out(
          options.json
            ? `${JSON.stringify({ run, task: task.id, iteration, samples, seed, distance: task.goalError!.name, regions: map })}\n`
            : `${config.algorithm.toUpperCase()} on ${task.id} after iteration ${iteration}, mean policy, ${episodes} episodes from seed ${seed}, by the ${task.goalError!.name} at the start:\n\n${shown(map)}`,
        );
      } finally {
        await compute.close();
      }
    });
};

const shown = (map: readonly GoalRegion[]): string =>
  table([
    ["at the start", "episodes", ...told("world"), ...(map[0].model === null ? [] : told("model"))],
    ...map.map(({ from, to, episodes, world, model }) => [
      `${figure(from)} … ${figure(to)}`,
      String(episodes),
      ...cells(world),
      ...(model === null ? [] : cells(model)),
    ]),
  ]);

const told = (where: string) => ["success", "at the end", "ended early", "return"].map((what) => `${where}: ${what}`);

const cells = (of: GoalScores): readonly string[] => [
  of.success === null ? "" : percent(of.success),
  figure(of.error),
  percent(of.ended),
  figure(of.return),
];
