import { ALGORITHMS } from "../agents/defaults.js";
import { WAYS } from "../agents/ways.js";
import {
  endOfAll,
  LEAST_SEEDS,
  newestOfEachSeed,
  type SeedCurve,
  saidOf,
  seedCurve,
} from "../experiments/seed-curve.js";
import { playersOf } from "./config.js";
import type { RunData } from "./figure-run.js";
import { rounded, taskMoments } from "./figure-run.js";
import { type Curve, drawFigure, PALETTE } from "./panel.js";
import { isSameGame, playedGame } from "./same-game.js";

type Points = readonly (readonly [x: number, y: number])[];

/** By what runs are put together to one curve. */
export const GROUPINGS = ["algorithm", "preset", "run"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** What can be drawn over real samples. */
export const QUANTITIES = {
  return: {
    label: "return of the mean policy, undiscounted",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.evaluation?.return.mean),
  },
  success: {
    label: "success rate of the mean policy",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.evaluation?.success),
  },
  "goal-error": {
    label: "distance of the mean policy to the goal, mean over the episode",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.evaluation?.goalError?.mean),
  },
  "stochastic-return": {
    label: "return of the stochastic policy, undiscounted",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.world.return.mean),
  },
  "model-return": {
    label: "return in the model, J(π, M)",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.model?.return.mean),
  },
  gap: { label: "J(π, M) − J(π, W)", read: ({ iterations }: RunData) => points(iterations, (e) => e.gap) },
  "model-loss": {
    label: "model loss on fresh data, before the fit",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.model?.freshLoss.before),
  },
} as const;
export type Quantity = keyof typeof QUANTITIES;

function points(
  iterations: RunData["iterations"],
  read: (event: RunData["iterations"][number]) => number | null | undefined,
): Points {
  return iterations.flatMap((event) => {
    const y = read(event);
    return typeof y === "number" && Number.isFinite(y) ? [[event.samples, y] as const] : [];
  });
}

/**
 * Several runs in one figure, SVG, a panel per task: per group the interquartile mean over seeds (bold) with its 95 %
 * bootstrap interval (shaded) and each run (faint), as `seedCurve` has them; of fewer than four seeds the mean alone. Of
 * runs of one game with the same seed the newest counts. Where some runs have ended, the curve goes on dashed with the
 * others. The subtitle says what is drawn, and each label of how many, with the last value of all of them.
 */
export function compareFigure(
  runs: readonly RunData[],
  options: { readonly group: Grouping; readonly quantity: Quantity; readonly title?: string },
): string {
  const { label, read } = QUANTITIES[options.quantity];
  const sorted = withOwnNames(runs, options.group).sort(
    (a, b) => rank(a) - rank(b) || Number(isReseated(a)) - Number(isReseated(b)),
  );
  const several = new Set(runs.map(({ config }) => playersOf(config).policy)).size > 1;
  const key = (run: RunData) => keyOf(run, options.group, several);
  const keys = [...new Set(sorted.map(key))];
  const colours = coloursOf(sorted, key, options.group);
  const tasks = [...new Set(runs.map(({ config }) => config.task.id))];
  return drawFigure(
    tasks.map((task) => {
      const groups = keys
        .map((name) => {
          const group = sorted.filter((run) => run.config.task.id === task && key(run) === name);
          return groupOf(name, group, read);
        })
        .filter(({ lines }) => lines.length > 0);
      const how = howToRead(groups);
      return {
        title: options.title ?? task,
        subtitle: options.title === undefined ? how : `${task}; ${how}`,
        xLabel: "real samples (control steps in the world)",
        yLabel: label,
        curves: groups.map((group) => curveOf(group, colours.get(group.name)!, options.group !== "run")),
        moments: firstOfEach(sorted.filter((run) => run.config.task.id === task).flatMap(taskMoments)),
      };
    }),
  );
}

/** One group of runs on one task. */
interface Group {
  readonly name: string;
  readonly curve: SeedCurve;
  /** The points of each run that counts. */
  readonly lines: readonly Points[];
  /** Runs that do not count: a newer one plays the same game from the same seed. */
  readonly repeats: number;
}

/** Exported for its test, as `curveOf` is. */
export function groupOf(name: string, runs: readonly RunData[], read: (run: RunData) => Points): Group {
  const known = runs
    .map((run) => ({
      game: playedGame(run.config),
      seed: run.config.seed,
      created: run.config.created,
      points: read(run),
    }))
    .filter(({ points }) => points.length > 0);
  const counted = newestOfEachSeed(known, (a, b) => isSameGame(a.game, b.game));
  const curve = seedCurve(
    counted.map(({ seed, points }) => ({ seed, x: points.map(([x]) => x), y: points.map(([, y]) => y) })),
  );
  return { name, curve, lines: counted.map(({ points }) => points), repeats: known.length - counted.length };
}

/** @param counts whether the label says of how many runs it is */
export function curveOf({ name, curve, lines }: Group, color: string, counts: boolean): Curve {
  const said = counts ? ` (${saidOf(curve)})` : "";
  if (lines.length === 1) {
    const points = lines[0];
    return { label: `${name} ${rounded(points[points.length - 1][1])}${said}`, color, points };
  }
  const every = curve.points.map(({ value }, i) => [curve.x[i], value] as const);
  const end = endOfAll(curve);
  const [points, tail] = [every.slice(0, end), every.slice(end)];
  const last = points[points.length - 1];
  return {
    label:
      last === undefined ? `${name} (${curve.over} with no samples in common)` : `${name} ${rounded(last[1])}${said}`,
    color,
    points,
    ...(tail.length === 0 ? {} : { tail }),
    thin: lines,
    ...(curve.statistic === "IQM" ? { band: bandOf(curve) } : {}),
  };
}

/** The interval where there is one. */
const bandOf = ({ x, points }: SeedCurve): NonNullable<Curve["band"]> =>
  points.map(({ low, high }, i) => ({ x: x[i], low, high })).filter(({ low }) => !Number.isNaN(low));

/** What lines and shades are. */
function howToRead(groups: readonly Group[]): string {
  const several = groups.filter(({ lines }) => lines.length > 1);
  const means = several.filter(({ curve }) => curve.statistic === "mean");
  const repeats = groups.reduce((sum, group) => sum + group.repeats, 0);
  const few = means.some(({ curve }) => curve.over.endsWith("seeds")) ? `of fewer than ${LEAST_SEEDS} seeds` : "";
  const mixed = means.some(({ curve }) => curve.over.endsWith("runs")) ? "of runs that share seeds" : "";
  const which = [few, mixed].filter((text) => text !== "").join(" or ");
  const how =
    several.length === 0
      ? "each curve is one run"
      : means.length === several.length
        ? `bold: mean (${which}: no interval); faint: each run`
        : `bold: interquartile mean (IQM); shaded: 95 % bootstrap interval; faint: each run${means.length === 0 ? "" : `\n${which}: the mean, no interval`}`;
  const ends = groups.some(({ curve }) => endOfAll(curve) < curve.x.length) ? "; dashed: some runs have ended" : "";
  const left = repeats === 0 ? "" : `; ${repeats} older ${repeats === 1 ? "run" : "runs"} of the same seed left out`;
  return `${how}${ends}${left}`;
}

/** Runs whose directories have the same name stay apart where each is a curve of its own. */
function withOwnNames(runs: readonly RunData[], group: Grouping): RunData[] {
  const seen = new Map<string, number>();
  return runs.map((run) => {
    const place = `${run.config.task.id} ${run.name}`;
    const times = (seen.get(place) ?? 0) + 1;
    seen.set(place, times);
    return group !== "run" || times === 1 ? run : { ...run, name: `${run.name} (${times})` };
  });
}

const rank = ({ config }: RunData): number => ALGORITHMS.indexOf(config.algorithm);

/** Whether another policy player sits there than the algorithm's own. */
const isReseated = ({ config }: RunData): boolean => playersOf(config).policy !== WAYS[config.algorithm].seats.policy;

/** A colour for each curve. An algorithm keeps its own from figure to figure; of several with its name, the first. */
function coloursOf(sorted: readonly RunData[], key: (run: RunData) => string, group: Grouping) {
  const keys = [...new Set(sorted.map(key))];
  const own = new Map<number, string>();
  for (const run of group === "algorithm" ? sorted : []) if (!own.has(rank(run))) own.set(rank(run), key(run));
  const taken = new Map([...own].map(([place, name]) => [name, PALETTE[place]]));
  const free = PALETTE.filter((_, place) => !own.has(place));
  const rest = keys.filter((name) => !taken.has(name));
  return new Map<string, string>([...taken, ...rest.map((name, i) => [name, free[i % free.length]] as const)]);
}

/** One moment per label, the earliest: runs with the same schedule change within an iteration of each other. */
function firstOfEach(moments: ReturnType<typeof taskMoments>): ReturnType<typeof taskMoments> {
  const earliest = new Map<string, number>();
  for (const { x, label } of moments) earliest.set(label, Math.min(x, earliest.get(label) ?? x));
  return [...earliest].map(([label, x]) => ({ x, label }));
}

/** The name of the curve that a run is part of. @param several whether policy players differ: each has curves of its own */
function keyOf({ config, name }: RunData, group: Grouping, several: boolean): string {
  const algorithm = `${config.algorithm.toUpperCase()}${several ? ` ${playersOf(config).policy}` : ""}`;
  if (group === "algorithm") return algorithm;
  return group === "preset" ? `${algorithm} ${config.preset}` : name.replace(`${config.task.id}-`, "");
}
