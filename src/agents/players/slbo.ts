import { z } from "zod";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { wanderingActor } from "../../mdp/wandering-actor.js";
import type { ModelBasedReport } from "../../npg/model-based-step.js";
import { trpoStep } from "../../npg/trpo-step.js";
import { paperGaussian } from "../defaults.js";
import type { PolicyKind, SettingsOf } from "../player.js";
import { count, countOrNone } from "../setting-types.js";
import type { SettingsPatch } from "../settings.js";
import { GAUSSIAN_GROUPS, type GaussianState, gaussianKind } from "./gaussian.js";
import { slboPresets } from "./slbo-presets.js";
import { PAPER_TRPO, TRPO_GROUPS } from "./trpo.js";

const OWN_GROUPS = {
  ...TRPO_GROUPS,
  slbo: z.strictObject({
    rounds: count(1e6).describe(
      "fits of the model between two gatherings, each followed by npg.steps steps of the policy",
    ),
    klSlack: z
      .number()
      .min(1)
      .max(100)
      .describe("a step is good whose KL divergence is at most so many times trpo.maxKl"),
    entropyIterations: countOrNone(1e9).describe("iterations after which npg.entropyCoefficient is no longer added"),
    noiseTheta: z.number().min(0).max(1).describe("θ of the noise that wanders in real episodes"),
    noiseSigma: z
      .number()
      .min(0)
      .max(100)
      .describe("σ of that noise, in units of the half-width of the action box; 0 for none"),
  }),
};
const GROUPS = { ...GAUSSIAN_GROUPS, ...OWN_GROUPS };
type Settings = SettingsOf<typeof GROUPS>;

/** The settings of its authors (Luo et al. 2019, as their code has it). */
export function paperSlbo(task: Task): Settings {
  const { policy, value, npg, robust } = paperGaussian("conservative", task);
  return {
    policy: { ...policy, hidden: [32, 32], initialLogStd: 0, inputs: "standardized" },
    value: { ...value, hidden: [64, 64], epochs: 5, batchSize: 64, weightDecay: 0 },
    npg: {
      ...npg,
      steps: 40,
      discount: 0.99,
      gaeLambda: 0.95,
      trajectoriesPerModel: 8,
      intermediateStarts: 0,
      cgIterations: 10,
      fisherDamping: 0.1,
      entropyCoefficient: 0.005,
    },
    robust,
    ...PAPER_TRPO,
    slbo: { rounds: 20, klSlack: 1.5, entropyIterations: 50, noiseTheta: 0.15, noiseSigma: 0.3 },
  };
}

const WORLD: SettingsPatch = {
  data: {
    initialSamples: 10_000,
    samplesPerIteration: 10_000,
    wholeEpisodes: false,
    bufferSize: 200_000,
    maxSamples: 1_000_000,
  },
};

const inner = gaussianKind<undefined, typeof OWN_GROUPS>({
  title: "trust-region steps in rounds with the model's, and noise that wanders in the world",
  groups: OWN_GROUPS,
  paper: (_, task) => paperSlbo(task),
  step: ({ npg, policy, trpo, slbo }) => trpoStep({ ...npg, ...trpo, ...slbo, minLogStd: policy.minLogStd }),
  initialState: () => undefined,
  keepState: () => ({ tensors: {}, adamSteps: {} }),
  recallState: () => undefined,
});

/** The policy player of SLBO: TRPO on imagined rollouts, whose entropy counts for a while (docs/players/slbo.md). */
export const slboKind: PolicyKind<GaussianState<undefined>, Model, ModelBasedReport, typeof GROUPS> = {
  ...inner,
  paper: (_, task) => paperSlbo(task),
  world: () => WORLD,
  presets: slboPresets,
  rounds: ({ slbo }) => slbo.rounds,
  open(task, settings, unfitted) {
    const { npg, slbo } = settings;
    const early = inner.open(task, settings, unfitted);
    const late = inner.open(task, { ...settings, npg: { ...npg, entropyCoefficient: 0 } }, unfitted);
    return {
      ...early,
      improve: (scene, ...rest) => (scene.iteration < slbo.entropyIterations ? early : late).improve(scene, ...rest),
      async actor(compute, player) {
        const acting = await early.actor(compute, player);
        const { noiseTheta: theta, noiseSigma: sigma } = slbo;
        return sigma === 0 ? acting : wanderingActor(acting, task.action.size, { theta, sigma });
      },
    };
  },
};
