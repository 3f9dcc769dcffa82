import { playersOf, type RunHead } from "./config.js";
import type { IterationEvent } from "./events.js";
import { type Curve, drawFigure, PALETTE } from "./panel.js";

/** What a figure needs to know of a run. */
export interface RunData {
  /** Name of its directory. */
  readonly name: string;
  readonly config: RunHead;
  readonly iterations: readonly IterationEvent[];
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
/** A number as labels show it, with a true minus sign. */
export function rounded(value: number): string {
  return (Math.abs(value) >= 100 ? whole.format(value) : value.toPrecision(3)).replace("-", "−");
}

/** Where the task of a run changed: the samples before the first iteration that was played with it. */
export function taskMoments({ config, iterations }: Omit<RunData, "name">): { x: number; label: string }[] {
  return (config.settings.task?.changes ?? []).flatMap(({ atSamples, options }) => {
    const at = iterations.findIndex(({ samples }) => samples >= atSamples);
    const label = Object.entries(options).map(([name, value]) => `${name} ${value}`);
    // The last iteration ended the run: nothing was played with this change.
    return at < 0 || at === iterations.length - 1 ? [] : [{ x: iterations[at].samples, label: label.join(", ") }];
  });
}

/**
 * The learning curve of one run, SVG: return of the mean policy (evaluation; shaded: ± one standard deviation over
 * episodes), of the stochastic policy that gathers data, and J(π, M), all undiscounted, against real samples. Vertical
 * lines mark changes of the task.
 *
 * @param solved return from which the task counts as solved
 */
export function runFigure({ config, iterations }: Omit<RunData, "name">, solved?: number): string {
  const { npg, actorCritic, mpc } = config.settings;
  const imagined = npg?.rolloutHorizon ?? actorCritic?.promiseHorizon ?? mpc?.horizon;
  const evaluated = iterations.flatMap(({ samples, evaluation }) =>
    evaluation === null ? [] : [{ x: samples, ...evaluation.return }],
  );
  const curve = (label: string, color: string, points: Curve["points"]): Curve => {
    const numbers = points.filter(([, y]) => Number.isFinite(y));
    const last = numbers[numbers.length - 1]?.[1];
    return { label: last === undefined ? label : `${label} ${rounded(last)}`, color, points: numbers };
  };
  const curves: Curve[] = [
    ...(iterations.every(({ model }) => model === null)
      ? []
      : [
          {
            ...curve(
              "in the model",
              PALETTE[1],
              iterations.map((e) => [e.samples, e.model?.return.mean ?? Number.NaN]),
            ),
            dashed: true,
          },
        ]),
    curve(
      "stochastic policy",
      PALETTE[5],
      iterations.map((e) => [e.samples, e.world.return.mean]),
    ),
    {
      ...curve(
        "mean policy",
        PALETTE[0],
        evaluated.map(({ x, mean }) => [x, mean]),
      ),
      band: evaluated
        .map(({ x, mean, std }) => ({ x, low: mean - std, high: mean + std }))
        .filter(({ low, high }) => Number.isFinite(high - low)),
    },
  ];
  const target = solved === undefined ? undefined : { value: solved, label: `solved: ${rounded(solved)}` };
  return drawFigure([
    {
      title: `${config.algorithm.toUpperCase()} on ${config.task.id}, ${playersOf(config).policy}`,
      subtitle: `preset ${config.preset}, seed ${config.seed}; shaded: ± one standard deviation over episodes${imagined === undefined ? "" : `; in the model: at most ${imagined} steps`}`,
      xLabel: "real samples (control steps in the world)",
      yLabel: "return per episode, undiscounted",
      curves,
      target,
      moments: taskMoments({ config, iterations }),
    },
  ]);
}
