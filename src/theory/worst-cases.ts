import { ConfigError } from "../errors/errors.js";
import { type Matrix, matrixOf } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";
import { deterministicPolicy, type FiniteMdp, finiteMdp, type TabularPolicy } from "./finite-mdp.js";

/** A pair of players in a world. */
export interface Pairing {
  readonly world: FiniteMdp;
  readonly model: FiniteMdp;
  readonly policy: TabularPolicy;
}

const inUnit = (where: string, x: number, high = 1): number => {
  if (x >= 0 && x <= high) return x;
  throw new ConfigError(where, `must be from 0 to ${high}, got ${x}`, "Choose another");
};

/**
 * Lemmas 1 and 3: a state that pays 1 for ever in the world, while the model leaks from it, ε a step, into one that pays
 * −1 for ever. One action. The returns differ by 2γε / ((1 − γ)(1 − γ + γε)): 1 / (1 + γε/(1 − γ)) of the bound.
 */
export function leakingWorld(epsilon: number, discount: number): Pairing {
  inUnit("leakingWorld.epsilon", epsilon);
  const common = { rewards: [1, -1], discount, initial: [1, 0] };
  return {
    world: finiteMdp({ ...common, transitions: [[[1, 0]], [[0, 1]]] }),
    model: finiteMdp({ ...common, transitions: [[[1 - epsilon, epsilon]], [[0, 1]]] }),
    policy: deterministicPolicy(1, [0, 0]),
  };
}

/**
 * Lemma 2: a clock that counts 0 … steps. The first chain leaks from t with probability ε / (1 − εt) into a trap, so
 * that a share ε of all that began is lost in every step; the second never does. D_TV(P_1^t, P_2^t) = εt exactly.
 * `steady` leaks ε in every step: held against `second` as P_1, it is away 1 − (1 − ε)^t.
 *
 * @param steps at most 1/ε
 */
export function leakingClock(
  epsilon: number,
  steps: number,
): { readonly first: Matrix; readonly second: Matrix; readonly steady: Matrix; readonly initial: Vector } {
  inUnit("leakingClock.epsilon · steps", epsilon * steps);
  const trap = steps + 1;
  const chain = (leak: (t: number) => number): Matrix =>
    matrixOf(steps + 2, steps + 2, (t, next) => {
      if (t >= steps) return next === t ? 1 : 0;
      return next === t + 1 ? 1 - leak(t) : next === trap ? leak(t) : 0;
    });
  return {
    first: chain((t) => epsilon / (1 - epsilon * t)),
    second: chain(() => 0),
    steady: chain(() => epsilon),
    initial: Float64Array.from({ length: steps + 2 }, (_, i) => (i === 0 ? 1 : 0)),
  };
}

/**
 * Theorem 1, transfer: from a crossing one road leads to −1 for ever, the other to +1; the model believes that both lead
 * to −1. Taking the first is optimal in the model (ε_π = 0), and it predicts that road exactly (ε_M = 0): the pair is an
 * equilibrium that loses 2γ / (1 − γ), which is the transfer term.
 */
export function misjudgedRoad(discount: number): Pairing {
  const common = { rewards: [0, 1, -1], discount, initial: [1, 0, 0] };
  const stay = [
    [
      [0, 1, 0],
      [0, 1, 0],
    ],
    [
      [0, 0, 1],
      [0, 0, 1],
    ],
  ];
  const low = [0, 0, 1];
  return {
    world: finiteMdp({ ...common, transitions: [[low, [0, 1, 0]], ...stay] }),
    model: finiteMdp({ ...common, transitions: [[low, low], ...stay] }),
    policy: deterministicPolicy(2, [0, 0, 0]),
  };
}

/**
 * Theorem 1, modelling: a bet is drawn in each step with probability λ = min(1, (1 − γ)/γ), and won (+1 for ever) with
 * ½ + edge in the model but ½ − edge in the world. The other action goes to a sure state that pays just what the model
 * promises for the bet, so ε_π = 0 and, the sure road being known, the transfer term is 0 too.
 *
 * @param edge in [0, ½]; at ½ the divergence is infinite
 */
export function lostBet(edge: number, discount: number): Pairing {
  inUnit("lostBet.edge", edge, 0.5);
  const rate = Math.min(1, (1 - discount) / discount);
  const bet = (win: number) => [1 - rate, rate * win, rate * (1 - win), 0];
  const promised = (discount * rate * 2 * edge) / (1 - discount * (1 - rate)) / (1 - discount);
  const sure = (promised * (1 - discount)) / discount;
  const unit = (i: number) => [0, 1, 2, 3].map((j) => (i === j ? 1 : 0));
  const rest = [1, 2, 3].map((i) => [unit(i), unit(i)]);
  const common = { rewards: [0, 1, -1, sure], maxReward: 1, discount, initial: unit(0) };
  return {
    world: finiteMdp({ ...common, transitions: [[bet(0.5 - edge), unit(3)], ...rest] }),
    model: finiteMdp({ ...common, transitions: [[bet(0.5 + edge), unit(3)], ...rest] }),
    policy: deterministicPolicy(2, [0, 0, 0, 0]),
  };
}
