import type { Compute } from "../compute/engine.js";
import type { Moves } from "../game/game.js";
import { columnStatistics } from "../math/statistics.js";
import type { Transition } from "../mdp/transition.js";
import { type Ensemble, modelScaling } from "../model/ensemble.js";
import { fitEnsemble } from "../model/fit-ensemble.js";
import { modelLoss } from "../model/model-loss.js";
import { leaderTerm } from "../npg/leader-term.js";
import { modelBasedNpg, type NpgReport, type NpgSettings, type RobustSettings } from "../npg/model-based-npg.js";
import { startStates } from "../npg/start-states.js";
import type { GaussianPolicy, InputScaling } from "../policy/gaussian-policy.js";
import type { ValueFunction } from "../policy/value.js";
import { modelData } from "./model-data.js";
import type { PolicyPlayer } from "./players.js";
import type { Settings } from "./settings.js";
import { type EpisodeScores, gather, initialStates, type WorldPool } from "./world-players.js";

/** What a fit reports. */
export interface FitReport {
  /** Mean squared error on fresh data in units of σ_Δ², before and after; per entry before. */
  readonly before: number;
  readonly after: number;
  readonly byDimension: readonly number[];
  readonly loss: number;
  readonly steps: number;
}

/** Hears what each move did, and how far it is. */
export interface MoveListener {
  /** `headReturns`: the same episodes' returns within H, the horizon of imagined rollouts. */
  collected(scores: EpisodeScores, headReturns: readonly number[]): void;
  fitted(report: FitReport): void;
  improved(report: NpgReport): void;
  progress(phase: "sample" | "fit" | "improve", done: number, total: number): void;
}

/** Counters of the real world: they only grow. */
export interface Counters {
  samples: number;
  episodes: number;
}

/** Subroutine 1's hyperparameters, without what makes players robust. */
export function npgSettings({ npg, policy, value }: Settings): NpgSettings {
  const { hidden: _, targetScale: __, ...regression } = value;
  return { ...npg, minLogStd: policy.minLogStd, value: regression };
}

/** What the policy fears or seeks in iteration k: the scale of disagreement goes along a straight line, then stays. */
export function robustSettings({ robust }: Settings, k: number): RobustSettings {
  const { worstShare, disagreementFrom, disagreementTo, disagreementIterations, disagreementEvery } = robust;
  const way = Math.min(1, k / disagreementIterations);
  const disagreementScale = way === 1 ? disagreementTo : disagreementFrom + way * (disagreementTo - disagreementFrom);
  return { worstShare, disagreementScale, disagreementEvery };
}

const mean = (values: ArrayLike<number>, where: (i: number) => boolean): number => {
  let [total, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (where(i)) [total, count] = [total + values[i]!, count + 1];
  }
  return count === 0 ? 0 : total / count;
};

/** Policy and value inputs standardised by data: entries that never change keep factor 1. */
function standardized(observations: Float32Array, width: number): InputScaling {
  const { mean: shift, spread } = columnStatistics(observations, width, "std");
  return { shift: Float32Array.from(shift), factor: Float32Array.from(spread, (s) => (s > 1e-8 ? 1 / s : 1)) };
}

/** Return of each episode's first `horizon` steps. */
function returnsWithin(transitions: readonly Transition[], horizon: number): number[] {
  const heads = new Map<number, { steps: number; total: number }>();
  for (const { episode, reward } of transitions) {
    const head = heads.get(episode) ?? { steps: 0, total: 0 };
    heads.set(episode, head);
    if (head.steps++ < horizon) head.total += reward;
  }
  return [...heads.values()].map(({ total }) => total);
}

/**
 * The moves of our agents: real episodes, ensemble fits and model-based NPG steps on a compute. Samples are numbered
 * by `counters`, which `collect` advances. The task is that of the pool, which may change between iterations.
 *
 * @param iteration k of the iteration under way
 */
export function agentMoves(
  compute: Compute,
  pool: WorldPool,
  settings: Settings,
  counters: Counters,
  listener: MoveListener,
  iteration: () => number = () => 0,
): Moves<PolicyPlayer, Ensemble, Transition> {
  /** What PAL's total gradient adds to g; nothing unless it is asked for. The newest N samples, in whole episodes, stand for μ_W^π. */
  const indirectTerm = (
    policy: GaussianPolicy,
    value: ValueFunction,
    model: Ensemble,
    buffer: readonly Transition[],
  ): Pick<NpgSettings, "leaderTerm"> => {
    if (settings.npg.stackelberg === "none") return {};
    const oldest = buffer[Math.max(0, buffer.length - settings.data.samplesPerIteration)]!.episode;
    const newest = buffer.filter(({ episode }) => episode >= oldest);
    const { deltaScale } = model.scaling;
    const data = {
      buffer: modelData(buffer),
      fresh: modelData(newest),
      freshEpisodes: newest.map(({ episode }) => episode),
      units: deltaScale.map((s) => (s === 0 ? 0 : settings.model.loss === "raw" ? 1 : 1 / s)),
    };
    const { discount } = settings.npg;
    return {
      leaderTerm: async (rollouts, spread) =>
        (await leaderTerm(compute, pool.task, policy, value, model, data, rollouts, { discount, spread })).gradient,
    };
  };
  return {
    async collect({ policy }, n, rng) {
      const first = { sample: counters.samples, episode: counters.episodes };
      const amount = { count: n, wholeEpisodes: settings.data.wholeEpisodes };
      const { transitions, scores } = await gather(compute, pool, policy, amount, first, rng, (done) =>
        listener.progress("sample", done, n),
      );
      counters.samples += transitions.length;
      counters.episodes = transitions[transitions.length - 1]!.episode + 1;
      listener.collected(scores, returnsWithin(transitions, settings.npg.rolloutHorizon));
      return transitions;
    },

    async fitModel(model, buffer, rng) {
      const { task } = pool;
      const data = modelData(buffer);
      const unseen = buffer.filter(({ index }) => index >= model.seenSamples);
      const fresh = unseen.length === 0 ? data : modelData(unseen); // GDA and BR fit the initial samples twice
      const { deltaScale } = modelScaling(data, task.observation, settings.model);
      const units = deltaScale.map((s) => (s === 0 ? 0 : 1 / s));
      const before = await modelLoss(compute, model, fresh, units);
      const { ensemble, loss, steps } = await fitEnsemble(
        compute,
        model,
        data,
        task.observation,
        settings.model,
        rng,
        (done, total) => listener.progress("fit", done, total),
      );
      const after = await modelLoss(compute, ensemble, fresh, units);
      const changes = (i: number) => units[i] !== 0;
      listener.fitted({
        before: mean(before, changes),
        after: mean(after, changes),
        byDimension: Array.from(before),
        loss,
        steps,
      });
      return { ...ensemble, seenSamples: counters.samples };
    },

    async improvePolicy(player, model, buffer, rng) {
      const { task } = pool;
      const data = modelData(buffer);
      const inputs = player.inputsReady ? player.policy.inputs : standardized(data.observations, task.observation.size);
      const starts = startStates(
        settings.npg.trajectoriesPerModel,
        settings.npg.intermediateStarts,
        await initialStates(pool),
        data,
        rng.stream("starts"),
      );
      const { policy, value, report } = await modelBasedNpg(
        compute,
        task,
        { ...player.policy, inputs },
        { ...player.value, inputs },
        model,
        starts,
        {
          ...npgSettings(settings),
          robust: robustSettings(settings, iteration()),
          ...indirectTerm({ ...player.policy, inputs }, { ...player.value, inputs }, model, buffer),
        },
        rng.stream("npg"),
      );
      listener.improved(report);
      return { policy, value, inputsReady: true };
    },
  };
}
