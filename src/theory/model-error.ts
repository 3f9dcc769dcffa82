import type { Matrix } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";
import { expectation, klDivergence, totalVariation } from "./distributions.js";
import type { FiniteMdp, TabularPolicy } from "./finite-mdp.js";
import { advance, type Visitation } from "./visitation.js";

/** D(P_W(·|s, a), P_M(·|s, a)) for every pair, `[s][a]`. */
export function transitionErrors(
  world: FiniteMdp,
  model: FiniteMdp,
  distance: (p: Vector, q: Vector) => number,
): readonly Vector[] {
  return world.transitions.map((rows, s) => Float64Array.from(rows, (p, a) => distance(p, model.transitions[s][a])));
}

/** ε_M of Lemma 1: the largest D_TV(P_W(·|s, a), P_M(·|s, a)) over all pairs. */
export function globalModelError(world: FiniteMdp, model: FiniteMdp): number {
  return transitionErrors(world, model, totalVariation).reduce(
    (most, row) => row.reduce((m, x) => Math.max(m, x), most),
    0,
  );
}

/** ℓ(M, μ) of (3) = E_μ[D_KL(P_W(·|s, a) ‖ P_M(·|s, a))]; infinite where μ meets what M holds for impossible. */
export function modelLoss(world: FiniteMdp, model: FiniteMdp, visitation: Visitation): number {
  const errors = transitionErrors(world, model, klDivergence);
  return visitation.reduce((total, row, s) => total + expectation(row, errors[s]), 0);
}

/** E_{a ~ π(·|s)}[error(s, a)], [states]. */
export function underPolicy(policy: TabularPolicy, errors: readonly Vector[]): Vector {
  return Float64Array.from(policy, (row, s) => expectation(row, errors[s]));
}

/** A supremum over all times t, in brackets. */
export interface Supremum {
  /** The largest value that was seen. */
  readonly least: number;
  /** No t whatever has a larger one. Equal to `least`, but for rounding, unless the chain mixes very slowly. */
  readonly most: number;
}

/** Steps after which the bracket is taken as it is. */
const MOST_STEPS = 20_000;
/** The bracket counts as closed, relative to its size. */
const CLOSED = 1e-12;
/** A chain whose marginals move by less than this has come to rest. */
const AT_REST = 1e-15;

/**
 * sup_t E_{s ~ P^t}[f(s)] of a Markov chain, f ≥ 0: "for all t" in Lemma 3 and Theorem 1. From below by the values at
 * t = 0, 1, …; from above because E_{P^{t+n}}[f] = E_{P^t}[Pⁿf] ≤ max of Pⁿf over the states that can be reached.
 */
export function supremumOverTime(chain: Matrix, initial: Vector, f: Vector): Supremum {
  const reachable = reachableFrom(chain, initial);
  const largest = (g: Vector) => g.reduce((most, x, s) => (reachable[s] ? Math.max(most, x) : most), 0);
  let [p, g] = [initial, f];
  let least = expectation(p, f);
  let most = Math.max(least, largest(g));
  for (let t = 0; t < MOST_STEPS && most - least > CLOSED * most; t++) {
    const next = advance(p, chain);
    const moved = next.reduce((total, x, s) => total + Math.abs(x - p[s]), 0);
    least = Math.max(least, expectation(next, f));
    if (moved < AT_REST) return { least, most: least };
    p = next;
    const before = g;
    g = Float64Array.from(chain, (row) => expectation(row, before));
    most = Math.max(least, Math.min(most, largest(g)));
  }
  return { least, most };
}

function reachableFrom(chain: Matrix, initial: Vector): readonly boolean[] {
  const reached = Array.from(initial, (p) => p > 0);
  const open = reached.flatMap((yes, s) => (yes ? [s] : []));
  for (let s = open.pop(); s !== undefined; s = open.pop()) {
    chain[s].forEach((p, next) => {
      if (p > 0 && !reached[next]) {
        reached[next] = true;
        open.push(next);
      }
    });
  }
  return reached;
}
