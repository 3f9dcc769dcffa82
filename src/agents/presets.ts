import type { Task } from "../mdp/task.js";
import type { Algorithm, Game } from "./defaults.js";
import { goalPreset, hasGoal } from "./goal-preset.js";
import { mergeSettings as merge } from "./merge-settings.js";
import type { Preset } from "./preset.js";
import type { SettingsPatch } from "./settings.js";
import { type OwnPlayers, policyKind } from "./ways.js";

export const DEFAULT_PRESET = "default";

/** What helps on every task that we measured: a loss in units of σ_Δ and a cap on each step's KL. */
const COMMON: SettingsPatch = {
  model: { loss: "normalized" },
  npg: { maxKl: 0.05, fisherFraction: 0.25 },
  policy: { inputs: "task", minLogStd: -2.5 },
  value: { batchSize: 512 },
};

/** A converged conjugate gradient; 10 % of some 10⁵ synthetic samples are plenty for the Fisher matrix. */
const LONG_HORIZON_NPG: SettingsPatch = {
  npg: { cgIterations: 25, fisherDamping: 1e-3, fisherFraction: 0.1 },
  value: { targetScale: 100 },
};

/** Where a small buffer meets many epochs in Tables 2 and 3, four times the samples and a quarter of the epochs: as many gradient steps, on more data. */
const WIDER_BUFFER: Readonly<Record<Game, SettingsPatch>> = {
  pal: { data: { bufferSize: 10_000 }, model: { epochs: 25 }, npg: { steps: 5 } },
  br: { data: { bufferSize: 10_000 }, model: { epochs: 25 }, npg: { trajectoriesPerModel: 100 } },
  mal: { data: { initialSamples: 2500, samplesPerIteration: 1500 }, npg: { steps: 10 } },
  gda: { npg: { steps: 5 } },
};

/**
 * Rollouts in the model end a quarter before the limits that end real episodes: no real step begins beyond them, so
 * that a model trained on real steps does not know how a fall goes on, and policies learn to ride on that.
 */
const CAUTIOUS: SettingsPatch = { npg: { terminalMargin: 0.25 } };

/**
 * Hopper: what takes PAL from 300 to over 3,000 (docs/paper/presets.md): normalised loss, σ₀ = 1, velocities scaled
 * for policy and baseline, a converged conjugate gradient with a KL cap, imagined rollouts that end early.
 */
const hopper = (algorithm: Game): SettingsPatch =>
  merge(COMMON, LONG_HORIZON_NPG, CAUTIOUS, WIDER_BUFFER[algorithm], {
    policy: { initialLogStd: 0 },
    data: { maxSamples: 35_000 },
  });

/**
 * Ant and half-cheetah: a model of 28 or 18 inputs and many contacts does not generalise from 1,000 samples an iteration
 * over 500 imagined steps. More real samples before the first step and in the buffer, and rollouts of 100 steps that
 * start mostly from real states and go on in V.
 */
const LOCOMOTION: SettingsPatch = {
  data: { initialSamples: 5000, samplesPerIteration: 1000, bufferSize: 20_000, maxSamples: 50_000 },
  model: { epochs: 20 },
  npg: {
    steps: 10,
    discount: 0.99,
    gaeLambda: 0.95,
    rolloutHorizon: 100,
    intermediateStarts: 0.8,
    cgIterations: 20,
    fisherFraction: 0.2,
  },
  value: { epochs: 2 },
};

/** The locomotion preset with the sides of the algorithm: what Table 3 makes large stays large. */
const locomotion = (algorithm: Game): SettingsPatch =>
  merge(
    COMMON,
    LONG_HORIZON_NPG,
    LOCOMOTION,
    algorithm === "mal" || algorithm === "gda" ? { data: { bufferSize: null }, model: { epochs: 10 } } : {},
    {
      npg: { steps: algorithm === "mal" || algorithm === "br" ? 25 : 10 },
    },
  );

/**
 * Half-cheetah: over 100 imagined steps the policy finds speeds that are in the model alone; over 30 from states where the
 * cheetah has been, it does not. States there differ by little in value, for a gait has no end: less than the noise of
 * Adam at a constant step size, so V's falls over each fit. A cheetah that fell on its back stays there: once the last
 * such episode has left the buffer, neither M nor V knows what a fall costs, and the policy takes it up again. So all
 * data stay, for as many gradient steps as 20 epochs on 20,000 samples are.
 */
const HALF_CHEETAH: SettingsPatch = {
  data: { bufferSize: null },
  model: { maxGradientSteps: 2000 },
  policy: { initialLogStd: -0.5 },
  value: { epochs: 4, finalLearningRate: 1e-5 },
  npg: {
    steps: 20,
    trajectoriesPerModel: 400,
    rolloutHorizon: 30,
    intermediateStarts: 0.95,
    fisherDamping: 0.01,
  },
};

/**
 * Once it balances, all imagined trajectories earn the same, and steps go along the error of V alone: the floor makes
 * them short (advantages spread 0.08 to 1 of the returns' size before, 0.007 to 0.06 after). Real episodes go on over
 * iterations, to where a cart that rolls comes to the end of its rail.
 */
const PENDULUM: SettingsPatch = {
  data: {
    initialSamples: 200,
    samplesPerIteration: 200,
    wholeEpisodes: false,
    continueEpisodes: true,
    maxSamples: 3000,
  },
  model: { hidden: [128, 128], epochs: 50 },
  npg: { rolloutHorizon: 200, trajectoriesPerModel: 50, fisherFraction: 1, noiseFloor: 0.08 },
  value: { targetScale: 100 },
};

const POINT_MASS: SettingsPatch = {
  data: { initialSamples: 500, samplesPerIteration: 250, maxSamples: 3000 },
  model: { hidden: [128, 128], epochs: 50 },
  npg: { discount: 0.95, gaeLambda: 0.9, intermediateStarts: 0, fisherFraction: 1 },
  policy: { initialLogStd: -0.5 },
};

/**
 * The 7-DoF reacher: γ 0.95 and standardised inputs are what lets it learn; at γ 0.995 the noise of advantages over 50
 * steps hides where the goal is, and the policy goes to the middle of all goals.
 */
const REACHER: SettingsPatch = {
  data: { initialSamples: 2500, samplesPerIteration: 500, bufferSize: 20_000, maxSamples: 10_000 },
  model: { hidden: [256, 256], epochs: 20, batchSize: 64, centerDelta: true },
  policy: { initialLogStd: -0.5, inputs: "standardized" },
  value: { epochs: 2, targetScale: 100 },
  npg: { steps: 10, discount: 0.95, gaeLambda: 0.9, trajectoriesPerModel: 250, intermediateStarts: 0 },
  evaluation: { episodes: 100 },
};

/** The reacher's preset with the sides of the algorithm: what Table 3 makes large or small stays so. */
const reacher = (algorithm: Game): SettingsPatch =>
  merge(
    COMMON,
    REACHER,
    algorithm === "mal" || algorithm === "gda" ? { data: { bufferSize: null }, model: { epochs: 10 } } : {},
    algorithm === "mal" || algorithm === "br" ? { data: { samplesPerIteration: 1000 }, npg: { steps: 25 } } : {},
  );

/**
 * DClaw, D'Kitty and the hand: short episodes with a goal, so γ and inputs as for the reacher, N in whole thousands and a
 * buffer that holds several policies' data. Returns are in the hundreds.
 */
const MANIPULATION: SettingsPatch = {
  data: { bufferSize: 20_000 },
  model: { hidden: [256, 256], batchSize: 64, centerDelta: true },
  policy: { initialLogStd: -0.5, inputs: "standardized" },
  value: { epochs: 2, targetScale: 100 },
  npg: { steps: 10, trajectoriesPerModel: 250, cgIterations: 20, fisherDamping: 1e-3 },
};

/**
 * DClaw and the hand: a step of KL 0.025 gains 4 to 7 % of a standard deviation of Â, of KL 0.075 √3 times as much, so
 * the gradient still points the right way at the end of the larger one. As much learning in a third of the steps.
 */
const LARGER_STEPS: SettingsPatch = {
  npg: { normalizedStepSize: 0.15, maxKl: 0.15, fisherDamping: 0.01, fisherFraction: 1 },
};

/** DClaw: at σ below e⁻¹ only one direction of turning is ever learned. */
const DCLAW: SettingsPatch = {
  data: { initialSamples: 2500, samplesPerIteration: 1000, maxSamples: 60_000 },
  model: { epochs: 10 },
  policy: { minLogStd: -1 },
  npg: { ...LARGER_STEPS.npg, discount: 0.95, gaeLambda: 0.9, intermediateStarts: 0 },
  evaluation: { episodes: 50 },
};

/** D'Kitty: a fall costs 500 in the step that makes it, so imagined rollouts end where real ones do. */
const DKITTY: SettingsPatch = {
  data: { initialSamples: 4000, samplesPerIteration: 1200, maxSamples: 100_000 },
  model: { epochs: 15 },
  npg: { discount: 0.97, gaeLambda: 0.95, rolloutHorizon: 40, intermediateStarts: 0.6 },
  evaluation: { episodes: 20 },
};

const PEN: SettingsPatch = {
  data: { initialSamples: 5000, samplesPerIteration: 2000, bufferSize: 40_000, maxSamples: 200_000 },
  model: { epochs: 10, batchSize: 128 },
  npg: {
    ...LARGER_STEPS.npg,
    steps: 12,
    discount: 0.97,
    gaeLambda: 0.95,
    rolloutHorizon: 50,
    intermediateStarts: 0.6,
  },
  evaluation: { episodes: 50 },
};

/** A goal task with the sides of the algorithm: MAL and GDA keep all samples, MAL and BR take Table 3's K. */
const manipulation =
  (task: SettingsPatch) =>
  (algorithm: Game): SettingsPatch =>
    merge(
      COMMON,
      MANIPULATION,
      task,
      algorithm === "mal" || algorithm === "gda" ? { data: { bufferSize: null }, model: { epochs: 5 } } : {},
      algorithm === "mal" || algorithm === "br" ? { npg: { steps: 25 } } : {},
    );

/** Presets by task; each goes on top of the paper's tables. */
const PRESETS: Readonly<Record<string, Readonly<Record<string, Preset>>>> = {
  "hopper-v2": { default: { about: "what learns (docs/paper/presets.md)", settings: hopper } },
  "walker2d-v2": {
    default: {
      about: "as for the hopper, 50,000 samples",
      settings: (algorithm) => merge(hopper(algorithm), { data: { maxSamples: 50_000 } }),
    },
  },
  "ant-v2": { default: { about: "more data, short imagined rollouts", settings: locomotion } },
  "half-cheetah-v2": {
    default: {
      about: "more data, very short imagined rollouts from real states",
      settings: (algorithm) => merge(locomotion(algorithm), HALF_CHEETAH),
    },
  },
  "inverted-pendulum-v2": {
    default: {
      about: "few samples, short imagined rollouts",
      settings: (algorithm) => merge(COMMON, PENDULUM, algorithm === "pal" ? { npg: { steps: 8 } } : {}),
    },
  },
  "dclaw-turn-v0": { default: { about: "γ 0.95, σ of e⁻¹ and more, larger steps", settings: manipulation(DCLAW) } },
  "reacher-7dof-v0": { default: { about: "γ 0.95, standardised inputs, starts from ρ alone", settings: reacher } },
  "point-mass-v0": { default: { about: "few samples, γ 0.95", settings: () => merge(COMMON, POINT_MASS) } },
  "dkitty-orient-v0": { default: { about: "γ 0.97, short imagined rollouts", settings: manipulation(DKITTY) } },
  "inhand-pen-v0": { default: { about: "γ 0.97, short imagined rollouts, larger steps", settings: manipulation(PEN) } },
};

/** For every task. */
const GENERAL: Readonly<Record<string, Preset>> = {
  default: { about: "the paper's tables with a normalised loss and a KL cap", settings: () => COMMON },
  paper: { about: "Tables 1–3 to the letter", settings: () => ({}) },
  quick: {
    about: "a few minutes on two cores: smaller networks, fewer synthetic rollouts",
    settings: () => ({
      model: { hidden: [256, 256], epochs: 30 },
      npg: { trajectoriesPerModel: 50, rolloutHorizon: 200 },
      data: { maxSamples: 10_000 },
    }),
  },
};

/** For a task with a goal and without a preset of its own. */
const withGoal = (task: Task): Preset => {
  const settings = goalPreset(task);
  return {
    about: "a goal: γ by the episode's length, standardised inputs",
    settings: (game) => merge(COMMON, settings(game)),
  };
};

/** The same for an actor-critic, whose own values are general: presets by task only where there is a reason. */
const ACTOR_CRITIC: Readonly<Record<string, Readonly<Record<string, Preset>>>> = {
  "dkitty-orient-v0": {
    default: {
      about: "α follows faster, a running average acts",
      settings: () => ({
        actorCritic: { temperatureLearningRate: 3e-3, averageRate: 2e-3 },
        evaluation: { episodes: 20 },
      }),
    },
  },
};
const GENERAL_ACTOR_CRITIC: Readonly<Record<string, Preset>> = {
  default: { about: "one for all tasks (docs/players/actor-critic.md)", settings: () => ({}) },
  paper: { about: "the same: no paper has its values", settings: () => ({}) },
  quick: {
    about: "a few minutes on two cores: fewer samples",
    settings: () => ({ data: { maxSamples: 10_000 } }),
  },
};

/** Presets that stand for a policy player: its default. */
const SEATS = ["npg", "actor-critic"] as const;
type Seat = (typeof SEATS)[number];

/** The policy player that learns best on a task, where it is known to be another than the way's own (results/README.md). */
const BEST: Readonly<Partial<Record<Algorithm, Readonly<Record<string, Seat>>>>> = {
  pal: { "half-cheetah-v2": "actor-critic", "hopper-v2": "actor-critic", "dkitty-orient-v0": "actor-critic" },
};

/** Who plays by a preset where nobody was asked for: undefined leaves it to the way. */
export function seatOf(task: Task, algorithm: Algorithm, preset: string): string | undefined {
  if ((SEATS as readonly string[]).includes(preset)) return preset;
  if (preset === "paper") return undefined;
  return BEST[algorithm]?.[task.id] ?? (algorithm === "pal" && isOwnGoalWithGraphs(task) ? "actor-critic" : undefined);
}

/** A goal, no preset of NPG's own, and graphs, which the actor-critic asks for: there it learns in fewer samples (results/README.md, a fifth robot). */
const isOwnGoalWithGraphs = (task: Task): boolean =>
  hasGoal(task) && !Object.hasOwn(PRESETS, task.id) && task.graphs !== undefined;

/** All presets of a task by name, those for every task included. @param policy who plays by them */
export function presetsOf(
  task: Task,
  policy = seatOf(task, "pal", DEFAULT_PRESET) ?? "npg",
  own?: OwnPlayers,
): Readonly<Record<string, Preset>> {
  const kindsOwn = policyKind(policy, own).presets?.(task);
  if (kindsOwn !== undefined) return kindsOwn;
  const [general, tasks] = policy === "actor-critic" ? [GENERAL_ACTOR_CRITIC, ACTOR_CRITIC] : [GENERAL, PRESETS];
  const ofTask = tasks[task.id] ?? (policy !== "actor-critic" && hasGoal(task) ? { default: withGoal(task) } : {});
  const base = ofTask.default ?? general.default;
  return {
    ...general,
    ...ofTask,
    quick: {
      ...general.quick,
      settings: (algorithm) => merge(base.settings(algorithm), general.quick.settings(algorithm)),
    },
    ...Object.fromEntries(SEATS.map((seat) => [seat, { ...base, about: `the default of the policy player ${seat}` }])),
  };
}

/** Names of the presets that a task has. */
export function presetNames(task: Task): readonly string[] {
  return Object.keys(presetsOf(task));
}
