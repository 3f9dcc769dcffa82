import type { Rng } from "../random/rng.js";

/** A ring of states from which updates begin: imagined by recent policies, [capacity, observation size]. */
export interface StatePool {
  readonly states: Float32Array;
  readonly capacity: number;
  /** Rows that hold a state. */
  readonly size: number;
  /** Row that the next state goes to. */
  readonly next: number;
}

export const emptyPool = (capacity: number, observationSize: number): StatePool => ({
  states: new Float32Array(capacity * observationSize),
  capacity,
  size: 0,
  next: 0,
});

/** The pool with these states in the place of its oldest, [count, observation size]. The pool itself stays as it was. */
export function withStates(pool: StatePool, fresh: Float32Array, observationSize: number): StatePool {
  const { capacity } = pool;
  const count = fresh.length / observationSize;
  const states = pool.states.slice();
  for (let i = Math.max(0, count - capacity); i < count; i++) {
    const row = (pool.next + i) % capacity;
    states.set(fresh.subarray(i * observationSize, (i + 1) * observationSize), row * observationSize);
  }
  return {
    states,
    capacity,
    size: Math.min(pool.size + count, capacity),
    next: (pool.next + count) % capacity,
  };
}

/** Rows of the pool, each with the same chance. Draws from rng. */
export const drawRows = ({ size }: StatePool, count: number, rng: Rng): Int32Array =>
  Int32Array.from({ length: count }, () => rng.integer(size));
