import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { noColumns, type RunningColumns, spreadOf, withTable } from "../../math/running-columns.js";
import { type Experience, gatheredSince } from "../../mdp/experience.js";
import type { NoModel } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import type { GaussianPlayer } from "../../npg/model-based-step.js";
import { type ModelFreeReport, modelFreeStep } from "../../npg/model-free-step.js";
import type { PolicyStep } from "../../npg/policy-step.js";
import { actingNet, initialPolicy, policyLayout } from "../../policy/gaussian-policy.js";
import { type InputScaling, inUnitsOf } from "../../policy/input-scaling.js";
import { plainActor } from "../../policy/plain-actor.js";
import { withInputs } from "../../policy/rescaled-inputs.js";
import { initialValue } from "../../policy/value.js";
import type { Groups, LookAhead, PolicyKind, PolicyPlayer, PolicyReport, SettingsOf } from "../player.js";
import type { Preset } from "../preset.js";
import { type Settings, type SettingsPatch, settingsSchema } from "../settings.js";
import { vector } from "../snapshot.js";
import { checkLogStd, initialInputs } from "./gaussian.js";
import { steppingMetrics } from "./stepping-metrics.js";
import { type KeptState, keepPlayer, recallPlayer } from "./stepping-part.js";

const { policy, value, npg } = settingsSchema.shape;
/** What every step on real samples has: π_θ, V_ψ and the objective. */
export const MODEL_FREE_GROUPS = {
  policy: policy.extend({
    inputs: z
      .enum(["raw", "task", "running"])
      .describe("observations as they are, times the task's factors, or standardised by all that were gathered so far"),
  }),
  value,
  onPolicy: z.strictObject({
    discount: npg.shape.discount,
    gaeLambda: npg.shape.gaeLambda,
    targets: z
      .enum(["lambda", "discounted"])
      .describe("what V is fitted to: λ-returns, or discounted returns, which go on in V where an episode is cut"),
    entropyCoefficient: npg.shape.entropyCoefficient,
  }),
};
export type ModelFreeSettings = SettingsOf<typeof MODEL_FREE_GROUPS>;

/** State of a policy player that takes steps on real samples. */
export interface ModelFreeState<State> extends GaussianPlayer<State> {
  /** Observations so far, where inputs are standardised by them. */
  readonly observed: RunningColumns;
  /** The newest batch: the samples of the run from…to. */
  readonly batch: { readonly from: number; readonly to: number };
}

/** What distinguishes one step on the same batch from another. */
export interface ModelFreeMethod<State, G extends Groups> extends KeptState<State> {
  readonly title: string;
  /** Settings of its own, beside those that all have. */
  readonly groups: G;
  /** Its authors' values, and their sizes of an iteration. */
  paper(task: Task): ModelFreeSettings & SettingsOf<G>;
  world(task: Task): SettingsPatch;
  presets(task: Task): Readonly<Record<string, Preset>>;
  step(settings: ModelFreeSettings & SettingsOf<G>): PolicyStep<State>;
}

/** A move's report: there is no model, and so no member. */
type Report = ModelFreeReport & PolicyReport;

/** A kind of policy player: a step on real samples of the present policy (docs/players/model-free.md). */
export function modelFreeKind<State, G extends Groups>(
  method: ModelFreeMethod<State, G>,
): PolicyKind<ModelFreeState<State>, NoModel, Report, typeof MODEL_FREE_GROUPS & G> {
  type Own = ModelFreeSettings & SettingsOf<G>;
  return {
    title: method.title,
    modelFree: true,
    groups: { ...MODEL_FREE_GROUPS, ...method.groups },
    paper: (_, task) => method.paper(task) as SettingsOf<typeof MODEL_FREE_GROUPS & G>,
    world: (_, task) => method.world(task),
    presets: method.presets,
    lookAhead: lookAheadOf,
    steps: () => 1,
    open: (task, settings) => modelFreePlayer(task, settings as Own, method),
    metrics: steppingMetrics,
    plain: (settings) => ({ ...settings, onPolicy: { ...(settings as Own).onPolicy, entropyCoefficient: 0 } }),
    check: (settings, _, task) => checkModelFree(settings as unknown as Own & Pick<Settings, "data">, task),
  };
}

const lookAheadOf = ({ onPolicy: { discount } }: ModelFreeSettings): LookAhead => ({
  discount,
  rolloutHorizon: 1e6,
  trajectories: 1,
});

function modelFreePlayer<State, G extends Groups>(
  task: Task,
  settings: ModelFreeSettings & SettingsOf<G>,
  method: ModelFreeMethod<State, G>,
): PolicyPlayer<ModelFreeState<State>, NoModel, Report> {
  const n = task.observation.size;
  const shape = { observationSize: n, hidden: settings.policy.hidden, actionSize: task.action.size };
  const parameters = policyLayout(shape).size;
  const step = method.step(settings);
  const { hidden, targetScale, ...regression } = settings.value;
  const running = settings.policy.inputs === "running";
  const unscaled = initialInputs(task, settings.policy.inputs);
  return {
    lookAhead: lookAheadOf(settings),
    needsDraws: true,
    // The mean is 0 in every state, whatever the units: the first batch is on-policy in the units that it gives.
    initial: (rng) => ({
      policy: initialPolicy(shape, unscaled, settings.policy.initialLogStd, rng.stream("policy"), 0),
      value: initialValue(n, hidden, unscaled, targetScale, rng.stream("value")),
      state: method.initialState(parameters),
      observed: noColumns(n),
      batch: { from: 0, to: 0 },
    }),
    async improve({ compute }, player, _, data, rng) {
      const batch = freshBatch(player.batch, data);
      const rows = gatheredSince(data, batch.from);
      const observed =
        running && batch !== player.batch ? withTable(player.observed, rows.observations) : player.observed;
      const before = observed === player.observed ? player : inUnits(player, observed);
      const { player: after, report } = await modelFreeStep(
        compute,
        before,
        step,
        rows,
        { ...settings.onPolicy, value: regression },
        rng.stream("npg"),
      );
      return { policy: { ...after, observed, batch }, report: { ...report, memberReturns: [] } };
    },
    actor: async (_, player) => plainActor(player.policy),
    network: (player) => actingNet(player.policy),
    keep({ observed, batch, ...player }) {
      const part = keepPlayer(player, method, { modelFree: { ...batch, observed: observed.rows } });
      const columns = {
        "policy/observed.mean": vector(observed.mean),
        "policy/observed.squares": vector(observed.squares),
      };
      return { ...part, tensors: { ...part.tensors, ...columns } };
    },
    recall(from) {
      const { observed: rows, ...batch } = from.meta.modelFree as ModelFreeState<State>["batch"] & {
        readonly observed: number;
      };
      return {
        ...recallPlayer(from, { shape, value: settings.value }, method),
        observed: {
          rows,
          mean: from.tensor("policy/observed.mean", Float64Array, n),
          squares: from.tensor("policy/observed.squares", Float64Array, n),
        },
        batch,
      };
    },
  };
}

/** The samples that came since the last move; those of before where none did. */
function freshBatch(before: ModelFreeState<unknown>["batch"], { gathered }: Experience) {
  return gathered === before.to ? before : { from: before.to, to: gathered };
}

/** The same π and V, as functions, in units of what was observed; the first time, when both say nothing yet, the same weights. */
function inUnits<State>(player: ModelFreeState<State>, observed: RunningColumns): ModelFreeState<State> {
  const { policy: pi, value: v } = player;
  const to: InputScaling = inUnitsOf({ mean: observed.mean, spread: spreadOf(observed) });
  if (player.observed.rows === 0) return { ...player, policy: { ...pi, inputs: to }, value: { ...v, inputs: to } };
  const moved = (parameters: Float32Array, [width]: readonly number[]) => withInputs(parameters, width, pi.inputs, to);
  const learner = { ...v.learner, parameters: moved(v.learner.parameters, [...v.shape.hidden, 1]) };
  return {
    ...player,
    policy: { ...pi, parameters: moved(pi.parameters, [...pi.shape.hidden, pi.shape.actionSize]), inputs: to },
    value: { ...v, learner, inputs: to },
  };
}

/** Settings that are impossible together: a batch that the buffer does not hold, a σ below its floor. */
function checkModelFree({ policy: pi, data }: ModelFreeSettings & Pick<Settings, "data">, { horizon }: Task): void {
  checkLogStd(pi);
  const beyond = data.wholeEpisodes ? horizon - 1 : 0;
  const most = Math.max(data.initialSamples, data.samplesPerIteration) + beyond;
  if (data.bufferSize === null || data.bufferSize >= most) return;
  throw new ConfigError(
    "data.bufferSize",
    `must hold a whole batch, ${most} samples${beyond === 0 ? "" : " with the end of the last episode"}, got ${data.bufferSize}`,
    "Raise it, or take smaller batches: a step is taken on all samples of the present policy",
  );
}
