import { ALGORITHMS } from "../agents/defaults.js";
import { WAYS } from "../agents/ways.js";
import { playersOf } from "./config.js";
import type { RunData } from "./figure-run.js";
import { rounded, taskMoments } from "./figure-run.js";
import { type Curve, drawFigure, PALETTE } from "./panel.js";

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
    read: ({ iterations }: RunData) => points(iterations, (e) => e.model.return.mean),
  },
  gap: { label: "J(π, M) − J(π, W)", read: ({ iterations }: RunData) => points(iterations, (e) => e.gap) },
  "model-loss": {
    label: "model loss on fresh data, before the fit",
    read: ({ iterations }: RunData) => points(iterations, (e) => e.model.freshLoss.before),
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
 * Several runs in one figure, SVG, a panel per task: per group the mean over runs (bold), their range (shaded) and
 * each run (faint). Mean and range are drawn where every run of the group has data, with straight lines between a
 * run's own points.
 */
export function compareFigure(
  runs: readonly RunData[],
  options: { readonly group: Grouping; readonly quantity: Quantity; readonly title?: string },
): string {
  const { label, read } = QUANTITIES[options.quantity];
  const sorted = [...runs].sort((a, b) => rank(a) - rank(b) || Number(isReseated(a)) - Number(isReseated(b)));
  const several = new Set(runs.map(({ config }) => playersOf(config).policy)).size > 1;
  const key = (run: RunData) => keyOf(run, options.group, several);
  const keys = [...new Set(sorted.map(key))];
  const colours = coloursOf(sorted, key, options.group);
  const tasks = [...new Set(runs.map(({ config }) => config.task.id))];
  return drawFigure(
    tasks.map((task) => {
      const curves = keys.flatMap((name): Curve[] => {
        const group = sorted.filter((run) => run.config.task.id === task && key(run) === name);
        const lines = group.map(read).filter((line) => line.length > 0);
        return lines.length === 0 ? [] : [groupCurve(name, colours.get(name)!, lines)];
      });
      const how = curves.some(({ thin }) => thin !== undefined)
        ? "bold: mean over runs; shaded: their range; faint: each run"
        : "each curve is one run";
      return {
        title: options.title ?? task,
        subtitle: options.title === undefined ? how : `${task}; ${how}`,
        xLabel: "real samples (control steps in the world)",
        yLabel: label,
        curves,
        moments: firstOfEach(sorted.filter((run) => run.config.task.id === task).flatMap(taskMoments)),
      };
    }),
  );
}

const rank = ({ config }: RunData): number => ALGORITHMS.indexOf(config.algorithm);

/** Whether another policy player sits there than the algorithm's own. */
const isReseated = ({ config }: RunData): boolean => playersOf(config).policy !== WAYS[config.algorithm].seats.policy;

/** A colour for each curve. An algorithm keeps its own from figure to figure; of several with its name, the first. */
function coloursOf(sorted: readonly RunData[], key: (run: RunData) => string, group: Grouping) {
  const keys = [...new Set(sorted.map(key))];
  const own = new Map<number, string>();
  for (const run of group === "algorithm" ? sorted : []) if (!own.has(rank(run))) own.set(rank(run), key(run));
  const taken = new Map([...own].map(([place, name]) => [name, PALETTE[place]!]));
  const free = PALETTE.filter((_, place) => !own.has(place));
  const rest = keys.filter((name) => !taken.has(name));
  return new Map<string, string>([...taken, ...rest.map((name, i) => [name, free[i % free.length]!] as const)]);
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

/** Mean and range of several lines, where all have data; exported for its test. */
export function groupCurve(key: string, color: string, lines: readonly Points[]): Curve {
  const end = (line: Points) => line[line.length - 1]!;
  if (lines.length === 1) return { label: `${key} ${rounded(end(lines[0]!)[1])}`, color, points: lines[0]! };
  const from = Math.max(...lines.map((line) => line[0]![0]));
  const to = Math.min(...lines.map((line) => end(line)[0]));
  const grid = [...new Set(lines.flatMap((line) => line.map(([x]) => x)))]
    .filter((x) => x >= from && x <= to)
    .sort((a, b) => a - b);
  const values = grid.map((x) => lines.map((line) => interpolate(line, x)));
  const mean = values.map((ys, i): [number, number] => [grid[i]!, ys.reduce((sum, y) => sum + y, 0) / ys.length]);
  return {
    label: mean.length > 0 ? `${key} ${rounded(end(mean)[1])} (n = ${lines.length})` : `${key} (n = ${lines.length})`,
    color,
    points: mean.length > 0 ? mean : lines[0]!,
    thin: lines,
    band: values.map((ys, i) => ({ x: grid[i]!, low: Math.min(...ys), high: Math.max(...ys) })),
  };
}

/** y at x on straight lines between points; x lies within them. */
function interpolate(line: Points, x: number): number {
  const right = Math.max(
    1,
    line.findIndex(([at]) => at >= x),
  );
  if (line.length === 1) return line[0]![1];
  const [[x0, y0], [x1, y1]] = [line[right - 1]!, line[right]!];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
