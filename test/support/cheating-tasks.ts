import * as fc from "fast-check";
import { defineTask, type TaskDefinition } from "../../src/envs/simple/define-task.js";
import type { Task, World } from "../../src/mdp/task.js";

/** What a function may give that it must not, by the kind of what it should. */
const NO_NUMBER = [undefined, null, "1", "x", 5n, {}, [1], true, Promise.resolve(1), Number.NaN] as const;
const NO_BOOLEAN = [undefined, null, "yes", 1, 0, {}, Promise.resolve(true)] as const;
const NO_ROW = [
  undefined,
  null,
  "12",
  5,
  {},
  [1, "2"],
  [1],
  [1, 2, 3],
  [1, Number.NaN],
  Promise.resolve([1, 2]),
] as const;
const NO_OBJECT = [undefined, null, 3, "world", {}, []] as const;

type Change = (task: Task) => Task;
const inWorld =
  (change: (world: World) => Partial<World>): Change =>
  (task) => ({
    ...task,
    async createWorld() {
      const world = await task.createWorld();
      const kept: World = {
        reset: (options) => world.reset(options),
        step: (action) => world.step(action),
        saveState: () => world.saveState(),
        restoreState: (state) => world.restoreState(state),
        close: () => world.close(),
      };
      return { ...kept, ...change(world) };
    },
  });
const never = <T>(value: unknown) => value as T;

/** Ways to cheat: name, and what it does to a task. */
export const CHEATS: readonly { readonly name: string; readonly change: Change }[] = [
  ...NO_NUMBER.map((value) => ({
    name: `reward gives ${String(value)}`,
    change: (task: Task): Task => ({ ...task, reward: () => never(value) }),
  })),
  ...NO_BOOLEAN.flatMap((value) => [
    {
      name: `isTerminal gives ${String(value)}`,
      change: (task: Task): Task => ({ ...task, isTerminal: () => never(value) }),
    },
    {
      name: `isSuccess gives ${String(value)}`,
      change: (task: Task): Task => ({ ...task, isSuccess: () => never(value) }),
    },
    {
      name: `episodeSuccess gives ${String(value)}`,
      change: (task: Task): Task => ({ ...task, isSuccess: () => false, episodeSuccess: () => never(value) }),
    },
    { name: `step says of success ${String(value)}`, change: successful({ success: value }) },
    { name: `step says terminated ${String(value)}`, change: stepped("terminated", value) },
    { name: `step says truncated ${String(value)}`, change: stepped("truncated", value) },
  ]),
  ...NO_NUMBER.flatMap((value) => [
    { name: `step pays ${String(value)}`, change: stepped("reward", value) },
    {
      name: `goalError gives ${String(value)}`,
      change: (task: Task): Task => ({ ...task, goalError: { name: "x [m]", of: () => never(value) } }),
    },
  ]),
  ...NO_ROW.flatMap((value) => [
    { name: `step observes ${String(value)}`, change: stepped("observation", value) },
    {
      name: `reset observes ${String(value)}`,
      change: inWorld(() => ({ reset: () => ({ observation: never(value), info: {} }) })),
    },
  ]),
  ...NO_OBJECT.flatMap((value) => [
    { name: `step gives ${String(value)}`, change: inWorld(() => ({ step: () => never(value) })) },
    { name: `reset gives ${String(value)}`, change: inWorld(() => ({ reset: () => never(value) })) },
    {
      name: `createWorld gives ${String(value)}`,
      change: (task: Task): Task => ({ ...task, createWorld: async () => never(value) }),
    },
  ]),
  ...[undefined, {}].map((info) => ({
    name: `step has no word of success in ${JSON.stringify(info)}`,
    change: successful(info),
  })),
  ...[5, {}, { alive: 1 }, { alive: (n: unknown) => n, reward: 3 }].map((graphs) => ({
    name: `graphs are ${JSON.stringify(graphs)}`,
    change: (task: Task): Task => ({ ...task, graphs: never(graphs) }),
  })),
  ...(["reward", "isTerminal", "isSuccess"] as const).map((name) => ({
    name: `${name} changes its arguments`,
    change: (task: Task): Task => ({
      ...task,
      isSuccess: () => false,
      [name]: (...rows: { [i: number]: number }[]) => {
        for (const row of rows) if (typeof row === "object") row[0] = 7.5;
        return name === "reward" ? 0 : false;
      },
    }),
  })),
  ...[[0, 0], [1], [1, Number.NaN], ["1", 1]].map((scale) => ({
    name: `policyInputScale is ${String(scale)}`,
    change: (task: Task): Task => ({ ...task, policyInputScale: never(scale) }),
  })),
  ...[
    [-1, -1],
    [1, -1],
    [-1, Number.POSITIVE_INFINITY],
    [Number.NaN, 1],
  ].map(([low, high]) => ({
    name: `the action goes from ${low} to ${high}`,
    change: (task: Task): Task => ({ ...task, action: { ...task.action, low: [low], high: [high] } }),
  })),
  ...[0, 1.5, -1, Number.NaN, "10"].map((horizon) => ({
    name: `the horizon is ${String(horizon)}`,
    change: (task: Task): Task => ({ ...task, horizon: never(horizon) }),
  })),
];

/** A task with success, whose steps say this instead. */
function successful(info: object | undefined): Change {
  return (task) => ({
    ...inWorld((world) => ({
      reset: (options) => ({ ...world.reset(options), info: { success: false } }),
      step: (action) => ({ ...world.step(action), info: never(info) }),
    }))(task),
    isSuccess: () => false,
  });
}

function stepped(key: "observation" | "reward" | "terminated" | "truncated", value: unknown): Change {
  return inWorld((world) => ({ step: (action) => ({ ...world.step(action), [key]: never(value) }) }));
}

const HONEST: TaskDefinition = {
  id: "honest-v0",
  observation: { names: ["x", "v"] },
  action: { names: ["a"], low: [-1], high: [1] },
  horizon: 12,
  controlStep: 0.1,
  reward: (_, __, next) => -(next[0] ** 2),
  isTerminal: () => false,
  dynamics: {
    start: (rng) => [rng.normal(), 0],
    step: ([x, v], [a]) => [x + 0.1 * v, 0.9 * v + 0.1 * a],
  },
};

/** A task that keeps all its promises, as an object that nothing has checked yet. */
export const honestTask = (): Task => ({ ...defineTask(HONEST) });

/** One to three ways to cheat at once. */
export const cheatingTasks = fc
  .uniqueArray(fc.constantFrom(...CHEATS), { minLength: 1, maxLength: 3, selector: ({ name }) => name })
  .map((cheats) => ({
    names: cheats.map(({ name }) => name),
    // A world that is none comes last: the others change what a world does.
    task: [...cheats]
      .sort((a, b) => Number(a.name.startsWith("createWorld")) - Number(b.name.startsWith("createWorld")))
      .reduce((task, { change }) => change(task), honestTask()),
  }));
