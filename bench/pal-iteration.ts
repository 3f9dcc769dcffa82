/**
 * Claim: a whole PAL iteration on the hopper with the paper's settings takes at most 25 s on two cores, and the process
 * stays within 1.5 GiB.
 */
import { resolveSettings } from "../dist/agents/resolve-settings.js";
import type { SettingsPatch } from "../dist/agents/settings.js";
import { train } from "../dist/agents/train.js";
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";

export const ITERATION_TARGET = 25; // s
export const MEMORY_TARGET = 1.5 * 2 ** 30; // bytes

/** Times of one iteration, s. `sample` has N_init and N real samples, as it is the first. */
export interface IterationTimes {
  readonly name: string;
  readonly seconds: { readonly fit: number; readonly improve: number; readonly sample: number; readonly total: number };
  readonly gradientSteps: number;
  /** Imagined steps of all K improvements. */
  readonly syntheticSamples: number;
  readonly realSamples: number;
}

/** What makes an iteration small enough to see whether the bench runs. */
const QUICK: SettingsPatch = {
  data: { initialSamples: 250, samplesPerIteration: 100, bufferSize: 250 },
  model: { hidden: [32, 32], epochs: 2, minGradientSteps: 10 },
  npg: { steps: 1, trajectoriesPerModel: 10, rolloutHorizon: 20, cgIterations: 3 },
};

/**
 * The first iteration of a run, without evaluation.
 *
 * @param full whether every imagined rollout goes on to its horizon, as it does when the policy has learned not to fall:
 *   the longest that an iteration takes
 */
export async function palIteration(compute: Compute, quick: boolean, full: boolean): Promise<IterationTimes> {
  const hopper = createTask("hopper");
  const task = full ? { ...hopper, isTerminal: () => false } : hopper;
  const never: SettingsPatch = { evaluation: { every: 1000 } };
  const patches = quick ? [QUICK, never] : [never];
  const settings = resolveSettings({ algorithm: "pal", task, preset: "paper", patches });
  const clock = () => performance.now() / 1e3;
  const name = full ? "all rollouts to their horizon" : "as first played";
  for await (const { metrics } of train({ algorithm: "pal", task, settings, seed: 0, compute, clock })) {
    const { fit, improve, sample, total } = metrics.seconds;
    return {
      name,
      seconds: { fit, improve, sample, total },
      gradientSteps: metrics.model!.gradientSteps,
      syntheticSamples: metrics.policy!.syntheticSamples!.reduce((a, b) => a + b, 0),
      realSamples: metrics.samples,
    };
  }
  throw new Error("the run ended before its first iteration");
}
