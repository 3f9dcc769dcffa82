import type { Task } from "../mdp/task.js";
import type { Game } from "./defaults.js";
import { mergeSettings as merge } from "./merge-settings.js";
import type { SettingsPatch } from "./settings.js";

/** Whether a task says how far a state is from its goal. */
export const hasGoal = ({ goalError }: Task): boolean => goalError !== undefined;

/** Steps of an imagined rollout: a model that has seen a few thousand samples holds for so many. */
const LOOK_AHEAD = 50;
/** The paper's γ and λ, and the largest share of starts from D: what the rules below come to for long episodes. */
const [MOST_DISCOUNT, MOST_LAMBDA, MOST_FROM_DATA] = [0.995, 0.97, 0.9];

const rounded = (x: number): number => Number(x.toFixed(3));

/**
 * What a task with a goal gets where it has no preset of its own: what reacher, claw, D'Kitty and hand have in common, by
 * the length T of an episode in steps.
 *
 *   γ = 1 − 2.5 / T    λ = 1 − 5 / T    H = min(T, 50)    starts from D: 1 − H / T    N = 10 T, at most 1000
 *
 * At the paper's γ the noise of advantages over an episode hides where its goal is, and the policy goes to the middle of all
 * goals. An episode that a rollout covers needs no starts from D; of a longer one, as many as it does not cover. Values are
 * fitted in units of 1 / (1 − γ): a reward of order 1 in each step.
 */
export function goalPreset(task: Task): (game: Game) => SettingsPatch {
  const T = Math.max(task.horizon, 10); // below, γ and λ come to nothing
  const discount = rounded(Math.min(1 - 2.5 / T, MOST_DISCOUNT));
  const rolloutHorizon = Math.min(task.horizon, LOOK_AHEAD);
  const common: SettingsPatch = {
    data: { initialSamples: 2500, samplesPerIteration: Math.min(10 * T, 1000), bufferSize: 20_000 },
    model: { hidden: [256, 256], epochs: 20, batchSize: 64, maxGradientSteps: 2000, centerDelta: true },
    policy: { initialLogStd: -0.5, minLogStd: -1.5, inputs: "standardized" },
    value: { epochs: 2, targetScale: Math.round(1 / (1 - discount)) },
    npg: {
      steps: 10,
      normalizedStepSize: 0.15,
      maxKl: 0.15,
      fisherDamping: 0.01,
      fisherFraction: 0.2,
      discount,
      gaeLambda: rounded(Math.min(1 - 5 / T, MOST_LAMBDA)),
      rolloutHorizon,
      intermediateStarts: rounded(Math.min(1 - rolloutHorizon / task.horizon, MOST_FROM_DATA)),
    },
  };
  return (game) => merge(common, ...SIDES[game]);
}

/** What Table 3 makes large or small stays so: MAL and GDA keep all samples, MAL and BR take its K. */
const KEEPS_ALL: SettingsPatch = { data: { bufferSize: null }, model: { epochs: 10 } };
const MANY_STEPS: SettingsPatch = { npg: { steps: 25 } };
const SIDES: Readonly<Record<Game, readonly SettingsPatch[]>> = {
  pal: [],
  mal: [KEEPS_ALL, MANY_STEPS],
  gda: [KEEPS_ALL],
  br: [MANY_STEPS],
};
