import { z } from "zod";
import type { Compute } from "../../compute/engine.js";
import { ConfigError } from "../../errors/errors.js";
import { meanAndStd } from "../../math/statistics.js";
import type { Experience } from "../../mdp/experience.js";
import type { DynamicsNet, Model } from "../../mdp/parametric.js";
import { drawSeed, type Task } from "../../mdp/task.js";
import { mpcActor, uniformActor } from "../../mpc/mpc-actor.js";
import { type FoundPlans, type PlanShape, planSize } from "../../mpc/plan.js";
import { keptMembers, membersOf, type Planner } from "../../mpc/planner.js";
import { type Rehearsal, rehearsal } from "../../mpc/rehearsal.js";
import type { OpenSearch, Searcher } from "../../mpc/searcher.js";
import { fitTerminalValue, terminalValue } from "../../mpc/terminal-value.js";
import { mlpLayout } from "../../nn/mlp.js";
import { standardized } from "../../policy/input-scaling.js";
import { initialValue, type ValueFunction } from "../../policy/value.js";
import { type Rng, seeded } from "../../random/rng.js";
import { paperGaussian, type Side } from "../defaults.js";
import type { PlannerMetrics } from "../metrics.js";
import type { Groups, LookAhead, PolicyKind, PolicyPlayer, PolicyReport, Scene, SettingsOf } from "../player.js";
import type { Preset } from "../preset.js";
import { count } from "../setting-types.js";
import { type SettingsPatch, settingsSchema } from "../settings.js";
import { learnersPart, type NamedTensor, vector } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";
import { needBox } from "./need-box.js";

const fraction = z.number().min(0).max(1);

const { value } = settingsSchema.shape;
/** What every planner has, whatever its search. */
export const PLANNING_GROUPS = {
  mpc: z.strictObject({
    horizon: count(10_000).describe("H: steps of a plan; the task's horizon bounds it too"),
    particles: count(100_000).describe(
      "rows that each plan is followed in, shared out among the members; one stays in its member (TS-∞)",
    ),
    discount: z.number().gt(0).max(1).describe("γ of a plan's return"),
    terminalMargin: fraction.describe("share by which a task's terminal limits are drawn in, in the model"),
    terminalValue: z
      .enum(["none", "fitted"])
      .describe("what lies beyond a plan: nothing, or V, fitted to what real episodes came to"),
    valueLambda: fraction.describe("λ of the returns that V is fitted to; 0: one step and V, 1: real returns alone"),
    promiseStarts: count(10_000).describe("J(π, M) is measured on the plans of so many starts"),
  }),
  value,
};
export type PlanningSettings = SettingsOf<typeof PLANNING_GROUPS>;

/** What a move reports. */
export interface PlannerReport extends PolicyReport {
  /** Mean standard deviation of an action among the candidates that the plans were made of, in units of the half-width; null without candidates. */
  readonly spread: number | null;
  /** Mean number of rounds of a search. */
  readonly rounds: number;
  /** How much of the variance of V's targets it explained before they were fitted; null where there is no V. */
  readonly explainedVariance: number | null;
}

/** What distinguishes one search from another. */
export interface PlanningMethod<G extends Groups> {
  readonly title: string;
  /** Settings of its own. */
  readonly groups: G;
  /** What its paper has of the settings that all planners share. */
  readonly mpc: Pick<PlanningSettings["mpc"], "horizon" | "particles">;
  paper(side: Side, task: Task): SettingsOf<G>;
  presets(task: Task): Readonly<Record<string, Preset>>;
  search(shape: PlanShape, settings: SettingsOf<G>): OpenSearch;
  /** @throws {ConfigError} */
  check?(settings: SettingsOf<G>): void;
}

/** An iteration is an episode, as long as a thousand steps at most. */
const world = (task: Task): SettingsPatch => {
  const samples = Math.min(task.horizon, 1000);
  return {
    data: {
      initialSamples: samples,
      samplesPerIteration: samples,
      wholeEpisodes: true,
      bufferSize: null,
      maxSamples: 20 * samples,
    },
    evaluation: { episodes: 3 }, // a plan for every step
  };
};

/** A kind of policy player: model-predictive control with a search of its own. */
export function planningKind<G extends Groups>(
  method: PlanningMethod<G>,
): PolicyKind<Planner, Model, PlannerReport, typeof PLANNING_GROUPS & G> {
  type Own = PlanningSettings & SettingsOf<G>;
  return {
    title: method.title,
    groups: { ...PLANNING_GROUPS, ...method.groups },
    needsGraphs: true,
    paper: (side, task) =>
      ({
        mpc: {
          horizon: Math.min(method.mpc.horizon, task.horizon),
          particles: method.mpc.particles,
          discount: 1,
          terminalMargin: 0,
          terminalValue: "none",
          valueLambda: 0.95,
          promiseStarts: 4,
        },
        value: { ...paperGaussian(side, task).value, epochs: 4 },
        ...method.paper(side, task),
      }) as Own,
    world: (_, task) => world(task),
    presets: method.presets,
    lookAhead: lookAheadOf,
    steps: () => 1,
    open: (task, settings, unfitted) => planningPlayer(task, settings as Own, method, unfitted),
    metrics: plannerMetrics,
    plain: (settings) => ({ ...settings, mpc: { ...(settings as Own).mpc, terminalMargin: 0 } }),
    check: (settings, _, task) => checkPlanner(settings as unknown as Own, task, method),
  };
}

function lookAheadOf({ mpc: { discount, horizon, promiseStarts } }: PlanningSettings): LookAhead {
  return { discount, rolloutHorizon: horizon, trajectories: promiseStarts };
}

function planningPlayer<G extends Groups>(
  task: Task,
  settings: PlanningSettings & SettingsOf<G>,
  method: PlanningMethod<G>,
  unfitted: () => Model,
): PolicyPlayer<Planner, Model, PlannerReport> {
  const { mpc: own, value: baseline } = settings;
  const n = task.observation.size;
  const horizon = Math.min(own.horizon, task.horizon);
  const shape: PlanShape = { horizon, actionSize: task.action.size };
  const open = method.search(shape, settings);
  const { hidden, targetScale, ...regression } = baseline;
  const units = { discount: own.discount, valueWeight: 1 };
  let known: readonly DynamicsNet[] | undefined;
  /** Members as they look in this run. */
  const like = () => (known ??= unfitted().members);
  const prepare = async (compute: Compute, on: Task, members: readonly DynamicsNet[], v: ValueFunction | null) => {
    const beyond = v === null ? undefined : terminalValue(v);
    const rehearsed = await rehearsal(compute, on, members, { ...own, horizon }, beyond);
    const { particles, terminalMargin } = own;
    const within = {
      compute,
      task: on,
      members,
      value: beyond,
      rehearsal: rehearsed,
      particles,
      terminalMargin,
      units,
    };
    const searcher = await open(within);
    const release = async () => {
      await searcher.release();
      await rehearsed.release();
    };
    return { rehearsed, searcher: { find: searcher.find, release } };
  };
  return {
    lookAhead: lookAheadOf(settings),
    initial: (rng) => ({ seed: drawSeed(rng), members: null, value: null }),
    async improve(scene, before, model, data, rng) {
      const seed = drawSeed(rng.stream("seed"));
      const fitted = own.terminalValue === "none" ? null : await newValue(scene, before, data, rng.stream("value"));
      const policy = { seed, members: keptMembers(model), value: fitted?.value ?? null };
      const { rehearsed, searcher } = await prepare(scene.compute, scene.task, model.members, policy.value);
      try {
        const { found, memberReturns } = await promised(scene, rehearsed, searcher, rng.stream("promise"));
        const explainedVariance = fitted?.explainedVariance ?? null;
        return { policy, report: { memberReturns, spread: found.spread, rounds: found.rounds, explainedVariance } };
      } finally {
        await searcher.release();
      }
    },
    async actor(compute, { seed, members, value: v }) {
      if (members === null) return uniformActor;
      const { searcher } = await prepare(compute, task, membersOf(members, like()), v);
      return mpcActor({ shape, searcher, observationSize: n }, seeded(seed).stream("decision"));
    },
    keep({ seed, members, value: v }) {
      const planned = (members ?? []).flatMap((tensors, i) =>
        Object.entries(tensors).map(([name, tensor]): [string, NamedTensor] => [`policy/planned/${i}/${name}`, tensor]),
      );
      const learned = learnersPart(v === null ? {} : { "value/network": v.learner });
      const inputs: Readonly<Record<string, NamedTensor>> =
        v === null
          ? {}
          : { "value/inputs.shift": vector(v.inputs.shift), "value/inputs.factor": vector(v.inputs.factor) };
      return {
        tensors: { ...Object.fromEntries(planned), ...inputs, ...learned.tensors },
        meta: { planner: { seed, planned: members !== null } },
        adamSteps: learned.adamSteps,
      };
    },
    recall(from) {
      const { seed, planned } = from.meta.planner as { readonly seed: number; readonly planned: boolean };
      return { seed, members: planned ? recalledMembers(from) : null, value: recalledValue(from) };
    },
  };

  /** The best plans of starts from ρ, and what they return in each member: undiscounted, without V. */
  async function promised(
    scene: Scene,
    rehearsed: Rehearsal,
    searcher: Searcher,
    rng: Rng,
  ): Promise<{ readonly found: FoundPlans; readonly memberReturns: readonly number[] }> {
    const starts = (await scene.initialStates())(own.promiseStarts, rng.stream("initial"));
    const begin = new Float32Array(own.promiseStarts * planSize(shape));
    const found = await searcher.find(starts, begin, rng.stream("search"));
    const worldOf = Int32Array.from({ length: own.promiseStarts }, (_, i) => i);
    const plain = { discount: 1, valueWeight: 0 };
    const returns = await rehearsed.returns(starts, found.plans, worldOf, plain, rng.stream("return"));
    return { found, memberReturns: returns.map((each) => meanAndStd(each).mean) };
  }

  function newValue({ compute }: Scene, { value: before }: Planner, data: Experience, rng: Rng) {
    const start = before ?? initialValue(n, hidden, standardized(data), targetScale, rng.stream("initial"));
    const { discount, valueLambda: lambda } = own;
    return fitTerminalValue(compute.engines[0], start, data, { discount, lambda, regression }, rng.stream("fit"));
  }

  function recalledMembers(from: SnapshotReader): Planner["members"] {
    return keptMembers({ members: like() }).map((tensors, i) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { shape: own, data }]) => [
          name,
          { shape: own, data: from.tensor(`policy/planned/${i}/${name}`, Float32Array, data.length) },
        ]),
      ),
    );
  }

  function recalledValue(from: SnapshotReader): ValueFunction | null {
    if (!from.has("value/inputs.shift")) return null;
    const network = { inputSize: n, hidden, outputSize: 1, activation: "relu" } as const;
    return {
      shape: network,
      learner: from.learner("value/network", mlpLayout(network).size),
      inputs: {
        shift: from.tensor("value/inputs.shift", Float32Array, n),
        factor: from.tensor("value/inputs.factor", Float32Array, n),
      },
      targetScale,
    };
  }
}

/** The one move of each iteration; of several iterations the last. */
function plannerMetrics(reports: readonly PlannerReport[]): PlannerMetrics {
  const { memberReturns, spread, rounds, explainedVariance } = reports[reports.length - 1];
  return { mpc: { memberSpread: meanAndStd(memberReturns).std, spread, rounds, explainedVariance } };
}

/** Settings and tasks that a planner cannot play with. */
function checkPlanner<G extends Groups>(
  settings: PlanningSettings & SettingsOf<G> & Readonly<Record<string, unknown>>,
  task: Task,
  method: PlanningMethod<G>,
): void {
  needBox(task);
  const { mpc: own } = settings;
  const models = ["model", "gaussian"].flatMap((group) => {
    const of = settings[group] as { readonly ensembleSize?: number } | undefined;
    return of?.ensembleSize === undefined ? [] : [{ group, members: of.ensembleSize }];
  });
  for (const { group, members } of models) {
    if (own.particles >= members) continue;
    throw new ConfigError(
      "mpc.particles",
      `must be at least ${group}.ensembleSize (${members}), so that a plan meets every member, got ${own.particles}`,
      "Raise it, or take fewer members",
    );
  }
  if (own.terminalValue === "fitted" && own.discount === 1) {
    throw new ConfigError(
      "mpc.discount",
      "must be less than 1 where V stands for what lies beyond a plan, got 1",
      "Take 0.99, or set mpc.terminalValue to none",
    );
  }
  const meter = settings.meter as { readonly every: number | null } | undefined;
  if (meter !== undefined && meter.every !== null) {
    throw new ConfigError("meter.every", "reads policies that are networks, and a planner has none", "Leave it null");
  }
  method.check?.(settings);
}
