import { type Node, sameShape, showShape } from "../compute/node.js";
import { ConfigError, ShapeError, WorldError } from "../errors/errors.js";
import { shown } from "../errors/requirement.js";
import type { NumberRow, Space, Task, TaskGraphs, World, WorldStep } from "./task.js";

/** Calls of each function whose arguments are compared before and after. */
const WATCHED_CALLS = 100;
const checked = new WeakSet<Task>();

/**
 * The same task with every answer of its code checked as it comes: a text for a number, a promise for a yes or a no, or
 * no observation at all would not fail where they are made, but give a run that means nothing. The numbers are the same.
 *
 * @throws {ConfigError} where spaces, horizon or input factors cannot be
 * @throws {WorldError} (from its functions and worlds) where an answer is not what it must be
 */
export function checkedTask(task: Task): Task {
  if (checked.has(task)) return task;
  checkParts(task);
  const { id, graphs, isSuccess, episodeSuccess, goalError } = task;
  let drawnIn: number | undefined;
  const terminal = watched(id, "isTerminal", (next) => task.isTerminal(next, drawnIn));
  const same: Task = {
    ...task,
    reward: watched(id, "reward", (s, a, next) => numberFrom(id, "reward", task.reward(s, a, next))),
    isTerminal(next, margin) {
      drawnIn = margin;
      return booleanFrom(id, "isTerminal", terminal(next));
    },
    ...(graphs && { graphs: checkedGraphs(id, graphs) }),
    ...(isSuccess && {
      isSuccess: watched(id, "isSuccess", (next) => booleanFrom(id, "isSuccess", isSuccess.call(task, next))),
    }),
    ...(episodeSuccess && {
      episodeSuccess: (successes) => booleanFrom(id, "episodeSuccess", episodeSuccess.call(task, successes)),
    }),
    ...(goalError && {
      goalError: {
        name: goalError.name,
        of: watched(id, "goalError.of", (s) => finiteFrom(id, "goalError.of", goalError.of(s))),
      },
    }),
    createWorld: async () => checkedWorld(task, await task.createWorld()),
  };
  checked.add(same);
  return same;
}

/**
 * The same graphs, each of whose answers is a node of one number for each row.
 *
 * @throws {ConfigError} where a function is missing or none
 * @throws {ShapeError} (from the functions) where an answer is something else
 */
export function checkedGraphs(id: string, graphs: TaskGraphs): TaskGraphs {
  const needed = (name: keyof TaskGraphs, isNeeded: boolean) => {
    const given: unknown = graphs?.[name];
    if (typeof given === "function" || (given === undefined && !isNeeded)) return;
    const what = given === undefined ? "is missing" : `must be a function, got ${described(given)}`;
    throw new ConfigError(`task ${id}, graphs.${name}`, what, "Give a function of nodes, or no graphs at all");
  };
  needed("alive", true);
  needed("reward", false);
  needed("room", false);
  return {
    ...(graphs.reward && {
      reward: (s, a, next) => nodeFrom(id, "graphs.reward", graphs.reward!(s, a, next), next),
    }),
    alive: (next, margin) => nodeFrom(id, "graphs.alive", graphs.alive(next, margin), next),
    ...(graphs.room && { room: (next) => nodeFrom(id, "graphs.room", graphs.room!(next), next) }),
  };
}

function nodeFrom(id: string, from: string, given: Node, next: Node): Node {
  const rows = next.shape.slice(0, -1);
  const isNode =
    typeof given === "object" && given !== null && Array.isArray(given.shape) && Array.isArray(given.inputs);
  if (isNode && given.dtype === "float32" && sameShape(given.shape, rows)) return given;
  throw new ShapeError(
    `${id}, ${from}`,
    `gave ${isNode ? `a node of ${given.dtype} ${showShape(given.shape)}` : described(given)} for s' of ${showShape(next.shape)}`,
    `Give a node of float32 ${showShape(rows)}: one number for each row`,
  );
}

/** A copy of a row of numbers; undefined where something else came. */
export function numbersOf(given: unknown): Float64Array | undefined {
  const row = given as ArrayLike<unknown> | null | undefined;
  if (typeof row !== "object" || row === null || typeof row.length !== "number") return undefined;
  const numbers = Array.from(row);
  return numbers.every((x) => typeof x === "number") ? Float64Array.from(numbers) : undefined;
}

/** What came, for people: its kind where the value alone would not say it. */
function described(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  if (typeof value === "bigint") return `the BigInt ${value}`;
  if (typeof value === "string") return `the text ${shown(value)}`;
  return typeof value === "function" ? "a function" : shown(value);
}

const wrong = (id: string, from: string, value: unknown, mend: string): never => {
  throw new WorldError(`${id}, ${from}`, `gave ${described(value)}`, mend);
};

function numberFrom(id: string, from: string, value: unknown): number {
  return typeof value === "number" ? value : wrong(id, from, value, "Give a number");
}

function finiteFrom(id: string, from: string, value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : wrong(id, from, value, "Give a finite number");
}

function booleanFrom(id: string, from: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return wrong(
    id,
    from,
    value,
    value instanceof Promise ? "Make it synchronous: give true or false" : "Give true or false",
  );
}

/** A function of rows whose first calls must leave their arguments as they are. */
function watched<A>(id: string, from: string, body: (...rows: readonly NumberRow[]) => A): (...rows: NumberRow[]) => A {
  let calls = 0;
  return (...rows) => {
    if (calls >= WATCHED_CALLS) return body(...rows);
    calls++;
    const before = rows.map((row) => Float64Array.from(row));
    const answer = body(...rows);
    rows.forEach((row, i) => {
      for (let j = 0; j < before[i].length; j++) {
        if (Object.is(row[j], before[i][j])) continue;
        throw new WorldError(
          `${id}, ${from}`,
          `changed entry ${j} of argument ${i + 1} from ${before[i][j]} to ${row[j]}`,
          "Copy an argument before you change it",
        );
      }
    });
    return answer;
  };
}

function checkParts(task: Task): void {
  const { id } = task;
  const refuse = (part: string, what: string, mend: string): never => {
    throw new ConfigError(`task ${id}, ${part}`, what, mend);
  };
  for (const [name, { size, names, low, high }] of [
    ["observation", task.observation],
    ["action", task.action],
  ] as readonly (readonly [string, Space])[]) {
    for (const [list, values] of Object.entries({ names, low, high })) {
      if (values?.length !== size) refuse(name, `${list} must have ${shown(size)} entries`, "Give one for each entry");
    }
    const crossed = names.findIndex((_, i) => !(low[i] < high[i]));
    if (crossed >= 0)
      refuse(name, `${names[crossed]} has the range ${low[crossed]} … ${high[crossed]}`, "low must be below high");
  }
  const { low, high, names } = task.action;
  const open = names.findIndex((_, i) => !Number.isFinite(high[i] - low[i]));
  if (open >= 0) refuse("action", `${names[open]} is not bounded`, "Give the range of every motor");
  if (!(Number.isInteger(task.horizon) && task.horizon > 0))
    refuse("horizon", `must be a whole number of steps, got ${shown(task.horizon)}`, "Change it");
  if (!(task.controlStep > 0 && Number.isFinite(task.controlStep)))
    refuse("controlStep", `must be a positive time in seconds, got ${shown(task.controlStep)}`, "Change it");
  const scale = task.policyInputScale;
  const usable = (x: unknown) => typeof x === "number" && Number.isFinite(x) && x !== 0;
  if (scale !== undefined && !(scale?.length === task.observation.size && Array.from(scale).every(usable))) {
    refuse(
      "policyInputScale",
      `must be ${task.observation.size} finite numbers other than 0, got ${shown(scale)}`,
      "Give one factor for each entry of the observation, or leave it out",
    );
  }
}

const FUNCTIONS = ["reset", "step", "saveState", "restoreState", "close"] as const;

function checkedWorld({ id, observation: { size }, isSuccess }: Task, world: World): World {
  const lacks =
    typeof world !== "object" || world === null ? "" : FUNCTIONS.find((key) => typeof world[key] !== "function");
  if (lacks === "") return wrong(id, "createWorld", world, "Give a world");
  if (lacks !== undefined)
    throw new WorldError(`${id}, createWorld`, `gave a world without the function ${lacks}`, "Add it");
  const seen = (from: string, given: unknown): Float64Array => {
    const row = numbersOf(given);
    if (row === undefined) return wrong(id, from, given, "Give an observation: a row of numbers");
    if (row.length !== size)
      throw new WorldError(
        id,
        `${from} gave an observation of ${row.length} numbers`,
        `Give ${size}, one for each of the observation's names`,
      );
    return row;
  };
  const info = (from: string, given: { readonly info?: WorldStep["info"] }): WorldStep["info"] => {
    const said = given.info ?? {};
    if (isSuccess !== undefined && typeof said.success !== "boolean")
      return wrong(id, `${from}, info.success`, said.success, "Give true or false: the task defines isSuccess");
    return said;
  };
  const answered = <A extends object>(from: string, answer: A): A =>
    typeof answer === "object" && answer !== null ? answer : wrong(id, from, answer, "Give an object, as `World` says");
  return {
    reset(options) {
      const start = answered("reset", world.reset(options));
      return { observation: seen("reset", start.observation), info: info("reset", start) };
    },
    step(action) {
      const step = answered("step", world.step(action));
      return {
        observation: seen("step", step.observation),
        reward: numberFrom(id, "step, reward", step.reward),
        terminated: booleanFrom(id, "step, terminated", step.terminated),
        truncated: booleanFrom(id, "step, truncated", step.truncated),
        info: info("step", step),
      };
    },
    ...(world.announce && { announce: (action: NumberRow) => world.announce!(action) }),
    saveState() {
      const state: unknown = world.saveState();
      return state instanceof Float64Array ? state : wrong(id, "saveState", state, "Give a Float64Array");
    },
    restoreState: (state) => world.restoreState(state),
    ...(world.pull && { pull: (...given: Parameters<NonNullable<World["pull"]>>) => world.pull!(...given) }),
    ...(world.contacts && { contacts: () => world.contacts!() }),
    ...(world.goal && { goal: () => world.goal!() }),
    ...(world.moveGoal && { moveGoal: (goal: NumberRow) => world.moveGoal!(goal) }),
    close: () => world.close(),
  };
}
