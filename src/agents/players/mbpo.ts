import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { actionBox } from "../../mdp/action-box.js";
import { networkActor } from "../../mdp/actor.js";
import { drawReal, type Minibatches } from "../../mdp/minibatches.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { branchedRollouts } from "../../sac/branched-rollouts.js";
import { learn } from "../../sac/learn.js";
import { drawImagined, EMPTY_POOL, type ModelPool, withBlock } from "../../sac/model-pool.js";
import { actingNetOf, initialSoftActorCritic, type SoftActorCritic } from "../../sac/soft-actor-critic.js";
import type { PolicyKind, PolicyPlayer, SettingsOf } from "../player.js";
import { count, countOrNone } from "../setting-types.js";
import { vector } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";
import { checkForward } from "./check-forward.js";
import { learningMetrics } from "./learning-metrics.js";
import { mbpoPresets, mbpoTask } from "./mbpo-presets.js";
import { PROMISE_SETTINGS, type Promised, promised, promiseLookAhead } from "./promise.js";
import { checkSac, keepSac, PAPER_SAC, recallSac, SAC_GROUPS, type SacReport, sacShapes } from "./sac.js";

export const MBPO_GROUPS = {
  ...SAC_GROUPS,
  mbpo: z.strictObject({
    realShare: z.number().min(0).max(1).describe("share of a minibatch that is real; the rest is imagined"),
    rolloutsPerSample: z.number().positive().max(1e6).describe("rollouts in the model for each real sample"),
    rolloutFrom: countOrNone(1e12).describe(
      "real samples, those of chance left out, until which rollouts are mbpo.rolloutMin steps long",
    ),
    rolloutTo: countOrNone(1e12).describe(
      "the same, from which they are mbpo.rolloutMax steps long; between, a straight line, rounded down",
    ),
    rolloutMin: count(1e4).describe("k: steps of a rollout at the beginning"),
    rolloutMax: count(1e4).describe("the same at the end"),
    retainSamples: count(1e9).describe("imagined steps are kept for so many real samples"),
    poolSize: count(1e9).describe("and so many imagined steps at most"),
    ...PROMISE_SETTINGS,
  }),
};
type Settings = SettingsOf<typeof MBPO_GROUPS>;
export type MbpoSettings = Settings["mbpo"];

/** A soft actor-critic that learns from a model's data. */
export interface Mbpo extends SoftActorCritic, Promised {
  readonly pool: ModelPool;
  /** Real samples at its first move; null before it. */
  readonly startedAt: number | null;
}

/** Model-based policy optimisation: soft actor-critic on short rollouts that branch off from real states (docs/players/mbpo.md). */
export const mbpoKind: PolicyKind<Mbpo, Model, SacReport, typeof MBPO_GROUPS> = {
  title: "soft actor-critic on branched rollouts in the model",
  groups: MBPO_GROUPS,
  paper: (_, task) => {
    const { sac, mbpo } = mbpoTask(task);
    return { sac: { ...PAPER_SAC, ...sac }, mbpo };
  },
  world: (_, task) => mbpoTask(task).world,
  presets: mbpoPresets,
  lookAhead: ({ sac, mbpo }) => promiseLookAhead(sac.discount, mbpo),
  steps: () => 1,
  open: mbpoPlayer,
  metrics: (reports) => ({ actorCritic: learningMetrics(reports) }),
  plain: (settings) => settings,
  check: ({ sac, mbpo }, _, task) => {
    checkSac(sac, task);
    checkSchedule(mbpo);
  },
};

function checkSchedule({ rolloutFrom, rolloutTo, rolloutMin, rolloutMax }: MbpoSettings): void {
  checkForward(["mbpo.rolloutFrom", rolloutFrom], ["mbpo.rolloutTo", rolloutTo]);
  if (rolloutMax < rolloutMin) {
    throw new ConfigError(
      "mbpo.rolloutMax",
      `must be at least mbpo.rolloutMin (${rolloutMin}), got ${rolloutMax}`,
      "Rollouts become longer as the model becomes better: raise it",
    );
  }
}

/** k after so many real samples. */
export function rolloutLength(
  { rolloutFrom, rolloutTo, rolloutMin, rolloutMax }: MbpoSettings,
  samples: number,
): number {
  if (samples <= rolloutFrom) return rolloutMin;
  if (samples >= rolloutTo) return rolloutMax;
  return Math.floor(rolloutMin + ((samples - rolloutFrom) / (rolloutTo - rolloutFrom)) * (rolloutMax - rolloutMin));
}

function mbpoPlayer(task: Task, settings: Settings): PolicyPlayer<Mbpo, Model, SacReport> {
  const { sac, mbpo: own } = settings;
  const { actor, critic, targetEntropy, learning } = sacShapes(task, sac);
  const [n, m] = [task.observation.size, task.action.size];
  const box = actionBox(task.action);
  const real = Math.floor(own.realShare * sac.batchSize);
  return {
    lookAhead: promiseLookAhead(sac.discount, own),
    initial: (rng) => ({
      ...initialSoftActorCritic(actor, critic, sac.initialTemperature, rng),
      pool: EMPTY_POOL,
      startedAt: null,
      memberReturns: [],
      measuredAt: 0,
    }),
    async improve(scene, before, model, data, rng) {
      const startedAt = before.startedAt ?? data.gathered;
      const length = rolloutLength(own, data.gathered - startedAt);
      const rollouts = Math.max(1, Math.round(own.rolloutsPerSample * scene.samplesPerIteration));
      const engine = scene.compute.engines[0];
      const block = await branchedRollouts(
        engine,
        scene.task,
        actingNetOf(actor, before),
        model,
        data,
        { rollouts, length },
        rng.stream("rollouts"),
      );
      const pool = withBlock(
        before.pool,
        block,
        Math.min(own.poolSize, own.retainSamples * own.rolloutsPerSample * length),
      );
      const promise = await promised(
        scene,
        before,
        { policy: actingNetOf(actor, before), model },
        own,
        0,
        rng.stream("promise"),
      );
      const { player, report } = await learn(
        engine,
        before,
        Math.max(1, Math.round(sac.updatesPerSample * scene.samplesPerIteration)),
        (batch, at, draws) => {
          drawReal(batch, at, real, data, box, draws);
          drawImagined(batch, at + real, sac.batchSize - real, pool, draws);
        },
        learning,
        rng.stream("learn"),
        scene.progress,
      );
      return {
        policy: { ...player, pool, startedAt, ...promise },
        report: { ...report, memberReturns: promise.memberReturns, targetEntropy },
      };
    },
    actor: ({ engines }, player) => networkActor(engines[0], actingNetOf(actor, player), task),
    network: (player) => actingNetOf(actor, player),
    keep({ pool, startedAt, memberReturns, measuredAt, ...rest }) {
      const kept = keepSac(rest);
      return {
        ...kept,
        tensors: { ...kept.tensors, ...poolTensors(pool) },
        meta: { ...kept.meta, mbpo: { startedAt, memberReturns, measuredAt } },
      };
    },
    recall(from) {
      const rest = from.meta.mbpo as Pick<Mbpo, "startedAt" | "memberReturns" | "measuredAt">;
      return { ...recallSac(from, actor, critic), pool: recalledPool(from, n, m), ...rest };
    },
  };
}

const COLUMNS = ["observations", "actions", "rewards", "next", "goesOn"] as const;

/** All blocks one after the other, and how many rows each has. */
function poolTensors({ blocks }: ModelPool) {
  const columns = COLUMNS.map((name) => {
    const all = new Float32Array(blocks.reduce((total, block) => total + block[name].length, 0));
    let at = 0;
    for (const block of blocks) {
      all.set(block[name], at);
      at += block[name].length;
    }
    return [`policy/pool.${name}`, vector(all)] as const;
  });
  return {
    ...Object.fromEntries(columns),
    "policy/pool.blocks": vector(Int32Array.from(blocks, ({ rewards }) => rewards.length)),
  };
}

/** The same again. @throws {StorageError} */
function recalledPool(from: SnapshotReader, n: number, m: number): ModelPool {
  const sizes = from.tensor("policy/pool.blocks", Int32Array);
  const total = sizes.reduce((a, b) => a + b, 0);
  const widths = { observations: n, actions: m, rewards: 1, next: n, goesOn: 1 };
  const columns = COLUMNS.map((name) => from.tensor(`policy/pool.${name}`, Float32Array, total * widths[name]));
  let row = 0;
  const blocks = Array.from(sizes, (size) => {
    const own = COLUMNS.map((name, i) => [name, columns[i].slice(row * widths[name], (row + size) * widths[name])]);
    row += size;
    return Object.fromEntries(own) as unknown as Minibatches;
  });
  return { blocks };
}
