import { evaluatePolicy } from "../../agents/evaluate.js";
import { ConfigError } from "../../errors/errors.js";
import { meanOf } from "../../math/statistics.js";
import { newestCheckpoint } from "../../runs/checkpoint.js";
import { readConfig } from "../../runs/config.js";
import { type Curve, drawFigure, PALETTE } from "../../runs/panel.js";
import type { FigureSpec } from "../suite-file.js";
import { gamesOf } from "./curves.js";
import { type Block, table } from "./document.js";
import { type Bench, isMeasured, keepReading, keptReading, runsOfFigure } from "./readings.js";
import { lackingText, type SuiteRuns } from "./suite-runs.js";

/** What a run's last policy returns in worlds of which one quantity is multiplied. */
export interface PerturbedReading {
  readonly run: string;
  readonly game: string;
  readonly seed: number;
  readonly episodes: number;
  /** By quantity and factor: mean return. */
  readonly returns: Readonly<Record<string, readonly (readonly [factor: number, mean: number])[]>>;
}

/** Evaluation episodes start here, as a run's own do. */
const SEED = 1_000_000;

/** What was measured before. */
export const perturbedReadings = (all: SuiteRuns, figure: FigureSpec): readonly PerturbedReading[] =>
  runsOfFigure(all, figure).flatMap((run) => keptReading<PerturbedReading>(all, run, figure.name) ?? []);

/** Measures the finished runs that were not measured yet. */
export async function measurePerturbed(
  all: SuiteRuns,
  figure: FigureSpec,
  { compute, openTask }: Bench,
  warn: (message: string) => void,
): Promise<void> {
  for (const run of runsOfFigure(all, figure)) {
    if (!run.finished || isMeasured(all, run, figure.name)) continue;
    const snapshot = newestCheckpoint(run.directory, warn);
    if (snapshot === undefined) continue;
    const plain = await openTask(run);
    if (plain.perturbed === undefined)
      throw new ConfigError(`figure ${figure.name}`, `${plain.id} has no world that can be perturbed`, "Leave it out");
    const { settings } = readConfig(run.directory);
    const returns: Record<string, (readonly [number, number])[]> = {};
    for (const [quantity, factors] of Object.entries(figure.factors ?? {})) {
      returns[quantity] = [];
      for (const factor of factors) {
        const task = plain.perturbed({ [quantity]: factor });
        const request = { snapshot, settings, task, compute: await compute(), episodes: figure.episodes, seed: SEED };
        returns[quantity].push([factor, Number((await evaluatePolicy(request)).return.mean.toPrecision(6))]);
      }
    }
    const reading = { run: run.data.name, game: run.game.id, seed: run.seed, episodes: figure.episodes, returns };
    keepReading(all, run, figure.name, reading satisfies PerturbedReading);
  }
}

/** A panel per quantity: mean return over the factor, a curve per way and variant. */
export function perturbedFigure(all: SuiteRuns, figure: FigureSpec): string {
  const readings = perturbedReadings(all, figure);
  const games = gamesOf(all, figure);
  const lacking = lackingText(all, games);
  return drawFigure(
    Object.entries(figure.factors ?? {}).map(([quantity, factors]) => ({
      title: `${quantity} ×`,
      subtitle: ["mean over seeds; faint: each run", ...(lacking === "" ? [] : [lacking])].join("\n"),
      xLabel: `factor on ${quantity}`,
      yLabel: "return of the mean policy",
      curves: games.flatMap((game, i): Curve[] => {
        const lines = readings
          .filter((each) => each.game === game.id)
          .flatMap(({ returns }) => (returns[quantity] === undefined ? [] : [returns[quantity]]));
        if (lines.length === 0) return [];
        const points = factors.map((factor, f) => [factor, meanOf(lines.map((line) => line[f][1]))] as const);
        const label = `${[game.way.toUpperCase(), ...(game.variant === null ? [] : [game.variant])].join(" ")} (${lines.length})`;
        return [{ label, color: PALETTE[i % PALETTE.length], points, thin: lines }];
      }),
    })),
  );
}

/** How many runs hold a return of `threshold`, by world. */
export function perturbedTable(all: SuiteRuns, figure: FigureSpec): Block {
  const readings = perturbedReadings(all, figure);
  const worlds = Object.entries(figure.factors ?? {}).flatMap(([quantity, factors]) =>
    factors.map((factor, f) => ({ quantity, factor, f })),
  );
  const level = figure.threshold;
  return table(
    [
      level === undefined ? "mean return" : `runs that hold ${level}`,
      ...worlds.map(({ quantity, factor }) => `${quantity} × ${factor}`),
    ],
    gamesOf(all, figure).flatMap((game) => {
      const here = readings.filter((each) => each.game === game.id);
      if (here.length === 0) return [];
      return [
        [
          game.id,
          ...worlds.map(({ quantity, f }) => {
            const returns = here.map((each) => each.returns[quantity][f][1]);
            return level === undefined
              ? String(Math.round(meanOf(returns)))
              : `${returns.filter((x) => x >= level).length} of ${returns.length}`;
          }),
        ],
      ];
    }),
  );
}
