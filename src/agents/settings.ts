import { z } from "zod";
import { isPath } from "../errors/printable.js";
import { count, hidden } from "./setting-types.js";

/** Real samples of a run: more than a machine plays in a lifetime. */
export const MOST_SAMPLES = 1e12;

const positive = (most: number) => z.number().positive().max(most);
const upTo = (most: number) => z.number().min(0).max(most);
const within = (most: number) => z.number().min(-most).max(most);
const fraction = upTo(1);

/** Options of a task by name. */
const taskOptions = z.record(
  z.string(),
  z.union([z.string(), z.number()]).transform((value) => String(value)),
);

/**
 * Every setting of a run, declared once: type, bounds, paper symbol and help line. Defaults are not here but in
 * `defaults.ts` (the paper's tables) and `presets.ts` (per task).
 */
export const settingsSchema = z.strictObject({
  /** Who plays. */
  players: z.strictObject({
    policy: z.string().describe("the policy player"),
    model: z.string().describe("the model player"),
  }),
  /** Buffer D and the world's samples (Algorithms 3 and 4). */
  data: z.strictObject({
    initialSamples: count(1e8).describe("N_init: real samples gathered before the first fit"),
    samplesPerIteration: count(1e8).describe(
      "N: real samples gathered per iteration; with whole episodes a little more",
    ),
    wholeEpisodes: z
      .boolean()
      .default(true) // runs of before it had a name
      .describe("whether the last episode is played to its end, or cut at N samples"),
    continueEpisodes: z
      .boolean()
      .default(false) // runs of before it had a name
      .describe("whether an episode that was cut at N samples goes on in the next iteration"),
    bufferSize: count(MOST_SAMPLES)
      .nullable()
      .describe("B: how many of the newest samples the buffer keeps; null keeps all"),
    maxSamples: count(MOST_SAMPLES).describe(
      "the run ends with the first iteration that has gathered this many real samples",
    ),
    offline: z
      .string()
      .refine(isPath, "must be the path of a directory")
      .nullable()
      .default(null) // runs of before it had a name
      .describe("directory of a Minari dataset that is D at the beginning, in place of N_init samples; null for none"),
    offlineIterations: z
      .number()
      .int()
      .min(0)
      .max(1e9)
      .default(0) // runs of before it had a name
      .describe("so many first iterations gather nothing: they learn from the dataset alone"),
  }),
  /** The ensemble M_φ and how it is fitted (App. B, model details). */
  model: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers (ReLU)"),
    ensembleSize: count(1000).describe("number of members"),
    epochs: count(1e6).describe("passes over the buffer per fit"),
    batchSize: count(1e6).describe("minibatch size"),
    learningRate: positive(10).describe("Adam's step size"),
    minGradientSteps: count(1e9).describe("at least so many gradient steps per fit (paper: 10²)"),
    maxGradientSteps: count(1e9).describe("at most so many gradient steps per fit (paper: 10⁵)"),
    loss: z.enum(["raw", "normalized"]).describe("squared error of Δ in raw units (paper) or in units of σ_Δ"),
    centerDelta: z.boolean().describe("whether the mean of Δ is subtracted before scaling (paper: no)"),
    scale: z.enum(["std", "mean-absolute"]).describe("σ: standard deviation, or mean absolute deviation"),
    reach: positive(1e12)
      .default(100) // runs of before it had a name
      .describe("predicted states stay within so many σ of the data's mean"),
    bootstrap: z.boolean().describe("whether each member is fitted on its own resample of the buffer"),
    warmStart: z.boolean().describe("whether weights and Adam moments are kept between fits"),
    learnReward: z.boolean().describe("whether the reward is learned from (s, a, s′) instead of known"),
    rewardHidden: hidden.describe("widths of the reward network's hidden layers"),
    stepSize: positive(1e12)
      .nullable()
      .default(null) // runs of before it had a name
      .describe("β: a fit stays near the model of before, the more the smaller β; null: wherever the data lead"),
    near: z
      .enum(["predictions", "weights"])
      .default("predictions") // runs of before it had a name
      .describe("what β keeps near: what the model says of the data, or its weights"),
  }),
  /** π_θ (App. B, policy details). */
  policy: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers (tanh)"),
    initialLogStd: z
      .number()
      .min(-10)
      .max(3)
      .describe("log σ at the start, for actions in units of the half-width of the action box"),
    minLogStd: z.number().min(-20).max(3).nullable().describe("floor of log σ; null for none"),
    inputs: z
      .enum(["raw", "task", "standardized"])
      .describe("observations as they are, times the task's factors, or standardised by the initial samples"),
  }),
  /** V_ψ. */
  value: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers (ReLU)"),
    epochs: count(1e6).describe("passes over the synthetic samples after each NPG step"),
    batchSize: count(1e6).describe("minibatch size"),
    learningRate: positive(10).describe("Adam's step size"),
    finalLearningRate: positive(10)
      .nullable()
      .default(null) // runs of before it had a name
      .describe("where the step size goes to over each fit, on a straight line; null: it stays"),
    weightDecay: upTo(1e6).describe("L2 penalty added to the gradient"),
    targetScale: positive(1e12).describe("returns are divided by this before they are fitted"),
  }),
  /** Subroutine 1 and Table 1. */
  npg: z.strictObject({
    steps: count(1e5).describe("K: NPG steps per iteration"),
    discount: z.number().gt(0).lt(1).describe("γ"),
    gaeLambda: fraction.describe("λ"),
    trajectoriesPerModel: count(1e6).describe("N_τ: initial states, each rolled out once in every member"),
    rolloutHorizon: count(1e6).describe("H: longest synthetic rollout; the task's horizon bounds it too"),
    terminalMargin: fraction.describe(
      "share by which a task's terminal limits are drawn in during synthetic rollouts; 0 takes them as they are",
    ),
    intermediateStarts: fraction.describe("share of rollouts that start from real states in the buffer instead of ρ"),
    normalizedStepSize: positive(1000).describe("δ: a step has KL ≈ δ/2"),
    noiseFloor: fraction
      .default(0) // runs of before it had a name
      .describe("where advantages spread less than this share of the returns' size, steps are shorter in proportion"),
    maxKl: positive(1000).nullable().describe("a step with more KL than this is shortened; null for no check"),
    klBacktrack: z.number().gt(0).lt(1).describe("factor on the step at each shortening"),
    cgIterations: count(1e5).describe("conjugate-gradient iterations"),
    fisherDamping: upTo(1e12).describe("added to the diagonal of the Fisher matrix"),
    fisherFraction: z
      .number()
      .gt(0)
      .max(1)
      .describe("share of the synthetic samples that the Fisher matrix is estimated on"),
    entropyCoefficient: upTo(1e6).describe("weight of the policy's entropy in the objective"),
    startBalance: fraction
      .default(0) // runs of before it had a name
      .describe(
        "how far starts count alike: advantages are divided by their spread over the rollouts from their own start, to this power; 0: as they come",
      ),
    nearestFirst: z
      .number()
      .gt(0)
      .max(1)
      .default(1) // runs of before it had a name
      .describe(
        "share of ρ that rollouts start from at k = 0: the starts that are nearest to their goals; 1 is all of it",
      ),
    nearestIterations: count(1e9)
      .default(1) // runs of before it had a name
      .describe("iterations in which the share goes from npg.nearestFirst to 1"),
    stackelberg: z
      .enum(["none", "implicit"])
      .default("none") // runs of before it had a name
      .describe("PAL's gradient: first-order as in the paper, or with the model's answer to the policy, (12) and (13)"),
  }),
  /** How the task itself changes during the run (section 5, Fig. 4). */
  task: z.strictObject({
    turns: z
      .array(taskOptions)
      .max(100)
      .default([]) // runs of before there were any
      .transform((turns): readonly (typeof turns)[number][] => turns)
      .describe(
        "several tasks in one world, by their options: iteration k plays, learns and starts in the next of them",
      ),
    turnIterations: count(1e6).default(1).describe("iterations before it is the next task's turn"),
    changes: z
      .array(
        z.strictObject({
          atSamples: count(MOST_SAMPLES).describe(
            "in force from the first iteration that begins with so many real samples",
          ),
          options: taskOptions.describe("options of the task by name, on top of those before"),
        }),
      )
      .max(1000)
      .transform((changes): readonly (typeof changes)[number][] => changes) // zod's `readonly` throws at bytes
      .describe('a list such as [{ atSamples: 10000, options: { forearm: "1.2" } }]'),
  }),
  /** Robust followers (section 4, end): what the policy player fears or seeks in the ensemble. */
  robust: z.strictObject({
    worstShare: fraction.describe(
      "α: the objective is the mean return in this share of the members, the worst for the policy (CVaR); 1 is all of them, 0 the worst alone",
    ),
    disagreementFrom: within(1e6).describe(
      "scale of the members' disagreement in the reward of imagined steps at k = 0: > 0 seeks it, < 0 avoids it",
    ),
    disagreementTo: within(1e6).describe(
      "the same from k = robust.disagreementIterations on; between, a straight line",
    ),
    disagreementIterations: count(1e9).describe("iterations in which the scale goes from one to the other"),
    disagreementEvery: count(1e6).describe(
      "steps of a rollout between two evaluations of the disagreement, held in between; 1 is exact and expensive",
    ),
  }),
  /** The bound meter: the terms of Theorem 1, estimated. */
  meter: z.strictObject({
    every: count(1e9).nullable().describe("measure after every so many iterations, and at the end; null for never"),
    npgSteps: count(1e5).describe("NPG steps on the frozen model whose gain is the estimate of ε_π"),
    reference: z
      .string()
      .refine(isPath, "must be the path of a directory")
      .nullable()
      .describe("directory of a run whose newest policy stands for π*, for the transfer term; null for none"),
    referenceEpisodes: count(1e6).describe("episodes of π* in the world per measurement; not counted as samples"),
  }),
  /** What is kept of a run as it goes. */
  record: z.strictObject({
    every: count(1e9).describe("so many iterations of the game make one line of the log, and one checkpoint"),
  }),
  /** Scores of the mean policy in the world; not counted as samples. */
  evaluation: z.strictObject({
    episodes: count(1e6).describe("episodes per evaluation"),
    every: count(1e9).describe("evaluate after every so many lines of the log, and at the end"),
    seed: z.number().int().min(0).max(1e15).describe("evaluation episodes start from this seed on"),
  }),
});

/** All settings, resolved: numbers only, nothing left to look up. */
export type Settings = z.infer<typeof settingsSchema>;

type DeepPartial<T> = T extends readonly unknown[] | null
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** Some of the settings, as presets, config files and `--set` give them. */
export type SettingsPatch = DeepPartial<Settings>;
