import type { Compute } from "../compute/engine.js";
import { ConfigError, DivergenceError } from "../errors/errors.js";
import { meanAndStd } from "../math/statistics.js";
import type { Rollouts } from "../mdp/rollouts.js";
import { drawSeed } from "../mdp/task.js";
import type { Transition } from "../mdp/transition.js";
import type { Ensemble } from "../model/ensemble.js";
import { oneStepErrors } from "../model/one-step-error.js";
import { imagine } from "../npg/imagine.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import type { Rng } from "../random/rng.js";
import { gaussianTotalVariation, modelTerm, stepwiseTerm, timeProfile, transferTerm, windows } from "./bound-terms.js";
import { LATER_GROUPS } from "./defaults.js";
import type { BoundReading, PairReading } from "./metrics.js";
import { modelData } from "./model-data.js";
import { agentMoves, type MoveListener } from "./moves.js";
import type { AgentState, PolicyPlayer } from "./players.js";
import type { Settings } from "./settings.js";
import { initialStates, playEpisodes, type WorldPool } from "./world-players.js";

/** Real steps of one policy, each with its time t in its episode. */
interface Experience {
  readonly transitions: readonly Transition[];
  readonly steps: readonly number[];
}

/** Stretches of an episode in `modelError.byTime`. */
const WINDOWS = 10;

const SILENT: MoveListener = { collected: () => {}, fitted: () => {}, improved: () => {}, progress: () => {} };

/**
 * The samples that a model has not been fitted to, with their times. An episode whose beginning has left the buffer is
 * left out. Episodes begin where a gathering begins, so that the first unseen sample begins one.
 */
export function unseenExperience(buffer: readonly Transition[], seenSamples: number): Experience {
  const [transitions, steps]: [Transition[], number[]] = [[], []];
  let t: number | undefined;
  buffer.forEach((transition, i) => {
    const begins = i > 0 ? buffer[i - 1]!.episode !== transition.episode : transition.index === seenSamples;
    if (begins) t = 0;
    if (t === undefined) return;
    if (transition.index >= seenSamples) {
      transitions.push(transition);
      steps.push(t);
    }
    t++;
  });
  return { transitions, steps };
}

/** Discounted return of each whole episode's first `horizon` steps; of a cut one where no other is there. */
function realReturns({ transitions, steps }: Experience, discount: number, horizon: number): number[] {
  const all: { total: number; isWhole: boolean }[] = [];
  transitions.forEach(({ reward, terminal }, i) => {
    const t = steps[i]!;
    if (t === 0) all.push({ total: 0, isWhole: false });
    const episode = all[all.length - 1]!;
    if (t < horizon) episode.total += discount ** t * reward;
    if (terminal || t >= horizon - 1) episode.isWhole = true;
  });
  const whole = all.filter(({ isWhole }) => isWhole);
  return (whole.length > 0 ? whole : all).map(({ total }) => total);
}

/** Mean over trajectories of Σ_t γᵗ r_t. */
function discountedReturn({ stepStarts, rewards, count }: Rollouts, discount: number): number {
  let total = 0;
  for (let t = 0; t + 1 < stepStarts.length; t++)
    for (let row = stepStarts[t]!; row < stepStarts[t + 1]!; row++) total += discount ** t * rewards[row]!;
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
  read(state: AgentState, before: Ensemble | undefined, rng: Rng): Promise<BoundReading | undefined>;
}

/** @throws {ConfigError} where settings name a reference and none is given */
export function boundMeter(
  compute: Compute,
  pool: WorldPool,
  settings: Settings,
  reference: GaussianPolicy | undefined,
): BoundMeter {
  if (settings.meter.reference !== null && reference === undefined) {
    throw new ConfigError(
      "meter.reference",
      `names ${settings.meter.reference}, and no policy was given`,
      "Pass the policy as `reference` to train, or leave the setting null",
    );
  }
  const { discount, trajectoriesPerModel } = settings.npg;
  const horizon = Math.min(settings.npg.rolloutHorizon, pool.task.horizon);
  // M differs from W in its dynamics alone, and ε_π is about J(π, M): no margin, nothing added to the objective.
  const npg = { ...settings.npg, terminalMargin: 0, entropyCoefficient: 0 };
  const plain = { ...settings, npg, robust: LATER_GROUPS.robust };
  const moves = agentMoves(compute, pool, plain, { samples: 0, episodes: 0 }, SILENT);

  const modelReturn = async (policy: GaussianPolicy, model: Ensemble, rng: Rng): Promise<number> => {
    const starts = (await initialStates(pool))(trajectoriesPerModel, rng.stream("starts"));
    const members = await imagine(compute, pool.task, policy, model, starts, npg, rng);
    return meanAndStd(members.map((rollouts) => discountedReturn(rollouts, discount))).mean;
  };

  const readPair = async (policy: GaussianPolicy, model: Ensemble, experience: Experience, rng: Rng) => {
    const errors = await oneStepErrors(compute, model, modelData(experience.transitions));
    const members = (of: (square: number) => number) =>
      timeProfile(
        Float64Array.from(experience.steps, (_, i) => meanAndStd(errors.map((own) => of(own[i]!))).mean),
        experience.steps,
      );
    const modelError = members((square) => square / 2);
    const totalVariation = members((square) => gaussianTotalVariation(Math.sqrt(square)));
    const reading: PairReading = {
      modelError: { mean: modelError.mean, max: modelError.max, byTime: windows(modelError.byStep, WINDOWS) },
      totalVariation: { mean: totalVariation.mean, max: totalVariation.max },
      return: {
        world: meanAndStd(realReturns(experience, discount, horizon)).mean,
        model: await modelReturn(policy, model, rng),
      },
    };
    return { reading, byStep: totalVariation.byStep };
  };

  const play = async (policy: GaussianPolicy, rng: Rng): Promise<Experience> => {
    const seeds = Array.from({ length: settings.meter.referenceEpisodes }, (_, i) => drawSeed(rng.stream("start", i)));
    const episodes: Transition[][] = seeds.map(() => []);
    await playEpisodes(compute, pool, policy, seeds, rng.stream("noise"), (step) => {
      const { episode, observation, action, next, reward, terminal } = step;
      const own = episodes[episode]!;
      own.push({ index: own.length, episode, observation, action, next, reward, terminal });
    });
    const transitions = episodes.flat();
    return { transitions, steps: transitions.map(({ index }) => index) };
  };

  /** The policy some steps on; undefined where they diverge, which is no fault of the run that is measured. */
  const improve = async (
    player: PolicyPlayer,
    model: Ensemble,
    buffer: readonly Transition[],
    rng: Rng,
  ): Promise<PolicyPlayer | undefined> => {
    let improved = player;
    try {
      for (let step = 0; step < settings.meter.npgSteps; step++)
        improved = await moves.improvePolicy(improved, model, buffer, rng.stream("improve", step));
      return improved;
    } catch (error) {
      if (error instanceof DivergenceError) return undefined;
      throw error;
    }
  };

  return {
    async read({ policy: player, model: newest, buffer }, before, rng) {
      const pair = [newest, before]
        .flatMap((model) => (model === undefined ? [] : [{ model, data: unseenExperience(buffer, model.seenSamples) }]))
        .find(({ data }) => data.transitions.length > 0);
      if (pair === undefined) return undefined;
      const { model, data } = pair;
      const own = await readPair(player.policy, model, data, rng.stream("own"));
      const improved = await improve(player, model, buffer, rng);
      const policyGap =
        improved === undefined
          ? null
          : (await modelReturn(improved.policy, model, rng.stream("own"))) - own.reading.return.model; // the same chance
      const known = reference && (await play(reference, rng.stream("reference episodes")));
      const other = reference && known && (await readPair(reference, model, known, rng.stream("reference"))).reading;
      const rewards = [...data.transitions, ...(known?.transitions ?? [])].map(({ reward }) => Math.abs(reward));
      const maxReward = rewards.reduce((a, b) => Math.max(a, b));
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
