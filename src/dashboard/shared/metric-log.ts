import type { EndEvent, RunEvent, StartEvent, TaskChangeEvent } from "../../runs/events.js";

/** One number per iteration: name here, and where it stands in the line. */
export const SCALARS = {
  iteration: "iteration",
  samples: "samples",
  return: "evaluation.return.mean",
  returnStd: "evaluation.return.std",
  success: "evaluation.success",
  modelReturn: "model.return.mean",
  worldReturn: "world.return.mean",
  worldStd: "world.return.std",
  worldSuccess: "world.success",
  episodeLength: "world.episodeLength",
  gap: "gap",
  lossBefore: "model.freshLoss.before",
  lossAfter: "model.freshLoss.after",
  fitLoss: "model.fitLoss",
  gradientSteps: "model.gradientSteps",
  sampleSeconds: "seconds.sample",
  fitSeconds: "seconds.fit",
  improveSeconds: "seconds.improve",
  evaluateSeconds: "seconds.evaluate",
  totalSeconds: "seconds.total",
  updates: "actorCritic.updates",
  actorValue: "actorCritic.actorValue",
  value: "actorCritic.value",
  rangeLow: "actorCritic.range.0",
  rangeHigh: "actorCritic.range.1",
  criticLoss: "actorCritic.criticLoss",
  entropy: "actorCritic.entropy",
  targetEntropy: "actorCritic.targetEntropy",
  temperature: "actorCritic.temperature",
  alive: "actorCritic.alive",
  ended: "actorCritic.ended",
  disagreement: "actorCritic.disagreement",
  targetHorizon: "expansion.horizon",
  memberSpread: "mpc.memberSpread",
  planSpread: "mpc.spread",
  searchRounds: "mpc.rounds",
  valueExplained: "mpc.explainedVariance",
} as const;
export type Scalar = keyof typeof SCALARS;

/** A list of numbers per iteration: one per member, dimension or NPG step. */
export const LISTS = {
  memberReturns: "model.return.perMember",
  lossByDimension: "model.freshLossByDimension",
  targetWeights: "expansion.weights",
  targetSpreads: "expansion.spreads",
  kl: "policy.kl",
  stepLength: "policy.stepLength",
  cgResidual: "policy.cgResidual",
  surrogateGain: "policy.surrogateGain",
  entropy: "policy.entropy",
  stepReturns: "policy.modelReturn",
  explainedVariance: "value.explainedVariance",
} as const;
export type List = keyof typeof LISTS;

/** These may be null or absent with nothing being wrong. */
const MAY_BE_ABSENT: ReadonlySet<Scalar> = new Set([
  "return",
  "returnStd",
  "success",
  "worldSuccess",
  "targetEntropy",
  "rangeLow",
  "rangeHigh",
  "alive",
  "ended",
  "disagreement",
  "valueExplained",
]);
/** These are not there where there is no model: `model` is null. */
const OF_A_MODEL: ReadonlySet<Scalar> = new Set([
  "modelReturn",
  "gap",
  "lossBefore",
  "lossAfter",
  "fitLoss",
  "gradientSteps",
]);

/** Where a scalar stands, key by key. */
const PATHS = Object.entries(SCALARS).map(([name, path]) => [name as Scalar, path.split(".")] as const);
/** What one kind of policy player says alone: a line has it or does not. */
const OF_ONE_KIND: ReadonlySet<string> = new Set(["actorCritic", "expansion", "mpc"]);
/** These are not there where nothing is random on purpose; where they are, they are numbers. */
const OF_A_RANDOM_POLICY: ReadonlySet<Scalar> = new Set(["entropy", "temperature"]);

/** So many lines that cannot be used are kept, and so many numbers that are none: a file full of them fills no memory. */
export const KEPT = 1000;

/** What a line must say, by its type, for anything to be shown of it. */
const NEEDED: Readonly<Record<RunEvent["type"], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  start: { iteration: Number.isFinite, date: isText, version: isText },
  "task-change": { iteration: Number.isFinite, samples: Number.isFinite, options: (value) => value instanceof Object },
  iteration: { iteration: Number.isFinite, samples: Number.isFinite },
  end: {
    reason: (value) => (["finished", "interrupted", "failed"] as readonly unknown[]).includes(value),
    message: (value) => value === undefined || isText(value),
  },
};

function isText(value: unknown): boolean {
  return typeof value === "string";
}

const isType = (type: unknown): type is RunEvent["type"] => isText(type) && Object.hasOwn(NEEDED, type as string);

/** What an event of this type does not say; undefined where it says all that it must. */
function lackOf(event: unknown, type: RunEvent["type"]): string | undefined {
  const [lacking] = Object.entries(NEEDED[type]).find(([key, does]) => !does(at(event, key))) ?? [];
  return lacking === undefined
    ? undefined
    : `has no usable "${lacking}", which an event of the type ${short(type)} must have`;
}

/** A value as JSON, cut where it goes on and on. */
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Number n of a file's lines cannot be used. */
export interface BrokenLine {
  readonly line: number;
  readonly what: string;
}

/** An array that grows as it is written to. */
class Column {
  #data = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.#data.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.length++] = value;
  }

  /** What is in it: a view that does not grow along. */
  values(): Float64Array {
    return this.#data.subarray(0, this.length);
  }
}

/** Lists of differing length, one after the other. */
class RaggedColumn {
  readonly #values = new Column();
  readonly #starts = new Column();
  /** Length of the longest list. */
  width = 0;

  push(list: readonly unknown[]): void {
    this.#starts.push(this.#values.length);
    for (const x of list) this.#values.push(typeof x === "number" ? x : Number.NaN);
    this.width = Math.max(this.width, list.length);
  }

  /** The list of one iteration; a view. */
  row(i: number): Float64Array {
    const starts = this.#starts.values();
    return this.#values.values().subarray(starts[i], starts[i + 1] ?? this.#values.length);
  }

  /** Entry `j` of every list; NaN where a list is shorter. */
  entry(j: number): Float64Array {
    return Float64Array.from({ length: this.#starts.length }, (_, i) => this.row(i)[j] ?? Number.NaN);
  }
}

const at = (event: unknown, path: string): unknown => along(event, path.split("."));

function along(event: unknown, path: readonly string[]): unknown {
  let value: unknown = event;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/**
 * The lines of a `metrics.jsonl`, read once, as columns: whatever is drawn is a view of these arrays. Lines that are no
 * events are listed and passed over, so that one bad line hides nothing else.
 */
export class MetricLog {
  readonly #scalars = Object.fromEntries(Object.keys(SCALARS).map((name) => [name, new Column()])) as Record<
    Scalar,
    Column
  >;
  readonly #lists = Object.fromEntries(Object.keys(LISTS).map((name) => [name, new RaggedColumn()])) as Record<
    List,
    RaggedColumn
  >;
  readonly #elapsed = new Column();
  readonly starts: StartEvent[] = [];
  /** Where the task changed on the way. */
  readonly taskChanges: TaskChangeEvent[] = [];
  readonly broken: BrokenLine[] = [];
  /** Numbers that are missing where there should be one: JSON writes null for what is not a number. */
  readonly notNumbers: { readonly iteration: number; readonly what: string }[] = [];
  /** The last line, where it says that the run ended. */
  end: EndEvent | undefined;
  /** Whole lines read so far. */
  lines = 0;
  #seconds = 0;

  /** Reads whole lines: text that ends with a line's end. */
  add(text: string): void {
    for (const line of text.split("\n")) {
      if (line === "") continue;
      this.lines++;
      let event: unknown;
      try {
        event = JSON.parse(line);
      } catch {
        this.#leaveOut("is not JSON");
        continue;
      }
      this.#event(event);
    }
  }

  #event(event: unknown): void {
    const type = at(event, "type");
    this.end = undefined;
    const what = isType(type) ? lackOf(event, type) : `has the type ${short(type)}`;
    if (what !== undefined) this.#leaveOut(what);
    else if (type === "iteration") this.#iteration(event);
    else if (type === "start") this.starts.push(event as StartEvent);
    else if (type === "task-change") this.taskChanges.push(event as TaskChangeEvent);
    else this.end = event as EndEvent;
  }

  #leaveOut(what: string): void {
    if (this.broken.length < KEPT) this.broken.push({ line: this.lines, what });
  }

  #missing(iteration: number, what: string): void {
    if (this.notNumbers.length < KEPT) this.notNumbers.push({ iteration, what });
  }

  #iteration(event: unknown): void {
    const iteration = at(event, "iteration") as number;
    for (const [name, path] of PATHS) {
      const value = along(event, path);
      const usable = typeof value === "number";
      const isOthers =
        (OF_ONE_KIND.has(path[0]) && at(event, path[0]) === undefined) ||
        (OF_A_RANDOM_POLICY.has(name) && value === undefined) ||
        (OF_A_MODEL.has(name) && at(event, "model") === null);
      if (!usable && !isOthers && !MAY_BE_ABSENT.has(name)) this.#missing(iteration, SCALARS[name]);
      this.#scalars[name].push(usable ? value : Number.NaN);
    }
    for (const name of Object.keys(LISTS) as List[]) {
      const value = at(event, LISTS[name]);
      this.#lists[name].push(Array.isArray(value) ? value : []);
      if (Array.isArray(value) && value.includes(null)) this.#missing(iteration, LISTS[name]);
    }
    const seconds = at(event, SCALARS.totalSeconds);
    this.#seconds += typeof seconds === "number" ? seconds : 0;
    this.#elapsed.push(this.#seconds);
  }

  /** Iterations read so far. */
  get count(): number {
    return this.#elapsed.length;
  }

  /** A scalar of every iteration, [count]; NaN where there is none. */
  column(name: Scalar): Float64Array {
    return this.#scalars[name].values();
  }

  /** Wall time at the end of every iteration, s, [count]. */
  elapsed(): Float64Array {
    return this.#elapsed.values();
  }

  /** Whether a model plays in this run, as far as it is known; before the first line it may. */
  get hasModel(): boolean {
    return this.count === 0 || this.last("gradientSteps") >= 0;
  }

  /** J(π, W) over at most the H steps of an imagined rollout, [count]: what J(π, M) compares with. */
  worldAsImagined(): Float64Array {
    const gap = this.column("gap");
    return this.column("modelReturn").map((promise, i) => promise - gap[i]);
  }

  /** A list of one iteration, by its place from 0. */
  list(name: List, i: number): Float64Array {
    return this.#lists[name].row(i);
  }

  /** Entry `j` of a list of every iteration, [count]. */
  listEntry(name: List, j: number): Float64Array {
    return this.#lists[name].entry(j);
  }

  /** Length of the longest list of this name. */
  listWidth(name: List): number {
    return this.#lists[name].width;
  }

  /** A list of every iteration as points (x, y): entry j of K in iteration k stands at k − 1 + (j + 1)/K. */
  steps(name: List): { readonly x: Float64Array; readonly y: Float64Array } {
    const [x, y] = [new Column(), new Column()];
    const iteration = this.column("iteration");
    for (let i = 0; i < this.count; i++) {
      const row = this.list(name, i);
      for (let j = 0; j < row.length; j++) {
        x.push(iteration[i] - 1 + (j + 1) / row.length);
        y.push(row[j]);
      }
    }
    return { x: x.values(), y: y.values() };
  }

  /** The last iteration whose scalar is a number, from 0; −1 where none is. */
  last(name: Scalar): number {
    const values = this.column(name);
    for (let i = values.length - 1; i >= 0; i--) if (!Number.isNaN(values[i])) return i;
    return -1;
  }
}
