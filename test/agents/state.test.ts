import { beforeAll, describe, expect, test } from "vitest";
import type { SettingsPatch } from "../../src/agents/settings.js";
import type { Snapshot } from "../../src/agents/snapshot.js";
import { keepState, recallState } from "../../src/agents/state.js";
import { openPlayers } from "../../src/agents/ways.js";
import { StorageError } from "../../src/errors/errors.js";
import { samplesOf } from "../support/experience.js";
import { lineTask } from "../support/line-task.js";
import { CONTINUED, type Played, playAll, tinySettings, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();
const patch: SettingsPatch = { model: { learnReward: true, rewardHidden: [5] }, policy: { inputs: "standardized" } };
const settings = tinySettings("pal", task, patch);
let played: Played;

beforeAll(async () => {
  [played] = (await playAll(tinySetup("pal", task, compute(), patch), 1)) as [Played];
}, 60_000);

const recall = (snapshot: Snapshot, using = settings) => recallState(openPlayers(task, using), task, snapshot);

describe("a snapshot", () => {
  test("read back is the state that was written, counters and all", () => {
    const state = recall(played.snapshot);
    expect(state).toEqual(played.state);
    const { gathered: samples, episodes } = state.data;
    expect({ samples, episodes }).toEqual({
      samples: played.snapshot.meta.samples,
      episodes: played.snapshot.meta.episodes,
    });
    expect(keepState(openPlayers(task, settings), state)).toEqual(played.snapshot);
  });

  test("is named arrays, each under its part, as long as its shape says, and plain JSON", () => {
    const { tensors, meta } = played.snapshot;
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(name).toMatch(/^(policy|value|model|buffer)\//);
      expect([name, shape.reduce((product, length) => product * length, 1)]).toEqual([name, data.length]);
    }
    expect(JSON.parse(JSON.stringify(meta))).toEqual(meta);
    expect(meta).toMatchObject({ iteration: 1, samples: played.metrics.samples });
  });

  test("holds the rewards of the buffer in full, and what was terminal", () => {
    const buffer = samplesOf(recall(played.snapshot).data);
    const known = samplesOf(played.state.data);
    expect(buffer.map(({ reward }) => reward)).toEqual(known.map(({ reward }) => reward));
    expect(buffer.filter(({ reward }) => Math.fround(reward) !== reward).length).toBeGreaterThan(0); // float64
    expect(buffer.map(({ terminal }) => terminal)).toEqual(known.map(({ terminal }) => terminal));
    expect(new Set(recall(played.snapshot).data.terminal)).toEqual(new Set([0, 1]));
  });

  test("shares no memory with the buffer read back from it", () => {
    const { data } = recall(played.snapshot);
    data.observations[0] = 1234;
    expect(played.snapshot.tensors["buffer/observations"].data[0]).not.toBe(1234);
  });
});

test("a snapshot in the middle of an episode holds where it stands and what its scores need", async () => {
  const far = lineTask({ goalError: { name: "way [m]", of: (s) => Math.abs(s[0] - s[1]) } });
  const setup = tinySetup("pal", far, compute(), CONTINUED);
  const run = await playAll(setup);
  const middle = run.filter(({ state }) => state.data.underWay !== null);
  expect(middle.length).toBeGreaterThanOrEqual(2);
  for (const { state, snapshot } of middle) {
    const recalled = recallState(openPlayers(far, setup.settings), far, snapshot);
    expect(recalled).toEqual(state);
    const { steps, total, headTotal, errorTotal, errorLast, observation } = recalled.data.underWay!;
    const own = samplesOf(recalled.data).slice(-steps);
    expect(new Set(own.map(({ episode }) => episode))).toEqual(new Set([recalled.data.episodes - 1]));
    expect(observation).toEqual(own.at(-1)!.next);
    expect(total).toBeCloseTo(
      own.reduce((sum, { reward }) => sum + reward, 0),
      10,
    );
    expect(headTotal).toBeCloseTo(
      own.slice(0, 8).reduce((sum, { reward }) => sum + reward, 0),
      10,
    );
    const errors = own.map(({ next }) => far.goalError!.of(next));
    expect(errorTotal).toBeCloseTo(
      errors.reduce((a, b) => a + b, 0),
      10,
    );
    expect(errorLast).toBe(errors.at(-1));
    const { "buffer/underWay.numbers": _, ...rest } = snapshot.tensors;
    expect(() => recallState(openPlayers(far, setup.settings), far, { ...snapshot, tensors: rest })).toThrow(
      "checkpoint: tensor buffer/underWay.numbers is missing",
    );
  }
});

describe("refused, with the tensor's name:", () => {
  const changed = (name: string, tensor?: Snapshot["tensors"][string]): Snapshot => {
    const { [name]: _, ...rest } = played.snapshot.tensors;
    return { ...played.snapshot, tensors: tensor === undefined ? rest : { ...rest, [name]: tensor } };
  };

  test.each([
    "policy/parameters",
    "policy/inputs.shift",
    "value/network/adam.first",
    "model/1/dynamics/parameters",
    "model/scaling.deltaScale",
    "buffer/index",
    "buffer/rewards",
  ])("a snapshot without %s", (name) => {
    expect(() => recall(changed(name))).toThrow(StorageError);
    expect(() => recall(changed(name))).toThrow(`checkpoint: tensor ${name} is missing`);
  });

  test("a tensor of another size", () => {
    const short = { shape: [3], data: new Float32Array(3) };
    expect(() => recall(changed("policy/parameters", short))).toThrow(StorageError);
    expect(() => recall(changed("policy/parameters", short))).toThrow(
      /tensor policy\/parameters has 3 entries of Float32Array, expected \d+ of Float32Array/,
    );
    expect(() => recall(changed("buffer/actions", short))).toThrow(StorageError);
  });

  test("a tensor of another type", () => {
    const { data, shape } = played.snapshot.tensors["buffer/rewards"];
    expect(() => recall(changed("buffer/rewards", { shape, data: Float32Array.from(data) }))).toThrow(
      /buffer\/rewards has \d+ entries of Float32Array, expected \d+ of Float64Array/,
    );
  });

  test("settings that ask for other networks or more members", () => {
    for (const other of [
      { policy: { hidden: [7] } },
      { model: { hidden: [9] } },
      { model: { ensembleSize: 3 } },
      { value: { hidden: [7] } },
    ]) {
      expect(() => recall(played.snapshot, tinySettings("pal", task, patch, other as SettingsPatch))).toThrow(
        StorageError,
      );
    }
  });
});
