import { describe, expect, test } from "vitest";
import { changesInForce, stageAt, stagedPool, taskStages } from "../../src/agents/task-changes.js";
import { createTask } from "../../src/envs/index.js";
import { ConfigError } from "../../src/errors/errors.js";
import type { Task } from "../../src/mdp/task.js";
import { samplesOf } from "../support/experience.js";
import { lineTask, PUSH } from "../support/line-task.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();

/** The line with another push, as an option. */
const remake = ({ push = "1" }: Readonly<Record<string, string>>): Task =>
  lineTask({
    options: { push },
    isTerminal: () => false,
    dynamics: {
      start: (rng) => [2 * rng.uniform() - 1, 2 * rng.uniform() - 1],
      step: ([x, goal], [a]) => [x + Number(push) * PUSH * a, goal],
    },
  });
const line = remake({});

describe("the tasks of a run", () => {
  test("are the task, and what each change makes of the one before", async () => {
    const stages = await taskStages(createTask("reacher-7dof", { goals: "0,0,0.1" }), {
      changes: [
        { atSamples: 10, options: { forearm: "1.2" } },
        { atSamples: 20, options: { goals: "0.1,0,0" } },
      ],
    });
    expect(stages.map(({ options }) => options)).toEqual([
      { forearm: "1", goals: "0,0,0.1" },
      { forearm: "1.2", goals: "0,0,0.1" },
      { forearm: "1.2", goals: "0.1,0,0" },
    ]);
  });

  test.each<[string, Task, Record<string, string>, RegExp]>([
    ["an unknown option", createTask("reacher-7dof"), { forarm: "1.2" }, /forarm: there is no such option.*"forearm"/],
    [
      "a value out of bounds",
      createTask("reacher-7dof"),
      { forearm: "12" },
      /forearm: must be a number from 0\.5 to 2/,
    ],
    [
      "what is so already",
      createTask("reacher-7dof"),
      { forearm: "1" },
      /task\.changes\.0\.options: .* changes nothing/,
    ],
  ])("refuse a change with %s", async (_, task, options, message) => {
    const asked = taskStages(task, { changes: [{ atSamples: 10, options }] });
    await expect(asked).rejects.toThrow(ConfigError);
    await expect(asked).rejects.toThrow(message);
  });

  test.each<[string, Partial<Task>]>([
    ["observation", { observation: { ...line.observation, high: [1, 1] } }],
    ["action", { action: { ...line.action, names: ["pull"] } }],
    ["horizon", { horizon: 13 }],
    ["control step", { controlStep: 0.2 }],
  ])("refuse a change of the %s", async (part, other) => {
    const stages = taskStages(line, { changes: [{ atSamples: 1, options: { push: "2" } }] }, (options) => ({
      ...remake(options),
      ...other,
    }));
    await expect(stages).rejects.toThrow(`changes the ${part} of line-v0, which must stay the same within a run`);
  });

  test("change at the first iteration that begins with so many samples", () => {
    const changes = [10, 20].map((atSamples) => ({ atSamples, options: {} }));
    expect([0, 9, 10, 19, 20, 99].map((samples) => changesInForce(changes, samples))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("have worlds of their own, and those of the task before are closed", async () => {
    const log: string[] = [];
    const logged = (name: string): Task => ({
      ...line,
      createWorld: async () => {
        const world = await line.createWorld();
        world.close = () => log.push(`${name} closed`);
        log.push(`${name} made`);
        return world;
      },
    });
    const pool = stagedPool([logged("one"), logged("two")]);
    await pool.worlds(1);
    pool.enter(0);
    await pool.worlds(1);
    pool.enter(1);
    await pool.worlds(1);
    pool.close();
    expect(log).toEqual(["one made", "one closed", "two made", "two closed"]);
  });
});

describe.each(["pal", "mal"] as const)("a run of %s whose task changes", (algorithm) => {
  const changes = [
    { atSamples: 60, options: { push: "-2" } },
    { atSamples: 100, options: { push: "0.5" } },
  ];
  const setup = (task: { readonly changes: typeof changes }) => ({
    ...tinySetup(algorithm, line, compute(), { task }),
    remakeTask: remake,
  });

  test("is the unchanged run until then; then samples and evaluation are those of the changed task", async () => {
    const [plain, changed] = [await playAll(setup({ changes: [] })), await playAll(setup({ changes }))];
    const before = changed.findIndex(({ metrics }) => metrics.samples >= 60) + 1;
    expect(changed.slice(0, before)).toEqual(plain.slice(0, before));
    expect(changed[before].metrics.evaluation).not.toEqual(plain[before].metrics.evaluation);
    let samples = 0;
    for (const { metrics, state } of changed) {
      const push = [1, -2, 0.5][changesInForce(changes, samples)];
      const fresh = samplesOf(state.data).filter(({ index }) => index >= samples);
      expect(fresh.length).toBeGreaterThan(0);
      for (const { observation, action, next } of fresh)
        expect(next[0] - observation[0]).toBeCloseTo(push * PUSH * action[0], 5);
      samples = metrics.samples;
    }
  });

  test("says so once, with the first iteration that was played with it", async () => {
    const run = await playAll(setup({ changes }));
    const starts = run.map((_, i) => (i === 0 ? 0 : run[i - 1].metrics.samples));
    for (const change of changes) {
      const first = starts.findIndex((samples) => samples >= change.atSamples);
      expect(run.map(({ taskChanges }) => taskChanges.some(({ atSamples }) => atSamples === change.atSamples))).toEqual(
        run.map((_, k) => k === first),
      );
    }
  });

  test("resumed from any snapshot goes on as the unbroken run, bit for bit", async () => {
    const unbroken = await playAll(setup({ changes }));
    for (const [i, { snapshot }] of unbroken.slice(0, -1).entries())
      expect(await playAll({ ...setup({ changes }), resume: snapshot })).toEqual(unbroken.slice(i + 1));
  });
});

test("the reward of imagined steps is that of the changed task", async () => {
  const far = (options: Readonly<Record<string, string>>): Task => ({
    ...line,
    options,
    reward: (...args) => line.reward(...args) - (options.push === "2" ? 1000 : 0),
  });
  const run = await playAll({
    ...tinySetup("pal", line, compute(), { task: { changes: [{ atSamples: 1, options: { push: "2" } }] } }),
    remakeTask: far,
  });
  const [first, second] = run.map(({ metrics }) => metrics.model!.return.mean);
  expect(first).toBeGreaterThan(-1000);
  expect(second).toBeLessThan(-7000); // 8 imagined steps at −1000 each
});

describe("tasks in turn", () => {
  test("are each the task with the options of its turn", async () => {
    const turns = [{ goals: "0,0,0.1" }, { goals: "0,0,-0.1", forearm: "1.2" }];
    const stages = await taskStages(createTask("reacher-7dof"), { changes: [], turns });
    expect(stages.map(({ options }) => options)).toEqual([
      { forearm: "1", goals: "0,0,0.1" },
      { forearm: "1.2", goals: "0,0,-0.1" },
    ]);
  });

  test.each<[string, Record<string, string>[], RegExp]>([
    ["the same task twice", [{ push: "1" }, {}], /task\.turns\.1: .* is the task of turn 0 again: push=1/],
    ["an unknown value", [{ push: "much" }], /changes the horizon/],
  ])("refuse %s", async (_, turns, message) => {
    const odd = (options: Readonly<Record<string, string>>): Task =>
      options.push === "much" ? { ...line, horizon: 13 } : remake(options);
    await expect(taskStages(remake({ push: "1" }), { changes: [], turns }, odd)).rejects.toThrow(message);
  });

  test("come again and again, each for its iterations", () => {
    const course = { changes: [], turns: [{}, {}, {}], turnIterations: 2 };
    expect(Array.from({ length: 8 }, (_, k) => stageAt(course, k, 99))).toEqual([0, 0, 1, 1, 2, 2, 0, 0]);
  });

  test("have no more worlds open at once than one task's evaluation takes", async () => {
    let [open, most] = [0, 0];
    const counted = (options: Readonly<Record<string, string>>): Task => {
      const task = remake(options);
      return {
        ...task,
        createWorld: async () => {
          const world = await task.createWorld();
          const close = world.close.bind(world);
          most = Math.max(most, ++open);
          world.close = () => {
            open--;
            close();
          };
          return world;
        },
      };
    };
    const turns = [{ push: "1" }, { push: "-2" }, { push: "3" }];
    await playAll({ ...tinySetup("pal", line, compute(), { task: { turns } }), remakeTask: counted });
    expect([open, most]).toEqual([0, 1 + 3]); // the one that gathers, and those of `evaluation.episodes`
  });
});

describe.each(["pal", "mal"] as const)("a run of %s on tasks in turn", (algorithm) => {
  const turns = [{ push: "1" }, { push: "-2" }];
  const setup = () => ({ ...tinySetup(algorithm, line, compute(), { task: { turns } }), remakeTask: remake });

  test("plays the next of them in each iteration, with one model and one buffer", async () => {
    const run = await playAll(setup());
    for (const [k, { state, taskChanges }] of run.entries()) {
      const before = k === 0 ? 0 : run[k - 1].metrics.samples;
      const fresh = samplesOf(state.data).filter(({ index }) => index >= before);
      expect(fresh.length).toBeGreaterThan(0);
      for (const { observation, action, next } of fresh)
        expect(next[0] - observation[0]).toBeCloseTo((k % 2 === 0 ? 1 : -2) * PUSH * action[0], 5);
      expect(taskChanges).toEqual([]);
    }
  });

  test("is judged by all of them, and by each", async () => {
    for (const { metrics } of await playAll(setup())) {
      const { return: all, success, turns: each } = metrics.evaluation!;
      expect(each!.map(({ options }) => options)).toEqual([{ push: "1" }, { push: "-2" }]);
      expect(all.episodes).toBe(each![0].return.episodes + each![1].return.episodes);
      expect(all.mean).toBeCloseTo((each![0].return.mean + each![1].return.mean) / 2, 10);
      expect(success).toBeCloseTo((each![0].success! + each![1].success!) / 2, 10);
    }
  });

  test("resumed from any snapshot goes on as the unbroken run, bit for bit", async () => {
    const unbroken = await playAll(setup());
    for (const [i, { snapshot }] of unbroken.slice(0, -1).entries())
      expect(await playAll({ ...setup(), resume: snapshot })).toEqual(unbroken.slice(i + 1));
  });
});
