import { describe, expect, test } from "vitest";
import { add, gate, mul, sub } from "../../../src/compute/operators.js";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { createTask, taskIds } from "../../../src/envs/index.js";
import type { NumberRow, Task, TaskGraphs, World } from "../../../src/mdp/task.js";
import { column } from "../../../src/mdp/task-graphs.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();

const failures = async (task: Task, ...more: [] | [policy: Parameters<typeof checkTask>[1]]) =>
  (await checkTask(task, more[0], { compute: compute() })).checks
    .filter((check) => !check.passed)
    .map(({ name, detail }) => `${name}: ${detail}`);

describe("every task of the catalogue passes", () => {
  // The claw's 3,000 control steps of 40 physics steps each take 4 s on an idle core.
  test.each(taskIds())("%s", { timeout: 120_000 }, async (id) => {
    expect(await failures(createTask(id))).toEqual([]);
  });

  test.each(["hopper", "walker2d", "half-cheetah", "inverted-pendulum"])("%s of the exact era", async (id) => {
    expect(await failures(createTask(id, { era: "exact" }))).toEqual([]);
  });

  test("and with a policy of the caller's", async () => {
    const balance = (s: NumberRow) => [2 * s[1] + 0.5 * s[3] + 0.1 * s[0] + 0.2 * s[2]];
    const report = await checkTask(createTask("inverted-pendulum"), balance, { steps: 2100 });
    expect(report.passed).toBe(true);
    expect(report.checks.find((check) => check.name === "horizon")!.detail).toMatch(/cut at 1000 steps/);
  });
});

/** A task with its worlds changed. */
const withWorld = (task: Task, change: (world: World) => Partial<World>): Task => ({
  ...task,
  createWorld: async () => {
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

describe("a broken task fails, in the check that is meant for it", () => {
  const hopper = createTask("hopper");
  const pointMass = createTask("point-mass");
  const cases: Record<string, readonly [check: string, task: Task]> = {
    "a reward of observations with another action cost": [
      "reward",
      { ...hopper, reward: (s, a, n) => hopper.reward(s, a, n) - 1e-4 * a[0] ** 2 },
    ],
    "a reward of the state before, not after": ["reward", { ...hopper, reward: (s, a) => hopper.reward(s, a, s) }],
    "a termination with another bound": ["termination", { ...hopper, isTerminal: (n) => !(Math.abs(n[1]) < 0.15) }],
    "no termination at all": ["termination", { ...hopper, isTerminal: () => false }],
    "a success of its own": ["success", { ...pointMass, isSuccess: (n) => n[0] > 0 }],
    "a rule of success that does not answer": [
      "success",
      { ...pointMass, episodeSuccess: () => undefined as unknown as boolean },
    ],
    "a distance to the goal below 0": ["goal error", { ...pointMass, goalError: { name: "x [m]", of: (s) => s[0] } }],
    "a reward that changes its arguments": [
      "purity",
      {
        ...pointMass,
        reward: (s, a, n) => {
          const paid = pointMass.reward(s, a, n);
          (n as Float64Array)[0] = 0;
          return paid;
        },
      },
    ],
    "bounds that the world leaves": [
      "observations",
      { ...hopper, observation: { ...hopper.observation, high: hopper.observation.high.map(() => 0.5) } },
    ],
    "an observation with a name too few": [
      "description",
      { ...hopper, observation: { ...hopper.observation, names: hopper.observation.names.slice(1) } },
    ],
    "a horizon that is not the world's": ["horizon", { ...pointMass, horizon: 30 }],
    "worlds that ignore the seed": [
      "seeding",
      withWorld(pointMass, (world) => ({ reset: () => world.reset({ seed: 7 }) })),
    ],
    "worlds with chance that no seed fixes": [
      "seeding",
      (() => {
        let count = 0;
        return withWorld(pointMass, (world) => ({ reset: () => world.reset({ seed: count++ }) }));
      })(),
    ],
    "states restored without the velocities": [
      "saved states",
      withWorld(hopper, (world) => ({ restoreState: (state) => world.restoreState(state.fill(0, 12, 18)) })),
    ],
    "states restored without the solver's warm start": [
      "saved states",
      withWorld(hopper, (world) => ({ restoreState: (state) => world.restoreState(state.slice().fill(0, 18)) })),
    ],
    "states restored without x of the step before": [
      "saved states",
      withWorld(hopper, (world) => ({ restoreState: (state) => world.restoreState(state.slice().fill(0, 4, 5)) })),
    ],
    "states restored without the number of the episode": [
      "saved states",
      withWorld(hopper, (world) => ({ restoreState: (state) => world.restoreState(state.slice().fill(90, 1, 2)) })),
    ],
    "steps that say terminal and cut at once": [
      "horizon",
      withWorld(hopper, (world) => ({
        step: (action) => {
          const step = world.step(action);
          return { ...step, truncated: step.terminated };
        },
      })),
    ],
    "one observation array used again and again": [
      "observations",
      withWorld(pointMass, (world) => {
        const shared = new Float64Array(6);
        const put = (observation: Float64Array) => {
          shared.set(observation);
          return shared;
        };
        return {
          reset: (options) => {
            const start = world.reset(options);
            return { ...start, observation: put(start.observation) };
          },
          step: (action) => {
            const step = world.step(action);
            return { ...step, observation: put(step.observation) };
          },
        };
      }),
    ],
    "worlds that take NaN for an action": [
      "actions",
      withWorld(pointMass, (world) => ({ step: (action) => world.step(Array.from(action, (a) => a || 0)) })),
    ],
    "worlds that wrap actions instead of clipping them": [
      "actions",
      withWorld(pointMass, (world) => ({
        step: (action) => world.step(Array.from(action, (a) => (Math.abs(a) > 1 ? 0 : a))),
      })),
    ],
    "rewards that are not numbers": [
      "reward",
      withWorld(pointMass, (world) => ({ step: (action) => ({ ...world.step(action), reward: Number.NaN }) })),
    ],
  };
  test.each(Object.keys(cases))("%s", async (title) => {
    const [check, task] = cases[title];
    expect((await failures(task)).map((line) => line.split(":")[0])).toContain(check);
  });

  const ofGraphs = (task: Task, changes: Partial<TaskGraphs>): Task => ({
    ...task,
    graphs: { ...task.graphs!, ...changes },
  });
  test.each<[string, Task, RegExp]>([
    [
      "another action cost",
      ofGraphs(hopper, { reward: (s, a, n) => sub(hopper.graphs!.reward!(s, a, n), mul(0.01, column(a, 0))) }),
      /graphs\.reward gives .*reward\(s, a, s'\) is .*same float32 numbers/,
    ],
    [
      "the state before for the one after",
      ofGraphs(hopper, { reward: (s, a) => hopper.graphs!.reward!(s, a, s) }),
      /graphs\.reward gives/,
    ],
    [
      "another limit",
      ofGraphs(hopper, { alive: (n) => gate(sub(column(n, 0), 1.2), 1) }),
      /graphs\.alive gives 0, isTerminal\(s', 0\) says false for s' = \[/,
    ],
    [
      "no margin",
      ofGraphs(hopper, { alive: (n) => hopper.graphs!.alive(n) }),
      /graphs\.alive gives 1, isTerminal\(s', 0\.25\) says true .* with a margin of 0\.25/,
    ],
    ["half an end", ofGraphs(hopper, { alive: (n) => mul(0.5, hopper.graphs!.alive(n)) }), /gives 0\.5 .* not 0 or 1/],
    [
      "numbers for no rows",
      ofGraphs(hopper, { alive: (n) => n }),
      /hopper-v2, graphs\.alive: gave a node of float32 \[rows, 12\] .*float32 \[rows\]: one number for each row/,
    ],
    ["nothing", ofGraphs(hopper, { reward: () => undefined as never }), /graphs\.reward: gave undefined/],
    [
      "room that ends elsewhere",
      ofGraphs(hopper, { room: (n) => sub(column(n, 0), 1.2) }),
      /graphs\.room is not above 0, isTerminal\(s', 0\) says false for s' = \[/,
    ],
    ["no end", { ...hopper, graphs: {} as TaskGraphs }, /graphs\.alive: is missing/],
  ])("graphs with %s", async (_, task, message) => {
    expect(await failures(task)).toEqual([expect.stringMatching(message)]);
  });

  const odd = [undefined, null, "yes", 0, 1, {}, Promise.resolve(true)].map((value) => value as unknown as boolean);
  test.each(odd)(
    "an end that world and observations agree on, but that is neither true nor false: %s",
    async (value) => {
      const agreeing = withWorld({ ...pointMass, isTerminal: () => value }, (world) => ({
        step: (action) => ({ ...world.step(action), terminated: value }),
      }));
      expect(await failures(agreeing)).toContainEqual(expect.stringMatching(/^termination: .* not true or false/));
    },
  );

  test.each(odd)("a cut that is neither true nor false: %s", async (value) => {
    const cut = withWorld(pointMass, (world) => ({
      step(action) {
        const step = world.step(action);
        return { ...step, truncated: step.truncated || value };
      },
    }));
    expect(await failures(cut)).toContainEqual(expect.stringMatching(/^horizon: .* not true or false/));
  });

  test.each(["0", true, [0]])("a reward that is as good as the world's, but no number: %s", async (value) => {
    const paid = Number(value);
    const alike = withWorld({ ...pointMass, reward: () => value as unknown as number }, (world) => ({
      step: (action) => ({ ...world.step(action), reward: paid }),
    }));
    expect(await failures(alike)).toContainEqual(expect.stringMatching(/^reward: .* not a number/));
  });

  test("and never throws: a world that cannot be made, and things that are no task", async () => {
    const noWorld: Task = { ...hopper, createWorld: () => Promise.reject(new Error("no simulator here")) };
    expect(await failures(noWorld)).toEqual([expect.stringMatching(/^world: none can be made.*no simulator here/)]);
    for (const nothing of [undefined, null, {}, { id: 3, createWorld: () => 5 }]) {
      expect((await checkTask(nothing as unknown as Task)).passed).toBe(false);
    }
  });
});

describe("the check of graphs", () => {
  const said = async (task: Task, engines = true) =>
    (await checkTask(task, undefined, { steps: 300, ...(engines && { compute: compute() }) })).checks.find(
      ({ name }) => name === "graphs",
    )!;
  const hopper = createTask("hopper");

  test("and says a fault that stops many checks once, as the caller describes it", async () => {
    const broken = withWorld(createTask("point-mass"), () => ({
      step: () => {
        throw new Error("no motor");
      },
    }));
    const describe = (error: unknown) => `at home: ${(error as Error).message}`;
    const { checks } = await checkTask(broken, undefined, { describe });
    const failed = checks.filter(({ passed }) => !passed);
    expect(failed.length).toBeGreaterThan(5);
    expect(failed[0]).toMatchObject({ name: "observations", detail: "at home: no motor" });
    for (const { detail } of failed.slice(1)) expect(detail).toBe("the same as observations");
  });

  test("counts what it compared", async () => {
    const detail =
      /reward equal, largest relative difference .*e-.*; alive .* on 600 transitions, \d+ of them terminal/;
    expect(await said(hopper)).toMatchObject({ passed: true, detail: expect.stringMatching(detail) });
  });

  test("says who can play a task without them, or without the reward's", async () => {
    const { graphs, ...without } = hopper;
    expect(await said(without)).toMatchObject({
      passed: true,
      detail: expect.stringMatching(/NPG, TRPO and PPO can play this task; the actor-critic cannot/),
    });
    const unpaid = await said({ ...hopper, graphs: { alive: graphs!.alive } });
    expect(unpaid).toMatchObject({ passed: true, detail: expect.stringMatching(/no reward: .* has to learn it/) });
    expect(await said(hopper, false)).toMatchObject({ passed: true, detail: expect.stringMatching(/no engine/) });
  });

  test("lets float32 fall on the other side of a limit and of a jump", async () => {
    // Every state stands on the limit, and on the jump of the reward, as far as float32 can tell.
    const limit = 0.1 + 1e-9;
    const reset = () => Float64Array.of(0.1, 0, 0, 0, 0, 0);
    const pointMass = createTask("point-mass");
    const task = withWorld(
      {
        ...pointMass,
        isTerminal: (n) => n[0] > limit,
        reward: (_, __, n) => (n[0] > limit ? 5 : 0),
        graphs: {
          alive: (n) => gate(sub(add(limit, 1e-7), column(n, 0)), 1),
          reward: (_, __, n) => gate(sub(column(n, 0), add(limit, 1e-7)), 5),
        },
      },
      (world) => ({
        step: (action) => ({ ...world.step(action), observation: reset(), reward: 0, terminated: false }),
      }),
    );
    expect(await said(task)).toMatchObject({ passed: true });
  });
});
