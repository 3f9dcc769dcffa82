import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { type GymServerOptions, PYTHON } from "../../src/bridges/gym/gym-server.js";
import { gymTask, isGymName } from "../../src/bridges/gym/gym-task.js";
import { checkTask } from "../../src/envs/check/check-task.js";
import { rollOut } from "../../src/mdp/rollouts.js";
import type { Task, World } from "../../src/mdp/task.js";
import { worldEpisodes } from "../../src/mdp/world-episodes.js";
import { hasGymnasium, python } from "../support/gymnasium.js";
import { type AnyPatch, type Played, playAll, TINY } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const workerUrl = new URL("../../dist/bridges/channel-worker.js", import.meta.url);
const FAKE = {
  command: process.execPath,
  args: [fileURLToPath(new URL("../support/fake-gym-server.mjs", import.meta.url))],
  workerUrl,
};
const fake = (id = "Walk-v0", options: Readonly<Record<string, string>> = {}, more: GymServerOptions = {}) =>
  gymTask(`gym:${id}`, options, { ...FAKE, ...more });

const bits = (run: readonly Played[]) => run.map(({ metrics, snapshot }) => ({ metrics, snapshot }));

/** Steps a world with the action 0.5 until the third step. */
async function third(task: Task): Promise<unknown> {
  const world = await task.createWorld();
  world.reset({ seed: 1 });
  world.step([0.5]);
  world.step([0.5]);
  return world.step([0.5]);
}

describe("an environment of Gymnasium as a task", () => {
  test("has the spaces, the longest episode and the threshold that the environment has; what is no bound is none", () => {
    const task = fake();
    expect(task.observation).toEqual({
      size: 2,
      names: ["x", "steps"],
      low: [-Infinity, -Infinity],
      high: [Infinity, 5],
    });
    expect(task.action).toEqual({ size: 1, names: ["push"], low: [-2], high: [2] });
    expect([task.id, task.horizon, task.solvedReturn, task.mustLearn]).toEqual(["gym:Walk-v0", 8, 6, true]);
    expect(["gym:Hopper-v5", "hopper", "./gym:x.mjs"].map(isGymName)).toEqual([true, false, false]);
  });

  test("keeps the promises that it makes", async () => {
    const { checks } = await checkTask(fake(), undefined, { steps: 40 });
    expect(checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([]);
  });

  test("takes options as what they mean in JSON, and is seeded", async () => {
    const plays = async (options: Readonly<Record<string, string>>, seed: number) => {
      const world = await fake("Walk-v0", options).createWorld();
      const { observation } = world.reset({ seed });
      return [...observation, ...world.step([1]).observation];
    };
    expect(await plays({}, 30)).toEqual([0.15, 0, 0.35, 0.5]);
    expect(await plays({ scale: "2" }, 30)).toEqual([0.15, 0, 0.55, 0.5]);
    expect(await plays({}, 31)).not.toEqual(await plays({}, 30));
  });

  test("clips actions to its box before they reach the environment", async () => {
    const world = await fake().createWorld();
    world.reset({ seed: 0 });
    expect(world.step([50]).observation[0]).toBe(0.4);
  });

  test("steps announced worlds in one call, each by its own action; others alone", async () => {
    const task = fake();
    const worlds: World[] = await Promise.all([0, 1, 2].map(() => task.createWorld()));
    for (const [i, world] of worlds.entries()) world.reset({ seed: 20 * i });
    for (const [i, world] of worlds.entries()) world.announce!([i]);
    const together = worlds.map((world, i) => world.step([i]));
    expect(together.map(({ reward }) => reward)).toEqual([3, 3, 3]);
    expect(together.map(({ observation }) => observation[0])).toEqual([0, 0.1 + 0.2, 0.2 + 0.4]);
    expect(worlds[1].step([1]).reward).toBe(1);
    worlds[0].announce!([1]);
    worlds[0].reset({ seed: 0 });
    expect(worlds[2].step([0]).reward).toBe(1); // a reset takes back what was announced
  });

  test("tells an end from a cut, also where the world cuts before its longest episode", async () => {
    const task = fake("Short-v0");
    const worlds = await Promise.all([0, 1].map(() => task.createWorld()));
    // In units of half the box: the second one walks out of it in two steps.
    const act = async ({ length }: Float32Array) => (length === 4 ? Float32Array.of(0, 1) : Float32Array.of(0));
    const played = await rollOut(
      worldEpisodes(task, worlds, [{ seed: 0 }, { seed: 60 }], { act }),
      task.horizon,
      (going) => new Float32Array(going.length),
    );
    expect([...played.lengths]).toEqual([6, 2]);
    expect([...played.outcomes]).toEqual([0, 1]);
  });

  test("goes on in a new process after its last world was closed", async () => {
    const task = fake();
    const world = await task.createWorld();
    world.close();
    world.close();
    const other = await task.createWorld();
    expect([...other.reset({ seed: 30 }).observation]).toEqual([0.15, 0]);
  });

  test("says in one line what is not there", () => {
    expect(() => fake("Wlk-v0")).toThrow(/^gym:Wlk-v0: cannot be made: .*Did you mean: `Walk`\. /);
    expect(() => fake("Discrete-v0")).toThrow("cannot be played: its actions are Discrete(2), not a Box");
    expect(() => fake("Lost-v0")).toThrow(/Gymnasium cannot be imported by .* \(No module named 'gymnasium'\)/);
    expect(() => fake("Endless-v0")).toThrow("has no longest episode. Give one: --task-option max_episode_steps=1000");
    expect(() => fake("Walk-v0", {}, { command: "/nowhere/python3" })).toThrow(
      `there is no program /nowhere/python3. Install Python 3 and Gymnasium, or name another interpreter in ${PYTHON}`,
    );
  });

  test("says in one line what broke in the middle, with the last words of the process", async () => {
    await expect(third(fake("Crash-v0"))).rejects.toThrow(
      /^gym:Crash-v0: its Python process ended with exit code 7 in step; its last lines: loading the robot \| Segmentation fault of the fake\./,
    );
    await expect(third(fake("Raise-v0"))).rejects.toThrow(
      "its environment failed in step: ValueError: the robot is gone. Look at robot.py:12",
    );
    await expect(third(fake("Garbled-v0"))).rejects.toThrow(/"hello from print\(\)", not one of JSON-RPC 2\.0/);
    await expect(third(fake("Silent-v0", {}, { patience: 6000 }))).rejects.toThrow(
      /no answer to (step|make) within 6 s/,
    );
    const world = await fake().createWorld();
    expect(() => world.saveState()).toThrow("its states cannot be saved");
    expect(() => fake().isTerminal([0, 0])).toThrow("gym:Walk-v0, isTerminal: is not known as a function");
  });
});

describe("a run in an environment of Gymnasium", () => {
  const settingsOf = (algorithm: "pal" | "sac" | "mbpo", task: Task, patch: AnyPatch = {}) => {
    const groups = resolveSettings({ algorithm, task, patches: [patch] });
    const own = Object.fromEntries(Object.entries(TINY).filter(([group]) => group in groups));
    return resolveSettings({ algorithm, task, patches: [own, patch] });
  };

  test.each([
    ["pal", {}],
    ["pal", { players: { policy: "actor-critic", model: "gaussian-ensemble" } }],
    ["pal", { players: { policy: "cem", model: "ensemble" } }],
    ["mbpo", {}],
    ["sac", {}],
  ] as const)("of %s with %o learns reward and ends, and resumes bit for bit", async (algorithm, patch) => {
    const task = fake();
    const settings = settingsOf(algorithm, task, patch);
    const setup = { algorithm, task, settings, seed: 1, compute: compute(), clock: () => 0 };
    const unbroken = await playAll(setup, 3);
    expect(unbroken.map(({ state }) => state.data.underWay)).toEqual([null, null, null]);
    const { tensors, meta } = unbroken[0].snapshot;
    const resume = { tensors, meta: JSON.parse(JSON.stringify(meta)) };
    expect(bits(await playAll({ ...setup, resume }, 2))).toEqual(bits(unbroken.slice(1)));
  });

  test("refuses settings that need what it does not have", () => {
    const task = fake();
    expect(() => settingsOf("pal", task, { data: { wholeEpisodes: false } })).toThrow(
      /^data\.wholeEpisodes: is off, but/,
    );
    expect(() => settingsOf("pal", task, { model: { learnReward: false } })).toThrow(
      /^players\.model: .*does not learn it/,
    );
  });

  test("stops with one line where a number is none", async () => {
    const task = fake("Nan-v0");
    const setup = { algorithm: "pal" as const, task, settings: settingsOf("pal", task), seed: 1, compute: compute() };
    await expect(playAll(setup, 1)).rejects.toThrow(/^gym:Nan-v0: step gave observation \[NaN, 1\]/);
  });
});

describe.skipIf(!hasGymnasium)(`Gymnasium itself (skipped where ${python} cannot import it)`, () => {
  test("Pendulum-v1 keeps the promises of a task", async () => {
    const { checks } = await checkTask(gymTask("gym:Pendulum-v1", {}, { workerUrl }), undefined, { steps: 450 });
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("an unknown environment is refused in Gymnasium's words", () => {
    expect(() => gymTask("gym:Pendlum-v1", {}, { workerUrl })).toThrow(/Did you mean: `Pendulum`/);
  });
});
