import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { actionBox } from "../../mdp/action-box.js";
import { networkActor } from "../../mdp/actor.js";
import { drawReal } from "../../mdp/minibatches.js";
import type { NoModel } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { type CriticShape, criticLayout } from "../../policy/critics.js";
import { type ActorShape, actorLayout } from "../../policy/squashed-policy.js";
import { type LearnReport, type LearnSettings, learn } from "../../sac/learn.js";
import { actingNetOf, initialSoftActorCritic, type SoftActorCritic } from "../../sac/soft-actor-critic.js";
import type { PolicyKind, PolicyPlayer, PolicyReport, SettingsOf } from "../player.js";
import { count, hidden, rate } from "../setting-types.js";
import type { SettingsPatch } from "../settings.js";
import { learnersPart, type Part, vector } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";
import { learningMetrics } from "./learning-metrics.js";
import { needBox } from "./need-box.js";
import { sacPresets } from "./sac-presets.js";

export const SAC_GROUPS = {
  sac: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers of actor and critics (ReLU)"),
    critics: count(100).describe("number of critics"),
    criticsInTarget: count(100).describe(
      "a target is the least value of so many of them, drawn anew for each update where they are not all",
    ),
    actorClimbs: z.enum(["min", "mean"]).describe("what the actor climbs: the least of the critics, or their mean"),
    layerNorm: z.boolean().describe("whether the critics' hidden layers are normalised before their ReLU"),
    dropout: z.number().min(0).max(0.9).describe("share of the critics' hidden units that are dropped"),
    discount: z.number().gt(0).lt(1).describe("γ"),
    updatesPerSample: z.number().positive().max(1000).describe("G: gradient steps of the critics for each real sample"),
    actorEvery: count(1e6).describe("gradient steps of the critics for each of actor and temperature"),
    batchSize: count(1e6).describe("minibatch size"),
    actorLearningRate: rate.describe("Adam's step size for the actor"),
    criticLearningRate: rate.describe("Adam's step size for the critics"),
    targetRate: rate.describe("τ: share of the critics that their slow copies take over at each update"),
    initialTemperature: z.number().positive().max(1e6).describe("α at the start, in units of reward"),
    temperatureLearningRate: rate.describe("Adam's step size for log α"),
    targetEntropy: z
      .number()
      .min(-1e4)
      .max(1e4)
      .nullable()
      .describe("entropy of a whole action that α steers to; null: minus the number of its entries"),
  }),
};
export type SacSettings = SettingsOf<typeof SAC_GROUPS>["sac"];

/** What a move reports. */
export interface SacReport extends PolicyReport, LearnReport {
  /** Of a whole action. */
  readonly targetEntropy: number;
}

/** The settings of its authors (softlearning, Haarnoja et al. 2018). */
export const PAPER_SAC: SacSettings = {
  hidden: [256, 256],
  critics: 2,
  criticsInTarget: 2,
  actorClimbs: "min",
  layerNorm: false,
  dropout: 0,
  discount: 0.99,
  updatesPerSample: 1,
  actorEvery: 1,
  batchSize: 256,
  actorLearningRate: 3e-4,
  criticLearningRate: 3e-4,
  targetRate: 0.005,
  initialTemperature: 1,
  temperatureLearningRate: 3e-4,
  targetEntropy: null,
};

/** An update after each step, a line of the log every thousand samples; ten episodes of chance before. */
const paperWorld = (task: Task): SettingsPatch => ({
  data: {
    initialSamples: 10 * task.horizon,
    samplesPerIteration: 1,
    wholeEpisodes: false,
    continueEpisodes: true,
    bufferSize: 1_000_000,
    maxSamples: 1_000_000,
  },
  record: { every: 1000 },
});

/** Soft actor-critic on real samples (docs/players/sac.md). */
export const sacKind: PolicyKind<SoftActorCritic, NoModel, SacReport, typeof SAC_GROUPS> = {
  title: "soft actor-critic on real samples",
  modelFree: true,
  groups: SAC_GROUPS,
  paper: () => ({ sac: PAPER_SAC }),
  world: (_, task) => paperWorld(task),
  presets: sacPresets,
  lookAhead: ({ sac }) => lookAheadOf(sac),
  steps: () => 1,
  open: sacPlayer,
  metrics: (reports) => ({ actorCritic: learningMetrics(reports) }),
  plain: (settings) => settings,
  check: ({ sac }, _, task) => checkSac(sac, task),
};

const lookAheadOf = ({ discount }: SacSettings) => ({ discount, rolloutHorizon: 1e6, trajectories: 1 });

/** What of a soft actor-critic is a function of task and settings. */
export function sacShapes(task: Task, own: SacSettings) {
  const sizes = { observationSize: task.observation.size, actionSize: task.action.size };
  const actor: ActorShape = { ...sizes, hidden: own.hidden, activation: "relu", spread: "clipped" };
  const critic: CriticShape = {
    ...sizes,
    hidden: own.hidden,
    critics: own.critics,
    activation: "relu",
    layerNorm: own.layerNorm,
  };
  const targetEntropy = own.targetEntropy ?? -sizes.actionSize;
  const learning: LearnSettings = { ...own, update: { ...own, actor, critic, targetEntropy } };
  return { actor, critic, targetEntropy, learning };
}

function sacPlayer(
  task: Task,
  { sac: own }: SettingsOf<typeof SAC_GROUPS>,
): PolicyPlayer<SoftActorCritic, NoModel, SacReport> {
  const { actor, critic, targetEntropy, learning } = sacShapes(task, own);
  const box = actionBox(task.action);
  return {
    lookAhead: lookAheadOf(own),
    initial: (rng) => initialSoftActorCritic(actor, critic, own.initialTemperature, rng),
    async improve({ compute, samplesPerIteration, progress }, before, _, data, rng) {
      const updates = Math.max(1, Math.round(own.updatesPerSample * samplesPerIteration));
      const { player, report } = await learn(
        compute.engines[0],
        before,
        updates,
        (batch, at, draws) => drawReal(batch, at, own.batchSize, data, box, draws),
        learning,
        rng,
        progress,
      );
      return { policy: player, report: { ...report, memberReturns: [], targetEntropy } };
    },
    actor: ({ engines }, player) => networkActor(engines[0], actingNetOf(actor, player), task),
    network: (player) => actingNetOf(actor, player),
    keep: keepSac,
    recall: (from) => recallSac(from, actor, critic),
  };
}

/** Its part of a checkpoint. */
export function keepSac({ actor, critics, target, temperature, updates }: SoftActorCritic): Part {
  const learned = learnersPart({
    "policy/actor": actor,
    "policy/critics": critics,
    "policy/temperature": temperature,
  });
  return {
    tensors: { "policy/critics/target": vector(target), ...learned.tensors },
    meta: { sac: { updates } },
    adamSteps: learned.adamSteps,
  };
}

/** The same again. @throws {StorageError} */
export function recallSac(from: SnapshotReader, actor: ActorShape, critic: CriticShape): SoftActorCritic {
  const parameters = criticLayout(critic).size;
  return {
    actor: from.learner("policy/actor", actorLayout(actor).size),
    critics: from.learner("policy/critics", parameters),
    target: from.tensor("policy/critics/target", Float32Array, parameters),
    temperature: from.learner("policy/temperature", 1),
    updates: (from.meta.sac as { readonly updates: number }).updates,
  };
}

/** Settings and tasks that a soft actor-critic cannot play with. @throws {ConfigError} */
export function checkSac({ critics, criticsInTarget }: SacSettings, task: Task): void {
  if (criticsInTarget > critics) {
    throw new ConfigError(
      "sac.criticsInTarget",
      `must be at most sac.critics (${critics}), got ${criticsInTarget}`,
      "Lower it, or take more critics",
    );
  }
  needBox(task);
}
