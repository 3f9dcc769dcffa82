import { ConfigError, DivergenceError } from "../errors/errors.js";
import { meanAndStd } from "../math/statistics.js";
import { networkActor } from "../mdp/actor.js";
import {
  appended,
  type Experience,
  type ExperienceRow,
  emptyExperience,
  gatheredSince,
  newest,
} from "../mdp/experience.js";
import { modelRollouts } from "../mdp/model-rollouts.js";
import { oneStepErrors } from "../mdp/one-step.js";
import { type ActingNet, type Model, predicts } from "../mdp/parametric.js";
import type { Rollouts } from "../mdp/rollouts.js";
import { drawSeed } from "../mdp/task.js";
import type { Rng } from "../random/rng.js";
import { gaussianTotalVariation, modelTerm, stepwiseTerm, timeProfile, transferTerm, windows } from "./bound-terms.js";
import type { BoundReading, PairReading } from "./metrics.js";
import { sceneOf, type Table } from "./moves.js";
import type { Settings } from "./settings.js";
import type { AgentState } from "./state.js";
import type { OpenPlayers } from "./ways.js";
import { playEpisodes } from "./world/play.js";
import { initialStates } from "./world/pool.js";

/** Real steps of one policy, each with its time t in its episode. */
interface TimedSteps {
  readonly data: Experience;
  readonly steps: readonly number[];
}

/** Stretches of an episode in `modelError.byTime`. */
const WINDOWS = 10;

/**
 * The samples that a model has not been fitted to, with their times. An episode whose beginning has left the buffer is
 * left out. Episodes begin where a gathering begins, so that the first unseen sample begins one.
 */
export function unseenExperience(data: Experience, seenSamples: number): TimedSteps {
  const unseen = gatheredSince(data, seenSamples);
  const first = data.size - unseen.size; // where the unseen rows begin
  const begins = (i: number) =>
    i > 0 ? data.episode[i - 1] !== data.episode[i] : data.gathered - data.size === seenSamples;
  let t: number | undefined;
  const steps: number[] = [];
  let skipped = 0;
  for (let i = 0; i < data.size; i++) {
    if (begins(i)) t = 0;
    if (t === undefined) {
      if (i >= first) skipped++;
      continue;
    }
    if (i >= first) steps.push(t);
    t++;
  }
  return { data: newest(data, unseen.size - skipped), steps };
}

/** Discounted return of each whole episode's first `horizon` steps; of a cut one where no other is there. */
function realReturns({ data, steps }: TimedSteps, discount: number, horizon: number): number[] {
  const all: { total: number; isWhole: boolean }[] = [];
  steps.forEach((t, i) => {
    if (t === 0) all.push({ total: 0, isWhole: false });
    const episode = all[all.length - 1];
    if (t < horizon) episode.total += discount ** t * data.rewards[i];
    if (data.terminal[i] === 1 || t >= horizon - 1) episode.isWhole = true;
  });
  const whole = all.filter(({ isWhole }) => isWhole);
  return (whole.length > 0 ? whole : all).map(({ total }) => total);
}

/** Mean over trajectories of Σ_t γᵗ r_t. */
function discountedReturn({ stepStarts, rewards, count }: Rollouts, discount: number): number {
  let total = 0;
  for (let t = 0; t + 1 < stepStarts.length; t++)
    for (let row = stepStarts[t]; row < stepStarts[t + 1]; row++) total += discount ** t * rewards[row];
  return total / count;
}

/** Reads the terms of Theorem 1 off a game's states. */
export interface BoundMeter {
  /**
   * The newest pair of a policy and a model that has not seen that policy's samples: in PAL, GDA and BR the state's own;
   * in MAL, which fits last, the state's policy and the model it was improved on. Changes nothing that the game sees.
   *
   * @param before the model of the state before, where there was one
   * @returns undefined where no model has unseen samples
   */
  read(state: AgentState, before: unknown, rng: Rng): Promise<BoundReading | undefined>;
}

/** @throws {ConfigError} where settings name a reference and none is given */
export function boundMeter(
  table: Omit<Table, "listener"> & { readonly settings: Settings },
  { kinds, policy, model, unfitted }: OpenPlayers,
  reference: ActingNet | undefined,
): BoundMeter {
  const { compute, pool, settings } = table;
  if (settings.meter.reference !== null && reference === undefined) {
    throw new ConfigError(
      "meter.reference",
      `names ${settings.meter.reference}, and no policy was given`,
      "Pass the policy as `reference` to train, or leave the setting null",
    );
  }
  const { discount, trajectories, rolloutHorizon } = policy.lookAhead;
  const horizon = Math.min(rolloutHorizon, pool.task.horizon);
  // M differs from W in its dynamics alone, and ε_π is about J(π, M): no margin, nothing added to the objective.
  const improver = kinds.policy.open(pool.task, kinds.policy.plain(settings as never), unfitted);
  const networkOf = (player: unknown): ActingNet => {
    const net = policy.network?.(player);
    if (net !== undefined) return net;
    throw new ConfigError(
      "meter.every",
      `reads policies that are networks, and the policy player ${settings.players.policy} plans`,
      "Leave it null",
    );
  };

  const modelReturn = async (net: ActingNet, seen: Model, rng: Rng): Promise<number> => {
    const starts = (await initialStates(pool))(trajectories, rng.stream("starts"));
    const play = { task: pool.task, policy: net, model: seen, rolloutHorizon, terminalMargin: 0 };
    const members = await modelRollouts(compute, play, starts, rng);
    return meanAndStd(members.map((rollouts) => discountedReturn(rollouts, discount))).mean;
  };

  const readPair = async (net: ActingNet, seen: Model, real: TimedSteps, rng: Rng) => {
    const errors = await oneStepErrors(compute, seen, real.data);
    const members = (of: (square: number) => number) =>
      timeProfile(
        Float64Array.from(real.steps, (_, i) => meanAndStd(errors.map((own) => of(own[i]))).mean),
        real.steps,
      );
    const modelError = members((square) => square / 2);
    const totalVariation = members((square) => gaussianTotalVariation(Math.sqrt(square)));
    const reading: PairReading = {
      modelError: { mean: modelError.mean, max: modelError.max, byTime: windows(modelError.byStep, WINDOWS) },
      totalVariation: { mean: totalVariation.mean, max: totalVariation.max },
      return: {
        world: meanAndStd(realReturns(real, discount, horizon)).mean,
        model: await modelReturn(net, seen, rng),
      },
    };
    return { reading, byStep: totalVariation.byStep };
  };

  const play = async (net: ActingNet, rng: Rng): Promise<TimedSteps> => {
    const seeds = Array.from({ length: settings.meter.referenceEpisodes }, (_, i) => drawSeed(rng.stream("start", i)));
    const episodes: ExperienceRow[][] = seeds.map(() => []);
    const acting = await networkActor(compute.engines[0], net, pool.task);
    await playEpisodes(acting, pool, {
      starts: seeds,
      noise: rng.stream("noise"),
      watch: (step) => episodes[step.episode].push(step),
    });
    await acting.release();
    const { observation, action } = pool.task;
    const data = appended(emptyExperience(observation.size, action.size), episodes.flat(), Number.POSITIVE_INFINITY);
    return { data, steps: episodes.flatMap((own) => [...own.keys()]) };
  };

  /** The policy some steps on; undefined where they diverge, which is no fault of the run that is measured. */
  const improve = async (player: unknown, seen: Model, data: Experience, rng: Rng): Promise<unknown> => {
    let improved = player;
    try {
      for (let step = 0; step < settings.meter.npgSteps; step++)
        improved = (await improver.improve(sceneOf(table), improved, seen, data, rng.stream("improve", step))).policy;
      return improved;
    } catch (error) {
      if (error instanceof DivergenceError) return undefined;
      throw error;
    }
  };

  return {
    async read({ policy: player, model: fitted, data: all }, before, rng) {
      const pair = [fitted, before]
        .filter((value) => value !== undefined)
        .map((value) => model.view(value))
        .filter(predicts)
        .map((seen) => ({ seen, real: unseenExperience(all, seen.seenSamples) }))
        .find(({ real }) => real.data.size > 0);
      if (pair === undefined) return undefined;
      const { seen, real } = pair;
      const own = await readPair(networkOf(player), seen, real, rng.stream("own"));
      const improved = await improve(player, seen, all, rng);
      const policyGap =
        improved === undefined
          ? null
          : (await modelReturn(networkOf(improved), seen, rng.stream("own"))) - own.reading.return.model; // the same chance
      const known = reference && (await play(reference, rng.stream("reference episodes")));
      const other = reference && known && (await readPair(reference, seen, known, rng.stream("reference"))).reading;
      const maxReward = [real, known]
        .flatMap((each) => Array.from(each?.data.rewards ?? [], Math.abs))
        .reduce((a, b) => Math.max(a, b));
      const first = modelTerm(own.reading.modelError.max, maxReward, discount);
      const transfer = other ? transferTerm(other.totalVariation.max, maxReward, discount) : null;
      return {
        ...own.reading,
        gap: own.reading.return.model - own.reading.return.world,
        policyGap,
        maxReward,
        reference: other ?? null,
        bound: {
          model: first,
          stepwise: stepwiseTerm(own.byStep, horizon, maxReward, discount),
          transfer,
          // A sup over policies is no less than J(π, M).
          total: transfer === null || policyGap === null ? null : first + Math.max(0, policyGap) + transfer,
          trivial: (2 * maxReward) / (1 - discount),
        },
      };
    },
  };
}
