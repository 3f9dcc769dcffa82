/** How a trajectory ended: in a terminal state, whose value is 0, or cut, where the next state still has a value. */
export const TERMINAL = 1;
export const CUT = 0;

/**
 * Trajectories of a batch of episodes played in step, in W or in M alike. Rows lie step by step: all episodes'
 * first steps, then the second steps of those still going, and so on. `actions` are samples of the policy in
 * units of the half-width of the action box, unclipped: the log-likelihood is theirs.
 */
export interface Rollouts {
  /** Number of rows. */
  readonly size: number;
  /** s, [size, observation size]. */
  readonly observations: Float32Array;
  /** a, [size, action size]. */
  readonly actions: Float32Array;
  /** R(s, a, s′), [size]. */
  readonly rewards: Float64Array;
  /** Which trajectory a row belongs to, [size]. */
  readonly trajectory: Int32Array;
  /** First row of each step and, last, `size`. */
  readonly stepStarts: readonly number[];
  /** Number of trajectories. */
  readonly count: number;
  /** The state after the last action of each trajectory, [count, observation size]. */
  readonly lastObservations: Float32Array;
  /** `TERMINAL` or `CUT`, [count]. */
  readonly outcomes: Uint8Array;
  /** Steps of each trajectory, [count]. */
  readonly lengths: Int32Array;
  /** Undiscounted sum of rewards of each trajectory, [count]. */
  readonly returns: Float64Array;
}

/** What one action did to each episode of a batch. */
export interface BatchStep {
  /** Sampled actions, normalised and unclipped, [rows, action size]. */
  readonly actions: Float32Array;
  /** s′, [rows, observation size]. */
  readonly next: Float32Array;
  /** [rows] */
  readonly rewards: ArrayLike<number>;
  /** Whether s′ is terminal, [rows]. */
  readonly terminal: ArrayLike<boolean>;
  /** Whether the world itself cut the episode here, [rows]; absent: never. */
  readonly cut?: ArrayLike<boolean>;
}

/**
 * A batch of episodes under way with a policy, in the world or in a model of it: the two differ in `step` alone
 * (section 2.1).
 */
export interface Episodes {
  /** s of the episodes still going, [rows, observation size]. */
  readonly observations: Float32Array;
  readonly observationSize: number;
  readonly actionSize: number;
  /** Lets the policy act once in every episode still going; `noise` [rows, action size] is standard normal. */
  step(noise: Float32Array): Promise<BatchStep>;
  /** Goes on with these rows only, from s′ of the last step; the rest have ended. */
  keep(rows: readonly number[], next: Float32Array): void;
}

/** Grows as it is written to. */
class Column<A extends Float32Array | Float64Array | Int32Array> {
  #data: A;
  length = 0;

  constructor(data: A) {
    this.#data = data;
  }

  append(values: ArrayLike<number>): void {
    const needed = this.length + values.length;
    if (needed > this.#data.length) {
      const larger = new (this.#data.constructor as new (n: number) => A)(Math.max(needed, 2 * this.#data.length));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(values, this.length);
    this.length = needed;
  }

  values(): A {
    return this.#data.subarray(0, this.length) as A;
  }
}

/**
 * Plays all episodes to their end or to `horizon` steps. Finished episodes leave the batch, so that early
 * in training a step costs little.
 *
 * @param noise standard normals for the episodes still going: trajectory numbers in, [rows, action size] out
 */
export async function rollOut(
  episodes: Episodes,
  horizon: number,
  noise: (trajectories: readonly number[]) => Float32Array,
): Promise<Rollouts> {
  const { observationSize, actionSize } = episodes;
  const count = episodes.observations.length / observationSize;
  const observations = new Column(new Float32Array(count * observationSize * 16));
  const actions = new Column(new Float32Array(count * actionSize * 16));
  const rewards = new Column(new Float64Array(count * 16));
  const trajectory = new Column(new Int32Array(count * 16));
  const lastObservations = new Float32Array(count * observationSize);
  const outcomes = new Uint8Array(count).fill(CUT);
  const lengths = new Int32Array(count);
  const returns = new Float64Array(count);
  const stepStarts = [0];
  let going = Array.from({ length: count }, (_, i) => i);
  for (let t = 0; t < horizon && going.length > 0; t++) {
    observations.append(episodes.observations);
    const step = await episodes.step(noise(going));
    actions.append(step.actions);
    rewards.append(step.rewards);
    trajectory.append(going);
    stepStarts.push(trajectory.length);
    const kept: number[] = [];
    for (let row = 0; row < going.length; row++) {
      const episode = going[row];
      lengths[episode]++;
      returns[episode] += step.rewards[row];
      const isCut = step.cut?.[row] ?? false;
      if (step.terminal[row] || isCut || t === horizon - 1) {
        lastObservations.set(
          step.next.subarray(row * observationSize, (row + 1) * observationSize),
          episode * observationSize,
        );
      }
      if (step.terminal[row]) outcomes[episode] = TERMINAL;
      else if (!isCut) kept.push(row);
    }
    if (t < horizon - 1) episodes.keep(kept, step.next);
    going = kept.map((row) => going[row]);
  }
  return {
    size: trajectory.length,
    observations: observations.values(),
    actions: actions.values(),
    rewards: rewards.values(),
    trajectory: trajectory.values(),
    stepStarts,
    count,
    lastObservations,
    outcomes,
    lengths,
    returns,
  };
}

/** The rows of a table […, width] with these numbers, as a new table. */
export function takeRows(table: Float32Array, rows: readonly number[], width: number): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i] * width;
    for (let j = 0; j < width; j++) taken[i * width + j] = table[start + j];
  }
  return taken;
}

/** Tables one after the other, as a new one. */
export function joined<A extends Float32Array | Float64Array | Int32Array>(parts: readonly A[]): A {
  const length = parts.reduce((total, part) => total + part.length, 0);
  const whole = new (parts[0]!.constructor as new (length: number) => A)(length);
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
