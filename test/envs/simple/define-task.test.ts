import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Node } from "../../../src/compute/node.js";
import { add, constant, mul, neg, square, sub } from "../../../src/compute/operators.js";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { defineTask, type TaskDefinition } from "../../../src/envs/simple/define-task.js";
import { ConfigError, WorldError } from "../../../src/errors/errors.js";
import type { Task, TaskGraphs } from "../../../src/mdp/task.js";
import { absolute, aliveWithin, column } from "../../../src/mdp/task-graphs.js";
import { evaluate } from "../../support/interpreter.js";
import { useCompute } from "../../support/use-compute.js";

/** Double integrator: x¨ = a. */
const cart: TaskDefinition = {
  id: "cart-v0",
  observation: { names: ["position [m]", "velocity [m/s]"] },
  action: { names: ["acceleration [m/s²]"], low: [-1], high: [1] },
  horizon: 20,
  controlStep: 0.1,
  reward: (_, action, next) => -(next[0] ** 2) - 0.1 * action[0] ** 2,
  isTerminal: (next) => Math.abs(next[0]) > 0.8,
  dynamics: {
    start: (rng) => [rng.uniform() - 0.5, 0],
    step: ([x, v], [a]) => [x + 0.1 * v, v + 0.1 * a],
  },
};

test("a task of one's own passes the checks", async () => {
  const report = await checkTask(defineTask(cart));
  expect(report.checks.filter((check) => !check.passed)).toEqual([]);
});

test("success of episodes and distance to the goal reach the task", async () => {
  const own: Partial<TaskDefinition> = {
    isSuccess: (next) => Math.abs(next[0]) < 0.05,
    episodeSuccess: (successes) => successes.every(Boolean),
    goalError: { name: "distance to 0 [m]", of: (s) => Math.abs(s[0]) },
  };
  const task = defineTask({ ...cart, ...own });
  expect([0.04, -0.06].map((x) => task.isSuccess!([x, 0]))).toEqual([true, false]);
  expect(
    [
      [true, true],
      [true, false],
    ].map((flags) => task.episodeSuccess!(flags)),
  ).toEqual([true, false]);
  expect([task.goalError!.name, task.goalError!.of([-3, 0])]).toEqual(["distance to 0 [m]", 3]);
  const { checks } = await checkTask(task);
  expect(checks.filter((check) => !check.passed)).toEqual([]);
  expect(checks.find(({ name }) => name === "goal error")!.detail).toMatch(/^distance to 0 \[m\]: .* … 0\./);
});

test("what is left out is filled in", () => {
  const { isTerminal: _, ...rest } = cart;
  const task = defineTask(rest);
  expect(task).toMatchObject({ title: "cart-v0", options: {}, observation: { size: 2, low: [-Infinity, -Infinity] } });
  expect(task.isTerminal([5, 5])).toBe(false);
});

describe("graphs", () => {
  const compute = useCompute();
  const { isTerminal: _, ...endless } = cart;
  const graphs: TaskGraphs = {
    reward: (_s, a, next) => neg(add(square(column(next, 0)), mul(0.1, square(column(a, 0))))),
    alive: (next) => aliveWithin(sub(0.8, absolute(column(next, 0))), next),
  };
  const rows = (...list: readonly (readonly number[])[]): Node => constant(list.flat(), [list.length, list[0].length]);
  const numbers = (node: Node) => Array.from(evaluate([node], new Map())[0].data);

  test("reach the task, and agree with its numbers", async () => {
    const { checks } = await checkTask(defineTask({ ...cart, graphs }), undefined, { compute: compute() });
    expect(checks.filter((check) => !check.passed)).toEqual([]);
    expect(checks.find(({ name }) => name === "graphs")!.detail).toMatch(/^reward equal.* [1-9]\d* of them terminal/);
    expect(defineTask(cart).graphs).toBeUndefined();
  });

  test("of a task that never ends are there by themselves: 1 for every state, and the reward only where it is given", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double(), fc.double()), { minLength: 1, maxLength: 5 }),
        fc.option(fc.double({ min: 0, max: 1 }), { nil: undefined }),
        fc.constantFrom({}, { graphs: {} }, { graphs: { reward: graphs.reward! } }),
        (states, margin, given) => {
          const task = defineTask({ ...endless, ...given });
          expect(numbers(task.graphs!.alive(rows(...states), margin))).toEqual(states.map(() => 1));
          expect(task.graphs!.reward !== undefined).toBe("graphs" in given && "reward" in given.graphs);
          expect(states.map((s) => task.isTerminal(s, margin))).toEqual(states.map(() => false));
        },
      ),
    ));

  test("give what the numbers give, whatever the row", () =>
    fc.assert(
      fc.property(fc.tuple(...Array.from({ length: 5 }, () => fc.double({ min: -2, max: 2, noNaN: true }))), (row) => {
        const [s, a, next] = [row.slice(0, 2), row.slice(2, 3), row.slice(3)];
        const task = defineTask({ ...cart, graphs });
        expect(numbers(task.graphs!.reward!(rows(s), rows(a), rows(next)))[0]).toBeCloseTo(task.reward(s, a, next), 12);
        expect(numbers(task.graphs!.alive(rows(next)))).toEqual([task.isTerminal(next) ? 0 : 1]);
      }),
    ));
});

describe("a definition is refused that has", () => {
  test.each<[string, object, RegExp]>([
    ["an unknown key", { isTerminated: () => false }, /Did you mean "isTerminal"/],
    ["no reward", { reward: undefined }, /task\.reward: must be a function, it is missing/],
    ["a reward that is no function", { reward: 3 }, /must be a function, got number/],
    ["an id without version", { id: "cart" }, /Use small letters and a version/],
    ["half a step of horizon", { horizon: 0.5 }, /horizon: must be a whole number/],
    ["no time between actions", { controlStep: 0 }, /must be a positive time/],
    ["unbounded actions", { action: { names: ["a"] } }, /low and high must be finite/],
    ["too many bounds", { action: { names: ["a"], low: [-1, -1], high: [1, 1] } }, /must be 1 numbers, got \[-1,-1\]/],
    ["crossed bounds", { action: { names: ["a"], low: [1], high: [-1] } }, /has the range 1 … -1/],
    ["the same name twice", { observation: { names: ["x", "x"] } }, /a name of its own/],
    ["no names", { observation: {} }, /a name of its own/],
    ["a scale of the wrong size", { policyInputScale: [1] }, /must be 2 finite numbers/],
    ["no moving part", { dynamics: undefined }, /neither dynamics nor createWorld/],
    ["a rule of success without success", { episodeSuccess: () => true }, /episodeSuccess: came without isSuccess/],
    ["a distance without a name", { goalError: { of: () => 0 } }, /needs a name and a function/],
    [
      "graphs without the end that it has",
      { graphs: { reward: () => 1 } },
      /graphs: came without alive.*has isTerminal/,
    ],
    ["graphs with an unknown key", { graphs: { isAlive: () => 1 } }, /graphs\.isAlive: .*Did you mean "alive"/],
    ["graphs that are no functions", { graphs: { alive: 1 } }, /graphs\.alive: must be a function, got 1/],
    ["two moving parts", { createWorld: () => 1 }, /both dynamics and createWorld/],
    ["half a moving part", { dynamics: { start: () => [0, 0] } }, /start and step/],
  ])("%s", (_, change, message) => {
    const definition = { ...cart, ...change } as TaskDefinition;
    expect(() => defineTask(definition)).toThrow(ConfigError);
    expect(() => defineTask(definition)).toThrow(message);
  });

  test("no object at all", () => {
    expect(() => defineTask(undefined as unknown as TaskDefinition)).toThrow(ConfigError);
  });
});

describe("a world of dynamics refuses", () => {
  const world = (dynamics: TaskDefinition["dynamics"] & object) => defineTask({ ...cart, dynamics }).createWorld();
  test("a state that is not finite", async () => {
    const broken = await world({ start: () => [0, 0], step: () => [Number.NaN, 0] });
    broken.reset();
    expect(() => broken.step([0])).toThrow(WorldError);
  });
  test("an observation of the wrong size", async () => {
    const broken = await world({ start: () => [0, 0, 0], step: (state) => state });
    expect(() => broken.reset()).toThrow(/must give 2 numbers, gave 3/);
  });
  test.each([[null], [undefined], ["12"]])("an observation that is %o", async (seen) => {
    const broken = await world({ start: () => [0, 0], step: (state) => state, observe: () => seen as never });
    expect(() => broken.reset()).toThrow(WorldError);
    expect(() => broken.reset()).toThrow(/cart-v0\.observe: gave .*Give a row of numbers/);
  });
  test("to step before the first reset", async () => {
    const fresh = await world({ start: () => [0, 0], step: (state) => state });
    expect(() => fresh.step([0])).toThrow(/before the first reset/);
  });
});

test("examples/my-task.mjs defines a task that passes the checks", async () => {
  // The example imports the built package; here its text runs on the sources instead.
  const text = readFileSync(new URL("../../../examples/my-task.mjs", import.meta.url), "utf8")
    .replace('import { defineTask } from "stackelberg";', "")
    .replace("export default", "return");
  const task: Task = new Function("defineTask", text)(defineTask);
  const report = await checkTask(task);
  expect(report.checks.filter((check) => !check.passed)).toEqual([]);
  expect(report.checks.find(({ name }) => name === "horizon")!.detail).toMatch(/episodes cut at 200 steps/);
});
