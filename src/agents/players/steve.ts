import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { actionBox } from "../../mdp/action-box.js";
import { networkActor } from "../../mdp/actor.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { type CriticShape, criticLayout } from "../../policy/critics.js";
import { type DeterministicShape, deterministicLayout } from "../../policy/deterministic-policy.js";
import { type LearnReport, type LearnSettings, learn } from "../../steve/learn.js";
import { actingNetOf, initialSteve, type Steve } from "../../steve/steve.js";
import type { ExpansionMetrics } from "../metrics.js";
import type { PolicyKind, PolicyPlayer, PolicyReport, SettingsOf } from "../player.js";
import { count, countOrNone, hidden, rate } from "../setting-types.js";
import { learnersPart, vector } from "../snapshot.js";
import { meanOverUpdates } from "./learning-metrics.js";
import { needBox } from "./need-box.js";
import { PROMISE_SETTINGS, type Promised, promised, promiseLookAhead } from "./promise.js";
import { stevePresets, steveTask } from "./steve-presets.js";

export const STEVE_GROUPS = {
  steve: z.strictObject({
    actorHidden: hidden.describe("widths of the actor's hidden layers (ReLU)"),
    criticHidden: hidden.describe("the same of the critics"),
    critics: count(100).describe("number of critics; the rows of a minibatch are shared out among them"),
    horizon: countOrNone(1000).describe("H: imagined steps of the longest target; 0 is DDPG"),
    weighting: z
      .enum(["variance", "last"])
      .describe("targets of horizons 0 … H, each by the inverse of its variance, or the last alone (MVE)"),
    discount: z.number().gt(0).lt(1).describe("γ"),
    updatesPerSample: z.number().positive().max(1000).describe("gradient steps for each real sample"),
    batchSize: count(1e6).describe("minibatch size"),
    actorLearningRate: rate.describe("Adam's step size for the actor"),
    criticLearningRate: rate.describe("Adam's step size for the critics"),
    targetEvery: count(1e9).describe("updates after which the copy that targets are taken from is made anew"),
    saturationPenalty: z
      .number()
      .min(0)
      .max(1e6)
      .describe("weight of the mean square of what goes into the actor's tanh in its loss"),
    exploreChance: z.number().gt(0).max(1).describe("chance that an entry of an action has noise"),
    exploreStd: z.number().min(0).max(100).describe("standard deviation of that noise, before tanh"),
    ...PROMISE_SETTINGS,
  }),
};
export type SteveSettings = SettingsOf<typeof STEVE_GROUPS>["steve"];

/** What a move reports. */
export interface SteveReport extends PolicyReport, LearnReport {}
/** With what its model promised when that was last measured. */
export interface StevePlayer extends Steve, Promised {}

/** Stochastic ensemble value expansion: a deterministic actor and critics whose targets mix horizons (docs/players/steve.md). */
export const steveKind: PolicyKind<StevePlayer, Model, SteveReport, typeof STEVE_GROUPS> = {
  title: "actor and critics on real samples, with targets along the model, weighted by what members agree on",
  groups: STEVE_GROUPS,
  needsGraphs: "unless learned",
  paper: (_, task) => ({ steve: steveTask(task).steve }),
  world: (_, task) => steveTask(task).world,
  presets: stevePresets,
  lookAhead: ({ steve }) => promiseLookAhead(steve.discount, steve),
  steps: () => 1,
  open: stevePlayer,
  metrics: steveMetrics,
  plain: (settings) => settings,
  check({ steve: { batchSize, critics } }, _, task) {
    if (batchSize % critics !== 0) {
      throw new ConfigError(
        "steve.batchSize",
        `must be a multiple of steve.critics (${critics}), got ${batchSize}`,
        "Its rows are shared out among the critics",
      );
    }
    needBox(task);
  },
};

function stevePlayer(
  task: Task,
  { steve: own }: SettingsOf<typeof STEVE_GROUPS>,
): PolicyPlayer<StevePlayer, Model, SteveReport> {
  const sizes = { observationSize: task.observation.size, actionSize: task.action.size };
  const { exploreChance, exploreStd } = own;
  const actor: DeterministicShape = { ...sizes, hidden: own.actorHidden, exploreChance, exploreStd };
  const critic: CriticShape = {
    ...sizes,
    hidden: own.criticHidden,
    critics: own.critics,
    activation: "relu",
    layerNorm: false,
  };
  const { batchSize, discount, horizon, weighting, saturationPenalty } = own;
  const update = { actor, critic, batchSize, discount, horizon, weighting, saturationPenalty };
  const learning: LearnSettings = { ...own, update };
  const box = actionBox(task.action);
  return {
    lookAhead: promiseLookAhead(own.discount, own),
    initial: (rng) => ({ ...initialSteve(actor, critic, rng), memberReturns: [], measuredAt: 0 }),
    async improve(scene, before, model, data, rng) {
      const policy = actingNetOf(actor, before);
      const promise = await promised(scene, before, { policy, model }, own, 0, rng.stream("promise"));
      const { player, report } = await learn(
        { engine: scene.compute.engines[0], task: scene.task, model, data, box },
        before,
        Math.max(1, Math.round(own.updatesPerSample * scene.samplesPerIteration)),
        learning,
        rng.stream("learn"),
        scene.progress,
      );
      return { policy: { ...player, ...promise }, report: { ...report, memberReturns: promise.memberReturns } };
    },
    actor: ({ engines }, player) => networkActor(engines[0], actingNetOf(actor, player), task),
    network: (player) => actingNetOf(actor, player),
    keep({ actor: pi, critics, target, updates, memberReturns, measuredAt }) {
      const learned = learnersPart({ "policy/actor": pi, "policy/critics": critics });
      return {
        tensors: { "policy/critics/target": vector(target), ...learned.tensors },
        meta: { steve: { updates, memberReturns, measuredAt } },
        adamSteps: learned.adamSteps,
      };
    },
    recall(from) {
      const parameters = criticLayout(critic).size;
      return {
        actor: from.learner("policy/actor", deterministicLayout(actor).size),
        critics: from.learner("policy/critics", parameters),
        target: from.tensor("policy/critics/target", Float32Array, parameters),
        ...(from.meta.steve as Pick<StevePlayer, "updates" | "memberReturns" | "measuredAt">),
      };
    },
  };
}

/** Means over the updates of a line's moves. */
function steveMetrics(reports: readonly SteveReport[]): ExpansionMetrics {
  const mean = (of: (report: SteveReport) => number) => meanOverUpdates(reports, of);
  const byHorizon = (of: (report: SteveReport) => readonly number[]) =>
    of(reports[0]).map((_, h) => mean((report) => of(report)[h]));
  const weights = byHorizon((r) => r.weights);
  return {
    actorCritic: {
      updates: reports.reduce((total, { updates }) => total + updates, 0),
      actorValue: mean((r) => r.actorValue),
      value: mean((r) => r.value),
      criticLoss: mean((r) => r.criticLoss),
    },
    expansion: {
      horizon: weights.reduce((total, weight, h) => total + weight * h, 0),
      weights,
      spreads: byHorizon((r) => r.spreads),
    },
  };
}
