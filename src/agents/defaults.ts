import type { Task } from "../mdp/task.js";
import type { Settings } from "./settings.js";

/** The four ways to play the game (sections 4.1 and 4.2), each by whoever is asked for. */
export const GAMES = ["pal", "mal", "gda", "br"] as const;
export type Game = (typeof GAMES)[number];

/** What the paper compares with, and its policy players without a model: ways of playing with players of their own. */
export const BASELINES = [
  "sac",
  "mbpo",
  "pets",
  "steve",
  "slbo",
  "model-free-npg",
  "model-free-trpo",
  "model-free-ppo",
] as const;
export type Baseline = (typeof BASELINES)[number];

/** All ways, by name. */
export const ALGORITHMS = [...GAMES, ...BASELINES] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A sample count given in horizons of the task: min(horizons × env horizon, atMost). */
interface Horizons {
  readonly horizons: number;
  readonly atMost: number;
}

/** Table 1: policy improvement with NPG, and what the paper says about it in prose. */
export const TABLE_1 = {
  policyHidden: [64, 64],
  valueHidden: [128, 128],
  discount: 0.995, // γ
  gaeLambda: 0.97, // λ
  trajectoriesPerModel: 200, // N_τ
  rolloutHorizon: 500, // H = min(env horizon, 500, termination)
  normalizedStepSize: 0.05, // δ
  initialLogStd: -1, // "we initialize the standard deviation as σ = exp(−1)"
  intermediateStarts: 0.5, // "starting 50% of synthetic rollouts from intermediate (real-world) rollout states", gym tasks
} as const;

/** Table 2: PAL-NPG. */
export const TABLE_2 = {
  modelHidden: [512, 512],
  epochs: 100,
  batchSize: 200,
  ensembleSize: 4,
  bufferSize: 2500, // B
  initialSamples: 2500, // N_init
  samplesPerIteration: { horizons: 5, atMost: 1000 }, // N
  npgSteps: 4, // K
} as const;

/** Table 3: MAL-NPG. */
export const TABLE_3 = {
  modelHidden: [512, 512],
  epochs: 10,
  batchSize: 200,
  ensembleSize: 4,
  bufferSize: null, // B = ∞
  initialSamples: 5000, // N_init
  samplesPerIteration: { horizons: 20, atMost: 3000 }, // N
  npgSteps: 25, // K
} as const;

/** "we also ensure that at-least 10² gradient steps and at-most 10⁵ gradient steps are used" (App. B, model details). */
export const GRADIENT_STEPS = { min: 100, max: 100_000 } as const;

/** How far a player goes in an iteration (section 4): an aggressive one answers the other in full, a conservative one moves a little. */
export type Side = "aggressive" | "conservative";

/** Who is aggressive and who is conservative in which algorithm (section 4). */
export const SIDES: Readonly<Record<Game, { readonly model: Side; readonly policy: Side }>> = {
  pal: { model: "aggressive", policy: "conservative" },
  mal: { model: "conservative", policy: "aggressive" },
  gda: { model: "conservative", policy: "conservative" }, // our reading: docs/paper/departures.md
  br: { model: "aggressive", policy: "aggressive" },
};

/** The table of a model player: PAL's is aggressive, MAL's conservative. */
export const modelTable = (side: Side) => (side === "aggressive" ? TABLE_2 : TABLE_3);
/** The table of a policy player: PAL's is conservative, MAL's aggressive. */
export const policyTable = (side: Side) => (side === "conservative" ? TABLE_2 : TABLE_3);

/**
 * Groups of settings that runs of earlier versions do not have. A stored config without one of them means these values,
 * with which nothing of it is in use.
 */
export const LATER_GROUPS = {
  players: { policy: "npg", model: "ensemble" },
  task: { turns: [], turnIterations: 1, changes: [] },
  robust: {
    worstShare: 1,
    disagreementFrom: 0,
    disagreementTo: 0,
    disagreementIterations: 1,
    disagreementEvery: 16,
  },
  record: { every: 1 },
  meter: { every: null, npgSteps: 10, reference: null, referenceEpisodes: 10 },
} as const satisfies Partial<Settings>;

function resolveSamples({ horizons, atMost }: Horizons, horizon: number): number {
  return Math.min(horizons * horizon, atMost);
}

/** The paper's sizes of an iteration, resolved for a task. */
export function paperData({ model, policy }: (typeof SIDES)[Game], task: Task): Settings["data"] {
  const { bufferSize } = modelTable(model);
  const { initialSamples, samplesPerIteration: samples } = policyTable(policy);
  const samplesPerIteration = resolveSamples(samples, task.horizon);
  return {
    initialSamples,
    samplesPerIteration,
    wholeEpisodes: true,
    continueEpisodes: false,
    bufferSize: bufferSize === null ? null : Math.max(bufferSize, samplesPerIteration), // BR: N is 3000, and B ≈ N
    maxSamples: 50_000,
    offline: null,
    offlineIterations: 0,
  };
}

/** The paper's ensemble. */
export function paperModel(side: Side): Settings["model"] {
  const { modelHidden, ensembleSize, epochs, batchSize } = modelTable(side);
  return {
    hidden: [...modelHidden],
    ensembleSize,
    epochs,
    batchSize,
    learningRate: 1e-3, // "Adam (default parameters)"
    minGradientSteps: GRADIENT_STEPS.min,
    maxGradientSteps: GRADIENT_STEPS.max,
    loss: "raw",
    centerDelta: false,
    scale: "std",
    reach: 100,
    bootstrap: false,
    warmStart: true,
    learnReward: false,
    rewardHidden: [100, 100],
    stepSize: null, // "we aggregate all the historical data and perform a few epochs" (section 4.3)
    near: "predictions",
  };
}

/** The paper's policy, its baseline and Subroutine 1. */
export function paperGaussian(side: Side, task: Task): Pick<Settings, "policy" | "value" | "npg" | "robust"> {
  return {
    policy: {
      hidden: [...TABLE_1.policyHidden],
      initialLogStd: TABLE_1.initialLogStd,
      minLogStd: null,
      inputs: "raw",
    },
    value: {
      hidden: [...TABLE_1.valueHidden],
      epochs: 1,
      batchSize: 128,
      learningRate: 1e-3,
      finalLearningRate: null,
      weightDecay: 1e-3,
      targetScale: 1,
    },
    npg: {
      steps: policyTable(side).npgSteps,
      discount: TABLE_1.discount,
      gaeLambda: TABLE_1.gaeLambda,
      trajectoriesPerModel: TABLE_1.trajectoriesPerModel,
      rolloutHorizon: Math.min(task.horizon, TABLE_1.rolloutHorizon),
      terminalMargin: 0,
      intermediateStarts: TABLE_1.intermediateStarts,
      normalizedStepSize: TABLE_1.normalizedStepSize,
      noiseFloor: 0,
      maxKl: null,
      klBacktrack: 0.7,
      cgIterations: 10,
      fisherDamping: 1e-4,
      fisherFraction: 1,
      entropyCoefficient: 0,
      startBalance: 0,
      nearestFirst: 1,
      nearestIterations: 1,
      stackelberg: "none", // "this term can often be dropped" (section 4.2)
    },
    robust: LATER_GROUPS.robust,
  };
}
