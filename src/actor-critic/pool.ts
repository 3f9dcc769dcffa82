import type { Rng } from "../random/rng.js";

/** Imagined states one after the other, and what became of them where somebody looked. */
export interface PoolRows {
  /** [rows, observation size]. */
  readonly states: Float32Array;
  /** u that was taken in each, [rows, action size]; empty where nobody looked. */
  readonly actions: Float32Array;
  /** The return of (s, u) as it was seen then, [rows]; empty where nobody looked. */
  readonly returns: Float32Array;
}

/** A ring of states from which updates begin: imagined by recent policies. */
export interface StatePool extends PoolRows {
  readonly capacity: number;
  /** Rows that hold a state. */
  readonly size: number;
  /** Row that the next state goes to. */
  readonly next: number;
}

/** @param actionSize 0 for a pool of states alone */
export const emptyPool = (capacity: number, observationSize: number, actionSize: number): StatePool => ({
  states: new Float32Array(capacity * observationSize),
  actions: new Float32Array(capacity * actionSize),
  returns: new Float32Array(actionSize === 0 ? 0 : capacity),
  capacity,
  size: 0,
  next: 0,
});

/** The pool with these rows in the place of its oldest. The pool itself stays as it was. */
export function withStates(pool: StatePool, fresh: PoolRows, observationSize: number): StatePool {
  const { capacity } = pool;
  const count = fresh.states.length / observationSize;
  const ring = (old: Float32Array, values: Float32Array) => {
    const width = old.length / capacity;
    const kept = old.slice();
    for (let i = Math.max(0, count - capacity); i < count; i++) {
      kept.set(values.subarray(i * width, (i + 1) * width), ((pool.next + i) % capacity) * width);
    }
    return kept;
  };
  return {
    states: ring(pool.states, fresh.states),
    actions: ring(pool.actions, fresh.actions),
    returns: ring(pool.returns, fresh.returns),
    capacity,
    size: Math.min(pool.size + count, capacity),
    next: (pool.next + count) % capacity,
  };
}

/** Rows of the pool, each with the same chance. Draws from rng. */
export const drawRows = ({ size }: StatePool, count: number, rng: Rng): Int32Array =>
  Int32Array.from({ length: count }, () => rng.integer(size));
