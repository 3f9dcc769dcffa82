import { ALGORITHMS } from "../agents/defaults.js";
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
  const rank = ({ config }: RunData) => ALGORITHMS.indexOf(config.algorithm);
  const sorted = [...runs].sort((a, b) => rank(a) - rank(b));
  const keys = [...new Set(sorted.map((run) => keyOf(run, options.group)))];
  const tasks = [...new Set(runs.map(({ config }) => config.task.id))];
  return drawFigure(
    tasks.map((task) => {
      const curves = keys.flatMap((key, i): Curve[] => {
        const group = sorted.filter((run) => run.config.task.id === task && keyOf(run, options.group) === key);
        const lines = group.map(read).filter((line) => line.length > 0);
        // An algorithm keeps its colour from figure to figure.
        const color = PALETTE[(options.group === "algorithm" ? rank(group[0] ?? runs[0]!) : i) % PALETTE.length]!;
        return lines.length === 0 ? [] : [groupCurve(key, color, lines)];
      });
      const several = curves.some(({ thin }) => thin !== undefined);
      const how = several ? "bold: mean over runs; shaded: their range; faint: each run" : "each curve is one run";
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

/** One moment per label, the earliest: runs with the same schedule change within an iteration of each other. */
function firstOfEach(moments: ReturnType<typeof taskMoments>): ReturnType<typeof taskMoments> {
  const earliest = new Map<string, number>();
  for (const { x, label } of moments) earliest.set(label, Math.min(x, earliest.get(label) ?? x));
  return [...earliest].map(([label, x]) => ({ x, label }));
}

/** The name of the curve that a run is part of. */
function keyOf({ config, name }: RunData, group: Grouping): string {
  const algorithm = config.algorithm.toUpperCase();
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
