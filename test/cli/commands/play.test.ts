import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainActor } from "../../../src/agents/record.js";
import { createTask } from "../../../src/envs/index.js";
import type { Replay } from "../../../src/mdp/replay.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { readGif } from "../../support/gif.js";
import { cli, jsonLines } from "../support/harness.js";

const SMALL = ["--size", "48x36", "--fps", "10"];
const replayIn = (directory: string) => JSON.parse(readFileSync(join(directory, "replay.json"), "utf8")) as Replay;

/** A directory with a run of the fake trainer in `r`; its policy, which the fake computes not, pushes with all its might. */
async function trained(...more: string[]) {
  const cwd = temporaryDirectory();
  await cli(["train", "pal", "point-mass", "--samples", "400", "--out", "r", ...more], { cwd });
  const asked: { iteration: number; stochastic: boolean }[] = [];
  const parts: NonNullable<Parameters<typeof cli>[1]["parts"]> = {
    snapshotActor: async (_engine, { snapshot }, stochastic) => {
      asked.push({ iteration: snapshot.meta.iteration, stochastic });
      return { act: () => [1, 1], begin: () => {}, release: async () => {} };
    },
  };
  return { cwd, parts, asked };
}

describe("a task", () => {
  test("is played with random actions, and what happened is written as data, a still and a film", async () => {
    const cwd = temporaryDirectory();
    const line = ["play", "point-mass", "--episodes", "2", "--seed", "7", ...SMALL];
    const { code, out, err } = await cli(line, { cwd });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^point-mass-v0, random policy\n {2}seed 7: return -[\d.]+ in 25 steps, to the horizon, no success\n/,
    );
    const directory = join(cwd, "play", "point-mass-v0");
    expect(readdirSync(directory).sort()).toEqual(["episode.gif", "replay.json", "still.png"]);

    const { format, task, policy, scene, episodes } = replayIn(directory);
    expect([format, task.id, policy]).toEqual(["stackelberg-replay-1", "point-mass-v0", "random"]);
    expect(episodes.map(({ seed }) => seed)).toEqual([7, 8]);
    const ball = scene!.bodies.indexOf("ball");
    for (const { observations, poses } of episodes) {
      poses!.forEach((row, t) => {
        expect(row[7 * ball]).toBeCloseTo(observations[t][0], 4);
        expect(row[7 * ball + 1]).toBeCloseTo(observations[t][1], 4);
      });
    }

    const png = readFileSync(join(directory, "still.png"));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([48, 36]);
    const film = readGif(readFileSync(join(directory, "episode.gif")));
    expect([film.width, film.height]).toEqual([48, 36]);
    // Two episodes of 1.25 s at 10 pictures a second: 13 and the last state of each.
    expect(film.stays).toEqual([...new Array(13).fill(10), 60, ...new Array(13).fill(10), 60]);
    expect(film.frames[0]).not.toEqual(film.frames[10]);
    expect(film.frames[0]).not.toEqual(film.frames[14]);
  });

  test("gives the same files for the same line, in the next directory that is free", async () => {
    const cwd = temporaryDirectory();
    const line = ["play", "point-mass", "--policy", "zero", "--no-gif", ...SMALL];
    await cli(line, { cwd });
    const [result] = jsonLines((await cli([...line, "--json"], { cwd })).out) as [Record<string, unknown>];
    expect(result).toMatchObject({
      out: join("play", "point-mass-v0-2"),
      files: ["replay.json", "still.png"],
      task: "point-mass-v0",
      policy: "zero",
      episodes: [{ seed: 0, length: 25, success: false, end: "cut" }],
    });
    for (const file of ["replay.json", "still.png"]) {
      const [one, other] = ["point-mass-v0", "point-mass-v0-2"].map((name) =>
        readFileSync(join(cwd, "play", name, file)),
      );
      expect(one).toEqual(other);
    }
    expect(
      replayIn(join(cwd, "play", "point-mass-v0"))
        .episodes[0].actions.flat()
        .every((a) => a === 0),
    ).toBe(true);
  });

  test("is seen from where one wants, at the step one wants", async () => {
    const cwd = temporaryDirectory();
    const still = async (name: string, ...more: string[]) => {
      const { code } = await cli(["play", "hopper", "--no-gif", "--out", name, ...SMALL, ...more], { cwd });
      expect(code).toBe(0);
      return readFileSync(join(cwd, name, "still.png"));
    };
    const usual = await still("a");
    expect(await still("b", "--view=20,40")).not.toEqual(usual);
    expect(await still("c", "--at", "0")).not.toEqual(usual);
  });

  test("has no step after its last", async () => {
    const cwd = temporaryDirectory();
    const { code, err } = await cli(["play", "hopper", "--no-gif", "--at", "9999", ...SMALL], { cwd });
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^--at: must be at most \d+, the steps of the first episode/),
    ]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("is played though a directory of its name is there, as long as that holds no run", async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, "hopper"));
    expect(await cli(["play", "hopper", "--no-gif", ...SMALL], { cwd })).toMatchObject({ code: 0 });
  });

  test("that does not say what it looks like leaves a replay, and that is said", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(
      join(cwd, "bare.mjs"),
      `const space = { size: 1, names: ["x"], low: [-1], high: [1] };
      export default { id: "bare-v0", title: "bare", options: {}, observation: space, action: space, horizon: 3, controlStep: 1,
        reward: () => 0, isTerminal: () => false,
        createWorld: async () => ({ reset: () => ({ observation: Float64Array.of(0), info: {} }),
          step: () => ({ observation: Float64Array.of(0), reward: 1, terminated: false, truncated: false, info: {} }),
          saveState: () => new Float64Array(1), restoreState() {}, close() {} }) };`,
    );
    const { code, out, err } = await cli(["play", "./bare.mjs", "--out", "x"], { cwd });
    expect(code).toBe(0);
    expect(err).toContain("bare-v0 does not say what it looks like");
    expect(out).toContain("return 3.00 in 3 steps, to the horizon\n");
    expect(readdirSync(join(cwd, "x"))).toEqual(["replay.json"]);
    expect(replayIn(join(cwd, "x"))).toMatchObject({ scene: null, episodes: [{ poses: null, success: null }] });
  });
});

describe("a run", () => {
  test("is played with the mean of its newest policy from its evaluation's seed, into its own directory", async () => {
    const { cwd, parts, asked } = await trained();
    const { code, out } = await cli(["play", "r", "--no-gif", ...SMALL], { cwd, parts });
    expect(code).toBe(0);
    expect(out).toMatch(/^point-mass-v0, PAL after iteration 4, mean policy\n {2}seed 1000000: /);
    expect(asked).toEqual([{ iteration: 4, stochastic: false }]);
    const { policy, episodes } = replayIn(join(cwd, "r", "play"));
    expect(policy).toEqual({ run: "r", algorithm: "pal", seed: 0, iteration: 4, samples: 400, stochastic: false });
    expect(episodes[0].actions.flat().every((a) => a === 1)).toBe(true);
  });

  test("or with the policy of another iteration, drawn, from another seed", async () => {
    const { cwd, parts, asked } = await trained("--keep-every", "2");
    const line = ["play", "r", "--no-gif", "--checkpoint", "2", "--stochastic", "--seed", "3", "--out", "x", ...SMALL];
    expect(await cli(line, { cwd, parts })).toMatchObject({ code: 0, out: expect.stringContaining("seed 3") });
    expect(asked).toEqual([{ iteration: 2, stochastic: true }]);
    expect(await cli(["play", "r", "--checkpoint", "1"], { cwd, parts })).toMatchObject({
      code: 1,
      err: expect.stringContaining("has no checkpoint of iteration 1"),
    });
  });

  test("whose task changed on the way is played in the task as it was in that iteration", async () => {
    const { cwd, parts } = await trained();
    const changed = { ...createTask("point-mass"), options: { wind: "strong" } };
    const taskStages = async () => [changed];
    await cli(["play", "r", "--no-gif", ...SMALL], { cwd, parts: { ...parts, taskStages } });
    expect(replayIn(join(cwd, "r", "play")).task.options).toEqual({ wind: "strong" });
  });

  test("whose newest checkpoint is damaged is played with the one before; with none left it says so", async () => {
    const { cwd, parts, asked } = await trained();
    const spoil = (iteration: string) =>
      writeFileSync(join(cwd, "r", "checkpoints", iteration, "policy.safetensors"), "x");
    const [older, newest] = readdirSync(join(cwd, "r", "checkpoints")).sort() as [string, string];
    spoil(newest);
    const { code, err } = await cli(["play", "r", "--no-gif", ...SMALL], { cwd, parts });
    expect([code, err]).toEqual([0, expect.stringContaining("Warning: ")]);
    expect(asked).toEqual([{ iteration: 3, stochastic: false }]);
    spoil(older);
    expect(await cli(["play", "r", "--no-gif"], { cwd, parts })).toMatchObject({
      code: 1,
      err: expect.stringContaining("has no checkpoint that can be read"),
    });
  });
});

describe("is refused, with exit code 2 and nothing written:", () => {
  test.each<[string, string[], RegExp]>([
    ["a directory that is taken", ["point-mass", "--out", "taken"], /--out: taken is already there/],
    ["a task that is not there", ["hoper"], /there is no task "hoper".*"hopper"/],
    ["a run that is not there", ["runs/hopper-1"], /runs\/hopper-1: there is no such run/],
    ["a directory that is no run", ["taken"], /taken: is no run directory: it holds no config\.json/],
    ["a module that is not there", ["./my.mjs"], /there is no file/],
    ["an unknown policy", ["hopper", "--policy", "best"], /there is no "best"/],
    ["a checkpoint of a task", ["hopper", "--checkpoint", "3"], /--checkpoint: does not go with a task/],
    ["noise of a task's policy", ["hopper", "--stochastic"], /--stochastic: does not go with a task/],
    ["a size that is none", ["hopper", "--size", "big"], /--size: must be two numbers from 16 to 4096, got "big"/],
    ["a picture of no pixels", ["hopper", "--size", "0x0"], /--size: must be/],
    ["a film that is too fast", ["hopper", "--fps", "60"], /--fps: must be at most 50, got 60/],
    ["half a view", ["hopper", "--view", "30"], /--view: must be an azimuth and an elevation/],
    ["a view from straight above", ["hopper", "--view", "0,90"], /at most ±89/],
    ["no episodes", ["hopper", "--episodes", "0"], /--episodes: must be a whole number of at least 1/],
  ])("%s", async (_, line, message) => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, "taken"));
    writeFileSync(join(cwd, "taken", "file"), "");
    const { code, out, err } = await cli(["play", ...line], { cwd });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(readdirSync(cwd)).toEqual(["taken"]);
  });

  test("a policy by name, or options of the task, of a run", async () => {
    const { cwd, parts } = await trained();
    for (const more of [
      ["--policy", "zero"],
      ["--task-option", "era=exact"],
    ]) {
      expect(await cli(["play", "r", ...more], { cwd, parts })).toMatchObject({
        code: 2,
        err: expect.stringContaining(`${more[0]}: does not go with a run`),
      });
    }
    expect(existsSync(join(cwd, "r", "play"))).toBe(false);
  });
});

test("Ctrl-C while it plays writes nothing; while it draws, it leaves what is complete", async () => {
  const cwd = temporaryDirectory();
  let interrupt = () => {};
  const ready = (play: () => void) => {
    interrupt = play;
  };
  const parts: NonNullable<Parameters<typeof cli>[1]["parts"]> = {
    plainActor: (name, task) => {
      const act = plainActor(name, task);
      return (observation, rng) => {
        interrupt();
        return act(observation, rng);
      };
    },
  };
  const playing = await cli(["play", "point-mass", "--out", "x", ...SMALL], { cwd, ready, parts });
  expect(playing).toMatchObject({ code: 130, out: "", err: expect.stringContaining("Nothing was written") });
  expect(readdirSync(cwd)).toEqual([]);

  const line = ["play", "point-mass", "--episodes", "20", "--out", "x", ...SMALL];
  const drawing = cli(line, { cwd, ready });
  while (!existsSync(join(cwd, "x", "still.png"))) await new Promise((go) => setTimeout(go, 5));
  interrupt();
  expect(await drawing).toMatchObject({
    code: 130,
    err: expect.stringContaining("replay.json and still.png in x are complete"),
  });
  expect(readdirSync(join(cwd, "x")).sort()).toEqual(["replay.json", "still.png"]);
});
