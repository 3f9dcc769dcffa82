/** An episode that goes on where a gathering stopped: what its next steps and its scores need. */
export interface UnderWay {
  /** The world's saved state (`World.saveState`). */
  readonly world: Float64Array;
  /** s, [observation size]. */
  readonly observation: Float32Array;
  /** Steps so far. */
  readonly steps: number;
  /** Sum of rewards so far, and within the first H steps. */
  readonly total: number;
  readonly headTotal: number;
  /** Whether each state counted as success, [steps]. */
  readonly successes: Uint8Array;
  /** Sum of the goal errors of the states so far, and the last; NaN where the task has none. */
  readonly errorTotal: number;
  readonly errorLast: number;
  /** What the actor keeps of the episode (`Actor.memory`: a plan); absent where it keeps nothing. */
  readonly memory?: Float32Array;
}

/**
 * The buffer D: real samples as columns, in the order in which they were gathered, and the episode that is under way.
 * A value: none of its rows ever changes. Values share rows with those they were made from.
 */
export interface Experience {
  readonly observationSize: number;
  readonly actionSize: number;
  /** Rows that are kept. */
  readonly size: number;
  /** Real samples in the run so far; the newest row is sample `gathered` − 1, counted from 0. */
  readonly gathered: number;
  /** Episodes begun so far. */
  readonly episodes: number;
  /** s, [size, observation size]. */
  readonly observations: Float32Array;
  /** a as executed (clipped to the action box), [size, action size]. */
  readonly actions: Float32Array;
  /**
   * u as the policy drew it, in units of the half-width of the action box and unclipped: the log-likelihood is that of these,
   * [size, action size]. Absent where no player asks for them (`emptyExperience`).
   */
  readonly drawn?: Float32Array;
  /** s′, [size, observation size]. */
  readonly next: Float32Array;
  /** R(s, a, s′), [size]. */
  readonly rewards: Float64Array;
  /** 1 where s′ is terminal (value 0), as opposed to cut or going on, [size]. */
  readonly terminal: Uint8Array;
  /** Number of the episode in the run, from 0, [size]. */
  readonly episode: Int32Array;
  /** Null where the last episode has ended, or was cut for good. */
  readonly underWay: UnderWay | null;
}

/** One real step. */
export interface ExperienceRow {
  readonly observation: ArrayLike<number>;
  readonly action: ArrayLike<number>;
  /** Needed where D keeps draws; else left out of it. */
  readonly drawn?: ArrayLike<number>;
  readonly next: ArrayLike<number>;
  readonly reward: number;
  readonly terminal: boolean;
  readonly episode: number;
}

type Columns = Pick<Experience, "observations" | "actions" | "drawn" | "next" | "rewards" | "terminal" | "episode">;

/** Rows behind a view, with room for more. */
interface Store {
  readonly columns: Columns;
  readonly capacity: number;
  /** Rows written; a view that ends here may be appended to in place. */
  end: number;
  /** Where the view's rows begin. */
  start: number;
}
const stores = new WeakMap<Experience, Store>();

const noRows = (n: number, m: number, draws: boolean, capacity: number): Columns => ({
  observations: new Float32Array(capacity * n),
  actions: new Float32Array(capacity * m),
  ...(draws && { drawn: new Float32Array(capacity * m) }),
  next: new Float32Array(capacity * n),
  rewards: new Float64Array(capacity),
  terminal: new Uint8Array(capacity),
  episode: new Int32Array(capacity),
});

/** Rows from…to of columns, as views. */
const between = (columns: Columns, n: number, m: number, from: number, to: number): Columns => ({
  observations: columns.observations.subarray(from * n, to * n),
  actions: columns.actions.subarray(from * m, to * m),
  ...(columns.drawn && { drawn: columns.drawn.subarray(from * m, to * m) }),
  next: columns.next.subarray(from * n, to * n),
  rewards: columns.rewards.subarray(from, to),
  terminal: columns.terminal.subarray(from, to),
  episode: columns.episode.subarray(from, to),
});

/** D before its first sample. @param draws whether it keeps what the policy drew beside what was executed */
export function emptyExperience(observationSize: number, actionSize: number, draws = false): Experience {
  const columns = noRows(observationSize, actionSize, draws, 0);
  return { observationSize, actionSize, size: 0, gathered: 0, episodes: 0, ...columns, underWay: null };
}

/**
 * D ∪ D_k, without what is older than the newest `bufferSize` samples. Takes time in the number of fresh rows, but for
 * a copy each time that the rows have doubled, or where D itself was appended to before.
 *
 * @param fresh in the order in which they were gathered; their episodes go on from `D.episodes`
 */
export function appended(
  data: Experience,
  fresh: readonly ExperienceRow[],
  bufferSize: number,
  underWay: UnderWay | null = null,
): Experience {
  const { observationSize: n, actionSize: m } = data;
  const size = Math.min(data.size + fresh.length, bufferSize);
  const kept = Math.max(0, size - fresh.length);
  const known = stores.get(data);
  let store: Store;
  if (known !== undefined && known.end === known.start + data.size && known.end + fresh.length <= known.capacity) {
    store = { ...known, start: known.end - kept };
    known.end = -1; // the rows behind it are another's now
  } else {
    const capacity = 2 * (kept + fresh.length);
    const columns = noRows(n, m, data.drawn !== undefined, capacity);
    const old = between(data, n, m, data.size - kept, data.size);
    for (const key of Object.keys(columns) as (keyof Columns)[]) columns[key]!.set(old[key]!);
    store = { columns, capacity, start: 0, end: kept };
  }
  for (const row of fresh) write(store, row, n, m);
  store.start = store.end - size;
  const last = fresh[fresh.length - 1];
  const grown: Experience = {
    observationSize: n,
    actionSize: m,
    size,
    gathered: data.gathered + fresh.length,
    episodes: last === undefined ? data.episodes : Math.max(data.episodes, last.episode + 1),
    ...between(store.columns, n, m, store.start, store.end),
    underWay,
  };
  stores.set(grown, store);
  return grown;
}

function write(store: Store, row: ExperienceRow, n: number, m: number): void {
  const { columns, end: at } = store;
  columns.observations.set(row.observation, at * n);
  columns.actions.set(row.action, at * m);
  columns.drawn?.set(row.drawn!, at * m);
  columns.next.set(row.next, at * n);
  columns.rewards[at] = row.reward;
  columns.terminal[at] = row.terminal ? 1 : 0;
  columns.episode[at] = row.episode;
  store.end++;
}

/** The newest `count` rows of D, or all where there are fewer. */
export function newest(data: Experience, count: number): Experience {
  const { observationSize: n, actionSize: m, size } = data;
  const from = Math.max(0, size - count);
  return { ...data, size: size - from, ...between(data, n, m, from, size) };
}

/** The rows of D that were gathered after so many samples of the run. */
export const gatheredSince = (data: Experience, samples: number): Experience =>
  newest(data, Math.max(0, data.gathered - samples));
