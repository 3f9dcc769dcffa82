import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError, StorageError } from "../../../src/errors/errors.js";
import type { Experience, ExperienceRow } from "../../../src/mdp/experience.js";
import { appended, emptyExperience } from "../../../src/mdp/experience.js";
import type { Task } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";
import { loadHdf5 } from "../../../src/runs/minari/hdf5.js";
import { readMinari } from "../../../src/runs/minari/read-minari.js";
import { writeMinari } from "../../../src/runs/minari/write-minari.js";
import { PYTHON, without } from "../../python/support.js";
import { samplesOf } from "../../support/experience.js";
import { temporaryDirectory } from "../support/fake.js";

const pendulum = createTask("inverted-pendulum");
const pointMass = createTask("point-mass");
const origin = (task: Task) => ({ task, algorithm: "pal", seed: 3 });

/** So many samples of random actions, of which the newest `kept` are D. */
async function played(task: Task, steps: number, kept: number): Promise<Experience> {
  const world = await task.createWorld();
  const rng = seeded(0);
  const rows: ExperienceRow[] = [];
  let [observation, episode] = [world.reset({ seed: 0 }).observation, 0];
  while (rows.length < steps) {
    const action = Float32Array.from(task.action.low, (low, i) => low + (task.action.high[i] - low) * rng.uniform());
    const { observation: next, reward, terminated, truncated } = world.step(action);
    rows.push({ observation, action, next, reward, terminal: terminated, episode });
    observation = next;
    if (terminated || truncated) observation = world.reset({ seed: ++episode }).observation;
  }
  world.close();
  return appended(emptyExperience(task.observation.size, task.action.size), rows, kept);
}

/** D as it is read back: numbers of episodes count from 0, and those of samples too. */
function renumbered(data: Experience): readonly unknown[] {
  const first = data.episode[0];
  return samplesOf(data).map(({ episode, ...row }, i) => ({ ...row, index: i, episode: episode - first }));
}

async function flagsOf(directory: string): Promise<Readonly<Record<string, readonly number[][]>>> {
  const { File, Dataset } = await loadHdf5();
  const file = new File(join(directory, "data", "main_data.hdf5"), "r");
  const of = (name: string) =>
    file.keys().map((_, id) => {
      const found = file.get(`episode_${id}/${name}`);
      return found instanceof Dataset ? Array.from(found.value as Int8Array) : [];
    });
  const flags = { terminations: of("terminations"), truncations: of("truncations") };
  file.close();
  return flags;
}

describe("D as a Minari dataset", () => {
  test.each([
    ["inverted-pendulum", pendulum, 80],
    ["point-mass", pointMass, 60],
  ] as const)(
    "of %s is read back as it was, also where its first episode begins in the middle",
    async (_, task, steps) => {
      const data = await played(task, steps, steps - 7);
      const directory = join(temporaryDirectory(), "set");
      const { episodes } = await writeMinari(directory, data, origin(task));
      expect(episodes).toBe(new Set(data.episode).size);
      const read = await readMinari(directory, task);
      expect(samplesOf(read)).toEqual(renumbered(data));
      expect(read).toMatchObject({ gathered: data.size, episodes, underWay: null });
      expect(samplesOf(await readMinari(join(directory, "data"), task))).toEqual(samplesOf(read));
    },
  );

  test("has one last step an episode, which is terminal or else truncated", async () => {
    const directory = join(temporaryDirectory(), "set");
    const data = await played(pendulum, 60, 60);
    await writeMinari(directory, data, origin(pendulum));
    const { terminations, truncations } = await flagsOf(directory);
    for (const [id, own] of terminations.entries()) {
      const cut = id === terminations.length - 1 && data.terminal[data.size - 1] === 0 ? 1 : 0;
      expect(own).toEqual([...new Array(own.length - 1).fill(0), 1 - cut]);
      expect(truncations[id]).toEqual([...new Array(own.length - 1).fill(0), cut]);
    }
  });

  test("says what is wrong with what is no dataset of the task", async () => {
    const place = temporaryDirectory();
    const good = join(place, "good");
    await writeMinari(good, await played(pointMass, 30, 30), origin(pointMass));
    const spoilt = (name: string, spoil: (metadata: Record<string, unknown>) => object) => {
      const directory = join(place, name);
      cpSync(good, directory, { recursive: true });
      const path = join(directory, "data", "metadata.json");
      writeFileSync(path, JSON.stringify(spoil(JSON.parse(readFileSync(path, "utf8")))));
      return directory;
    };
    const damaged = spoilt("damaged", (metadata) => metadata);
    writeFileSync(join(damaged, "data", "main_data.hdf5"), "no hdf5");
    const halved = spoilt("halved", (metadata) => metadata);
    const bytes = readFileSync(join(halved, "data", "main_data.hdf5"));
    writeFileSync(join(halved, "data", "main_data.hdf5"), bytes.subarray(0, bytes.length >> 1));
    const dictionary = JSON.stringify({ type: "Dict", subspaces: {} });
    const cases: readonly (readonly [string, typeof ConfigError | typeof StorageError, RegExp])[] = [
      [join(place, "nowhere"), StorageError, /is no Minari dataset/],
      [damaged, StorageError, /main_data\.hdf5: is not an HDF5 file/],
      [halved, StorageError, /main_data\.hdf5: is not an HDF5 file/],
      [spoilt("arrow", (m) => ({ ...m, data_format: "arrow" })), StorageError, /its format is arrow/],
      [spoilt("more", (m) => ({ ...m, total_episodes: 9 })), StorageError, /episode_\d\/\w+ is missing/],
      [spoilt("text", () => ({ total_episodes: "2" })), StorageError, /metadata\.json: data_format must be text/],
      [
        spoilt("dict", (m) => ({ ...m, observation_space: dictionary })),
        ConfigError,
        /not a flat box of numbers \(Dict\)/,
      ],
    ];
    for (const [directory, kind, message] of cases) {
      const refusal = readMinari(directory, pointMass);
      await expect(refusal, directory).rejects.toThrow(message);
      await expect(refusal, directory).rejects.toThrow(kind);
    }
    await expect(readMinari(good, pendulum)).rejects.toThrow(/its observations are 6 numbers, those of .* 4 numbers/);
    const blind = spoilt("blind", ({ observation_space, action_space, ...rest }) => rest);
    await expect(readMinari(blind, pendulum)).rejects.toThrow(
      /episode_0\/observations is \[26, 6\].* must be \[26, 4\]/,
    );
    await expect(writeMinari(good, await played(pointMass, 5, 5), origin(pointMass))).rejects.toThrow(/not empty/);
    await expect(writeMinari(join(place, "none"), emptyExperience(6, 2), origin(pointMass))).rejects.toThrow(
      /no samples/,
    );
  });
});

const missing = without("minari, h5py");
describe.skipIf(missing !== undefined)(
  `with Minari itself${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    const python = async (...args: readonly string[]) =>
      (await promisify(execFile)(PYTHON, ["python/tests/minari_data.py", ...args], { maxBuffer: 2 ** 26 })).stdout;

    test("what is written here is read there, number for number", async () => {
      const data = await played(pendulum, 80, 73);
      const directory = join(temporaryDirectory(), "set");
      await writeMinari(directory, data, origin(pendulum));
      const { episodes, shape } = JSON.parse(await python("read", directory));
      expect(shape).toEqual([[4], [1]]);
      const rows = samplesOf(data);
      let at = 0;
      for (const { observations, actions, rewards, terminations, truncations } of episodes) {
        const own = rows.slice(at, (at += rewards.length));
        expect(observations).toEqual(
          [...own, { observation: own[own.length - 1].next }].map((row) => [...row.observation]),
        );
        expect(actions).toEqual(own.map(({ action }) => [...action]));
        expect(rewards).toEqual(own.map(({ reward }) => reward));
        expect(terminations).toEqual(own.map(({ terminal }) => terminal));
        expect(truncations.slice(0, -1)).not.toContain(true);
      }
      expect(at).toBe(data.size);
    });

    test("what is written there is read here", async () => {
      const root = temporaryDirectory();
      const { directory, episodes } = JSON.parse(await python("write", root));
      const data = await readMinari(directory, pendulum);
      expect(data.size).toBe(12);
      expect([...data.terminal]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
      expect([...data.observations]).toEqual(
        episodes.flatMap((e: { observations: number[][] }) => e.observations.slice(0, -1).flat()).map(Math.fround),
      );
      expect([...data.rewards]).toEqual(episodes.flatMap((e: { rewards: number[] }) => e.rewards));
    });
  },
);
