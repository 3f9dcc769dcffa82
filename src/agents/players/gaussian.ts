import { ConfigError } from "../../errors/errors.js";
import { meanAndStd } from "../../math/statistics.js";
import { networkActor } from "../../mdp/actor.js";
import { type Experience, newest } from "../../mdp/experience.js";
import type { Model } from "../../mdp/parametric.js";
import { nearestGoals, startStates } from "../../mdp/start-states.js";
import type { Task } from "../../mdp/task.js";
import type { EnsembleModel } from "../../model/ensemble-model.js";
import { leaderTerm } from "../../npg/leader/leader-term.js";
import {
  type GaussianPlayer,
  type ModelBasedReport,
  type ModelBasedSettings,
  modelBasedStep,
} from "../../npg/model-based-step.js";
import type { RobustSettings } from "../../npg/model-batch.js";
import type { PolicyStep } from "../../npg/policy-step.js";
import { actingNet, initialPolicy, policyLayout } from "../../policy/gaussian-policy.js";
import { type InputScaling, standardized } from "../../policy/input-scaling.js";
import { initialValue } from "../../policy/value.js";
import { type Algorithm, LATER_GROUPS, paperGaussian, type Side } from "../defaults.js";
import type { GaussianMetrics } from "../metrics.js";
import type { Groups, LookAhead, PolicyKind, PolicyPlayer, Scene, SettingsOf } from "../player.js";
import { settingsSchema } from "../settings.js";
import { type ensembleGroups, modelData } from "./ensemble.js";
import { steppingMetrics } from "./stepping-metrics.js";
import { type KeptState, keepPlayer, recallPlayer } from "./stepping-part.js";

const { policy, value, npg, robust } = settingsSchema.shape;
/** What every step on imagined rollouts has: π_θ, V_ψ, the rollouts and the objective. */
export const GAUSSIAN_GROUPS = { policy, value, npg, robust };
export type GaussianSettings = SettingsOf<typeof GAUSSIAN_GROUPS>;

/** State of a policy player that takes steps on rollouts in the model. */
export interface GaussianState<State> extends GaussianPlayer<State> {
  /** Whether the inputs' scaling is final; standardised inputs wait for the initial samples. */
  readonly inputsReady: boolean;
}

/** What distinguishes one step on the same batch from another (section 4: "NPG, TRPO, PPO etc."). */
export interface GaussianMethod<State, G extends Groups> extends KeptState<State> {
  readonly title: string;
  /** Settings of its own, beside those that all have. */
  readonly groups: G;
  paper(side: Side, task: Task): SettingsOf<G>;
  step(settings: GaussianSettings & SettingsOf<G>): PolicyStep<State>;
}

/** A kind of policy player: Subroutine 1 with a step of its own. */
export function gaussianKind<State, G extends Groups>(
  method: GaussianMethod<State, G>,
): PolicyKind<GaussianState<State>, Model, ModelBasedReport, typeof GAUSSIAN_GROUPS & G> {
  type Own = GaussianSettings & SettingsOf<G>;
  return {
    title: method.title,
    groups: { ...GAUSSIAN_GROUPS, ...method.groups },
    paper: (side, task) => ({ ...paperGaussian(side, task), ...method.paper(side, task) }) as Own,
    lookAhead: lookAheadOf,
    steps: ({ npg: { steps } }: GaussianSettings) => steps,
    open: (task, settings) => gaussianPlayer(task, settings as Own, method),
    metrics: (reports, settings) => gaussianMetrics(reports, settings as Own),
    plain: (settings) => ({
      ...settings,
      npg: { ...(settings as Own).npg, terminalMargin: 0, entropyCoefficient: 0, startBalance: 0, nearestFirst: 1 },
      robust: LATER_GROUPS.robust,
    }),
    check: (settings, algorithm, task) => checkGaussian(settings as unknown as Own, algorithm, task),
  };
}

function lookAheadOf({ npg: { discount, rolloutHorizon, trajectoriesPerModel } }: GaussianSettings): LookAhead {
  return { discount, rolloutHorizon, trajectories: trajectoriesPerModel };
}

function gaussianPlayer<State, G extends Groups>(
  task: Task,
  settings: GaussianSettings & SettingsOf<G>,
  method: GaussianMethod<State, G>,
): PolicyPlayer<GaussianState<State>, Model, ModelBasedReport> {
  const n = task.observation.size;
  const shape = { observationSize: n, hidden: settings.policy.hidden, actionSize: task.action.size };
  const parameters = policyLayout(shape).size;
  const { trajectoriesPerModel } = settings.npg;
  const step = method.step(settings);
  const unscaled = initialInputs(task, settings.policy.inputs);
  const freshValue = (inputs: InputScaling, rng: Parameters<typeof initialValue>[4]) =>
    initialValue(n, settings.value.hidden, inputs, settings.value.targetScale, rng);
  return {
    lookAhead: lookAheadOf(settings),
    initial: (rng) => ({
      policy: initialPolicy(shape, unscaled, settings.policy.initialLogStd, rng.stream("policy")),
      value: freshValue(unscaled, rng.stream("value")),
      state: method.initialState(parameters),
      inputsReady: settings.policy.inputs !== "standardized",
    }),
    async improve(scene, player, model, data, rng) {
      const inputs = player.inputsReady ? player.policy.inputs : standardized(data);
      const before = {
        ...player,
        policy: { ...player.policy, inputs },
        value: { ...player.value, inputs },
      };
      const starts = startStates(
        trajectoriesPerModel,
        settings.npg.intermediateStarts,
        firstGoals(scene.task, settings, scene.iteration, await scene.initialStates()),
        data,
        rng.stream("starts"),
      );
      const { player: after, report } = await modelBasedStep(
        { compute: scene.compute, task: scene.task, model, starts },
        before,
        step,
        {
          ...modelBasedSettings(settings),
          robust: robustSettings(settings, scene.iteration),
          ...indirectTerm(scene, settings, before, model, data),
        },
        rng.stream("npg"),
      );
      return { policy: { ...after, inputsReady: true }, report };
    },
    actor: ({ engines }, player) => networkActor(engines[0], actingNet(player.policy), task),
    network: (player) => actingNet(player.policy),
    keep: (player) => keepPlayer(player, method, { inputsReady: player.inputsReady }),
    recall: (from) => ({
      ...recallPlayer(from, { shape, value: settings.value }, method),
      inputsReady: from.meta.inputsReady as boolean,
    }),
  };
}

/** ρ as rollouts of iteration k start from it: the nearest goals first, more and more of it along a straight line. */
export function firstGoals(
  { goalError }: Pick<Task, "goalError">,
  { npg: { nearestFirst, nearestIterations } }: Pick<GaussianSettings, "npg">,
  k: number,
  initial: Awaited<ReturnType<Scene["initialStates"]>>,
): typeof initial {
  if (goalError === undefined) return initial; // `checkGaussian` has refused a share below 1
  return nearestGoals(initial, goalError.of, nearestFirst + (1 - nearestFirst) * Math.min(1, k / nearestIterations));
}

/** Observations as they are, or times the task's factors. */
export function initialInputs(task: Task, kind: string): InputScaling {
  const n = task.observation.size;
  const factor =
    kind === "task" && task.policyInputScale !== undefined
      ? Float32Array.from(task.policyInputScale)
      : new Float32Array(n).fill(1);
  return { shift: new Float32Array(n), factor };
}

/** Subroutine 1's hyperparameters, without what makes players robust. */
export function modelBasedSettings({ npg: own, value: baseline }: GaussianSettings): ModelBasedSettings {
  const { discount, gaeLambda, startBalance, rolloutHorizon, terminalMargin, noiseFloor } = own;
  const { hidden: _, targetScale: __, ...regression } = baseline;
  return { discount, gaeLambda, startBalance, rolloutHorizon, terminalMargin, noiseFloor, value: regression };
}

/** What the policy fears or seeks in iteration k: the scale of disagreement goes along a straight line, then stays. */
export function robustSettings({ robust: own }: Pick<GaussianSettings, "robust">, k: number): RobustSettings {
  const { worstShare, disagreementFrom, disagreementTo, disagreementIterations, disagreementEvery } = own;
  const way = Math.min(1, k / disagreementIterations);
  const disagreementScale = way === 1 ? disagreementTo : disagreementFrom + way * (disagreementTo - disagreementFrom);
  return { worstShare, disagreementScale, disagreementEvery };
}

/** What PAL's total gradient adds to g; nothing unless it is asked for. The newest N samples, in whole episodes, stand for μ_W^π. */
function indirectTerm(
  { compute, task, samplesPerIteration }: Scene,
  { npg: { stackelberg, discount } }: GaussianSettings,
  player: Pick<GaussianState<unknown>, "policy" | "value">,
  model: Model,
  data: Experience,
): Pick<ModelBasedSettings, "leaderTerm"> {
  if (stackelberg === "none") return {};
  const { ensemble, lossUnits: units } = model as EnsembleModel; // `checkGaussian` has refused other models
  const oldest = data.episode[Math.max(0, data.size - samplesPerIteration)];
  const fresh = newest(data, data.size - data.episode.indexOf(oldest));
  const followed = {
    buffer: modelData(data),
    fresh: modelData(fresh),
    freshEpisodes: Array.from(fresh.episode),
    units,
  };
  return {
    leaderTerm: async (rollouts, spread) =>
      (await leaderTerm(compute, task, player.policy, player.value, ensemble, followed, rollouts, { discount, spread }))
        .gradient,
  };
}

/** Settings of the policy player that are impossible together, or with others. */
function checkGaussian(
  settings: GaussianSettings & {
    readonly model?: Partial<SettingsOf<typeof ensembleGroups>["model"]>;
    readonly gaussian?: { readonly ensembleSize: number };
  },
  algorithm: Algorithm,
  task: Task,
): void {
  const { npg: own, policy: pi, robust: fears, model, gaussian } = settings;
  const [group, size] = model === undefined ? ["gaussian", gaussian?.ensembleSize] : ["model", model.ensembleSize];
  if (size === 1 && (fears.disagreementFrom !== 0 || fears.disagreementTo !== 0)) {
    throw new ConfigError(
      "robust.disagreementFrom",
      `disagreement needs two members at least: ${group}.ensembleSize is 1`,
      `Raise ${group}.ensembleSize (the paper uses 4, Table 2), or leave the scale of disagreement at 0`,
    );
  }
  checkLogStd(pi);
  if (Math.round(own.trajectoriesPerModel * own.intermediateStarts) === own.trajectoriesPerModel) {
    throw new ConfigError(
      "npg.intermediateStarts",
      `leaves none of the ${own.trajectoriesPerModel} rollouts a start from the initial states, got ${own.intermediateStarts}`,
      "Lower it: J(π, M) is measured on those",
    );
  }
  if (own.nearestFirst < 1 && task.goalError === undefined) {
    throw new ConfigError(
      "npg.nearestFirst",
      `needs a task that says how far a goal is; ${task.id} does not`,
      "Give the task a goalError, or leave npg.nearestFirst at 1",
    );
  }
  if (own.stackelberg !== "none") checkLeader(settings, algorithm);
}

/** Refuses a σ that begins below its floor. @throws {ConfigError} */
export function checkLogStd({ initialLogStd, minLogStd }: Omit<GaussianSettings["policy"], "inputs">): void {
  if (minLogStd === null || initialLogStd >= minLogStd) return;
  throw new ConfigError(
    "policy.initialLogStd",
    `must be at least policy.minLogStd (${minLogStd}), got ${initialLogStd}`,
    "Raise it, or lower the floor",
  );
}

/** The leader's total gradient is PAL's, and needs the derivative of a reward that is known. */
function checkLeader(
  { model, robust: fears, npg: own }: Parameters<typeof checkGaussian>[0],
  algorithm: Algorithm,
): void {
  const wrong =
    algorithm !== "pal"
      ? `is for PAL, whose leader is the policy; this is ${algorithm}`
      : model?.loss === undefined
        ? "needs the paper's model player, an ensemble with a squared error"
        : model.learnReward
          ? "needs the task's own reward, but model.learnReward is on"
          : fears.worstShare < 1
            ? `weighs all members alike, but robust.worstShare is ${fears.worstShare}`
            : own.startBalance > 0
              ? `weighs all starts as they come, but npg.startBalance is ${own.startBalance}`
              : undefined;
  if (wrong !== undefined) throw new ConfigError("npg.stackelberg", wrong, "Leave npg.stackelberg at none");
}

const isRobust = ({ worstShare, disagreementFrom, disagreementTo }: GaussianSettings["robust"]) =>
  worstShare < 1 || disagreementFrom !== 0 || disagreementTo !== 0;

/** The steps of an iteration as metrics: lists with one entry per step. */
function gaussianMetrics(reports: readonly ModelBasedReport[], { robust: fears }: GaussianSettings): GaussianMetrics {
  const each = <K extends keyof ModelBasedReport>(key: K) => reports.map((report) => report[key]);
  const { policy: taken, value: fitted } = steppingMetrics(reports);
  return {
    policy: {
      ...taken,
      syntheticSamples: each("syntheticSamples"),
      modelReturn: reports.map(({ memberReturns }) => meanAndStd(memberReturns).mean),
    },
    value: fitted,
    robust: isRobust(fears)
      ? { memberWeights: each("memberWeights"), disagreement: each("disagreement"), bonus: each("bonus") }
      : null,
  };
}
