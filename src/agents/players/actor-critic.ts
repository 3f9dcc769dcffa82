import { z } from "zod";
import { type ActorCritic, actingNetOf, initialActorCritic } from "../../actor-critic/actor-critic.js";
import { type ImproveSettings, improveActorCritic, type UpdateReport } from "../../actor-critic/improve.js";
import { networkActor } from "../../mdp/actor.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { criticLayout } from "../../policy/critics.js";
import { actorLayout } from "../../policy/squashed-policy.js";
import type { ActorCriticMetrics } from "../metrics.js";
import type { PolicyKind, PolicyPlayer, PolicyReport, SettingsOf } from "../player.js";
import { count, countOrNone, hidden, rate } from "../setting-types.js";
import type { SettingsPatch } from "../settings.js";
import { learnersPart, vector } from "../snapshot.js";
import { checkForward } from "./check-forward.js";
import { learningMetrics, meanOverUpdates } from "./learning-metrics.js";
import { needBox } from "./need-box.js";
import { PROMISE_SETTINGS, promised, promiseLookAhead } from "./promise.js";

export const ACTOR_CRITIC_GROUPS = {
  actorCritic: z.strictObject({
    actorHidden: hidden.describe("widths of the actor's hidden layers (SiLU)"),
    criticHidden: hidden.describe("widths of the critics' hidden layers (layer norm, SiLU)"),
    critics: count(100).describe("number of critics; targets take the smallest of their values"),
    discount: z.number().gt(0).lt(1).describe("γ, in the end"),
    initialDiscount: z
      .number()
      .gt(0)
      .lt(1)
      .nullable()
      .describe("γ in the beginning, where it is less; null: actorCritic.discount all along"),
    discountFrom: countOrNone(1e12).describe("updates before the horizon 1 / (1 − γ) begins to grow"),
    discountTo: countOrNone(1e12).describe(
      "updates after which it has grown; between, by the same factor with each update",
    ),
    updatesPerSample: z
      .number()
      .positive()
      .max(1000)
      .describe("gradient steps of actor and critics for each real sample of an iteration"),
    initialUpdates: countOrNone(1e8).describe("gradient steps before that, in the first move alone"),
    horizon: count(100).describe("H: steps of the imagined windows that gradients go through"),
    batchSize: count(1e6).describe("windows of an update, shared out evenly among the members"),
    lambda: z
      .number()
      .min(0)
      .max(1)
      .describe("weight of the way through the model against the critic's own gradient, at each step of a window"),
    actorLearningRate: rate.describe("Adam's step size for the actor"),
    criticLearningRate: rate.describe("Adam's step size for the critics"),
    targetRate: rate.describe("τ: share of the critics that their slow copies take over at each update"),
    initialTemperature: z.number().positive().max(1e6).describe("α at the start, in units of reward"),
    temperatureLearningRate: rate.describe("Adam's step size for log α"),
    targetEntropy: z.number().min(-100).max(10).describe("entropy that α steers to, for each entry of an action"),
    rangeRate: rate.describe("rate of the running range of values, in which critics are scaled and targets clipped"),
    averageRate: rate
      .nullable()
      .describe(
        "share of the actor that its running average, which acts, takes over at each update; null: the actor itself acts",
      ),
    poolSize: count(1e8).describe("imagined states that windows begin from, the newest so many"),
    refillRows: count(1e6).describe(
      "real states that are followed into the model at each move, shared out among the members",
    ),
    recentShare: z
      .number()
      .min(0)
      .max(1)
      .describe("share of them that are of the newest actorCritic.recentSamples; the others are any"),
    recentSamples: count(1e12).describe("how many real samples count as new"),
    refillSteps: count(1e4).describe("steps that they are followed; each step in the next member"),
    returnSteps: count(1e4)
      .nullable()
      .describe(
        "steps that they are followed for returns, which critics learn from beside the windows; null: from windows alone",
      ),
    returnLambda: z.number().min(0).max(1).describe("λ of those returns"),
    criticRows: count(1e6).describe("states of the pool that critics learn from in an update, by those returns"),
    disagreementCut: z
      .number()
      .positive()
      .max(1e9)
      .nullable()
      .describe(
        "they are left where two members are so many times as far apart as 95 % of real states are; null: never",
      ),
    terminalMargin: z
      .number()
      .min(0)
      .max(1)
      .describe("share by which a task's terminal limits are drawn in, in the model"),
    ...PROMISE_SETTINGS,
  }),
};
type Groups = typeof ACTOR_CRITIC_GROUPS;
type Settings = SettingsOf<Groups>;

/** What a move reports. */
export interface ActorCriticReport extends PolicyReport, UpdateReport {
  /** Of a whole action. */
  readonly targetEntropy: number;
}

/** Iterations in small bites, lines of the log every thousand samples. */
const SMALL_BITES: SettingsPatch = {
  data: {
    initialSamples: 1000,
    samplesPerIteration: 25,
    wholeEpisodes: false,
    continueEpisodes: true,
    bufferSize: null,
    maxSamples: 50_000,
  },
  record: { every: 40 },
};

/**
 * γ in the beginning. A player that looks 5 s of short steps ahead from the start meets nothing but falls, and learns to
 * stand still; one that goes on looking 1 s ahead runs until it falls.
 */
const NEAR_SIGHTED = 0.99;
/** When the horizon grows, in updates. */
const GROWTH = { discountFrom: 6000, discountTo: 8000 };

/** The policy player with critics: gradients through short windows in the model, values beyond (docs/players/actor-critic.md). */
export const actorCriticKind: PolicyKind<ActorCritic, Model, ActorCriticReport, Groups> = {
  title: "actor-critic with value gradients through the model",
  groups: ACTOR_CRITIC_GROUPS,
  needsGraphs: true,
  paper: (side, task) => ({
    actorCritic: {
      actorHidden: [128, 128],
      criticHidden: [128, 128],
      critics: 2,
      discount: discountOf(task),
      initialDiscount: NEAR_SIGHTED,
      ...GROWTH,
      updatesPerSample: side === "conservative" ? 1 : 4,
      initialUpdates: 1000,
      horizon: 5,
      batchSize: 128,
      lambda: 0.75,
      actorLearningRate: 1e-3,
      criticLearningRate: 1e-3,
      targetRate: 0.02,
      initialTemperature: 0.1,
      temperatureLearningRate: 3e-4,
      targetEntropy: -0.5,
      rangeRate: 1e-3,
      averageRate: null,
      poolSize: 25_000,
      refillRows: 256,
      recentShare: 0.5,
      recentSamples: 2500,
      refillSteps: 10,
      returnSteps: 50,
      returnLambda: 0.95,
      criticRows: 256,
      disagreementCut: null,
      terminalMargin: 0,
      promiseHorizon: Math.min(task.horizon, 200),
      promiseRollouts: 16,
      promiseEvery: 1000,
    },
  }),
  later: {
    actorCritic: {
      returnSteps: null,
      returnLambda: 0.95,
      criticRows: 256,
      averageRate: null,
      initialDiscount: null,
      ...GROWTH,
    },
  },
  world: () => SMALL_BITES,
  lookAhead: ({ actorCritic }) => promiseLookAhead(actorCritic.discount, actorCritic),
  steps: () => 1,
  open: actorCriticPlayer,
  metrics: (reports) => ({ actorCritic: actorCriticMetrics(reports) }),
  plain: ({ actorCritic }) => ({ actorCritic: { ...actorCritic, terminalMargin: 0 } }),
  check: ({ actorCritic }, _algorithm, task) => {
    needBox(task);
    const { discountFrom, discountTo } = actorCritic;
    checkForward(["actorCritic.discountFrom", discountFrom], ["actorCritic.discountTo", discountTo]);
  },
};

/** How far ahead a return looks, s: the same on every task, however short its steps are. */
const LOOK_AHEAD_SECONDS = 5;

/**
 * γ whose horizon 1/(1 − γ) is some seconds of the task: at γ = 0.99 a walker with steps of 8 ms would not mind to fall in
 * a second. Between 0.95 and 0.997, beyond which critics are slow to learn.
 */
function discountOf({ controlStep }: Task): number {
  const steps = Math.min(Math.max(LOOK_AHEAD_SECONDS / controlStep, 20), 333);
  return Number((1 - 1 / steps).toFixed(3));
}

/** Rows of a batch in each member: its share, and one at least. */
const rowsPerMember = (batch: number, members: number): number => Math.max(1, Math.round(batch / members));

function actorCriticPlayer(
  task: Task,
  { actorCritic: own }: Settings,
): PolicyPlayer<ActorCritic, Model, ActorCriticReport> {
  const sizes = { observationSize: task.observation.size, actionSize: task.action.size };
  const actor = { ...sizes, hidden: own.actorHidden };
  const critic = { ...sizes, hidden: own.criticHidden, critics: own.critics };
  const [n, m] = [sizes.observationSize, sizes.actionSize];
  const targetEntropy = own.targetEntropy * sizes.actionSize;
  const improveSettings = (members: number): ImproveSettings => ({
    ...own,
    update: {
      actor,
      critic,
      window: { members, rows: rowsPerMember(own.batchSize, members), horizon: own.horizon },
      lambda: own.lambda,
      targetRate: own.targetRate,
      terminalMargin: own.terminalMargin,
      targetEntropy,
      criticRows: own.returnSteps === null ? null : own.criticRows,
    },
    discount: own,
    look: own.returnSteps === null ? null : { steps: own.returnSteps, lambda: own.returnLambda },
    refill: {
      rows: rowsPerMember(own.refillRows, members),
      recentShare: own.recentShare,
      recentSamples: own.recentSamples,
      steps: own.refillSteps,
      disagreementCut: own.disagreementCut,
      terminalMargin: own.terminalMargin,
    },
  });
  return {
    lookAhead: promiseLookAhead(own.discount, own),
    initial: (rng) => initialActorCritic(actor, critic, own, rng),
    async improve(scene, before, model, data, rng) {
      const first = before.updates === 0 ? own.initialUpdates : 0;
      const updates = first + Math.max(1, Math.round(own.updatesPerSample * scene.samplesPerIteration));
      const promise = await promised(
        scene,
        before,
        { policy: actingNetOf(actor, before), model },
        own,
        own.terminalMargin,
        rng.stream("promise"),
      );
      const { player, report } = await improveActorCritic(
        { compute: scene.compute, task: scene.task, model, data },
        { ...before, ...promise },
        updates,
        improveSettings(model.members.length),
        rng,
        (done, total) => scene.progress(done, total),
      );
      return { policy: player, report: { ...report, memberReturns: promise.memberReturns, targetEntropy } };
    },
    actor: ({ engines }, player) => networkActor(engines[0], actingNetOf(actor, player), task),
    network: (player) => actingNetOf(actor, player),
    keep({ actor: pi, averaged, critics, target, temperature, range, pool, inputs, ...rest }) {
      const learned = learnersPart({
        "policy/actor": pi,
        "policy/critics": critics,
        "policy/temperature": temperature,
      });
      return {
        tensors: {
          "policy/critics/target": vector(target),
          ...(own.averageRate !== null && { "policy/actor.averaged": vector(averaged) }),
          "policy/inputs.shift": vector(inputs.shift),
          "policy/inputs.factor": vector(inputs.factor),
          "policy/pool": { shape: [pool.size, n], data: pool.states.slice(0, pool.size * n) },
          ...(own.returnSteps !== null && {
            "policy/pool.actions": { shape: [pool.size, m], data: pool.actions.slice(0, pool.size * m) },
            "policy/pool.returns": vector(pool.returns.slice(0, pool.size)),
          }),
          ...learned.tensors,
        },
        meta: { actorCritic: { range, pool: { size: pool.size, next: pool.next }, ...rest } },
        adamSteps: learned.adamSteps,
      };
    },
    recall(from) {
      type Rest = Pick<ActorCritic, "range" | "inputSamples" | "updates" | "memberReturns" | "measuredAt">;
      const { pool, ...rest } = from.meta.actorCritic as Rest & {
        readonly pool: { readonly size: number; readonly next: number };
      };
      const ring = (name: string, width: number) => {
        const values = new Float32Array(own.poolSize * width);
        values.set(from.tensor(name, Float32Array, pool.size * width));
        return values;
      };
      const looked = own.returnSteps !== null;
      const [theta, parameters] = [actorLayout(actor).size, criticLayout(critic).size];
      const pi = from.learner("policy/actor", theta);
      return {
        actor: pi,
        averaged: own.averageRate === null ? pi.parameters : from.tensor("policy/actor.averaged", Float32Array, theta),
        critics: from.learner("policy/critics", parameters),
        target: from.tensor("policy/critics/target", Float32Array, parameters),
        temperature: from.learner("policy/temperature", 1),
        pool: {
          states: ring("policy/pool", n),
          actions: looked ? ring("policy/pool.actions", m) : new Float32Array(0),
          returns: looked ? ring("policy/pool.returns", 1) : new Float32Array(0),
          capacity: own.poolSize,
          ...pool,
        },
        inputs: {
          shift: from.tensor("policy/inputs.shift", Float32Array, n),
          factor: from.tensor("policy/inputs.factor", Float32Array, n),
        },
        ...rest,
      };
    },
  };
}

/** Means over the moves of a line, ended rows and range of the last. */
function actorCriticMetrics(reports: readonly ActorCriticReport[]): ActorCriticMetrics["actorCritic"] {
  const mean = (of: (report: ActorCriticReport) => number) => meanOverUpdates(reports, of);
  const { range, discount } = reports[reports.length - 1];
  return {
    ...learningMetrics(reports),
    alive: mean((r) => r.alive),
    ended: mean((r) => r.ended),
    disagreement: mean((r) => r.disagreement),
    range: [range.low, range.high],
    discount,
  };
}
