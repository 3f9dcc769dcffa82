import { beforeAll, describe, expect, test } from "vitest";
import type { SettingsPatch } from "../../src/agents/settings.js";
import type { Snapshot } from "../../src/agents/snapshot.js";
import { decodeSnapshot, encodeSnapshot } from "../../src/agents/snapshot-codec.js";
import { StorageError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "../support/line-task.js";
import { type Played, playAll, tinySettings, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();
const patch: SettingsPatch = { model: { learnReward: true, rewardHidden: [5] }, policy: { inputs: "standardized" } };
const settings = tinySettings("pal", task, patch);
let played: Played;

beforeAll(async () => {
  [played] = (await playAll(tinySetup("pal", task, compute(), patch), 1)) as [Played];
}, 60_000);

const decode = (snapshot: Snapshot, using = settings) => decodeSnapshot(snapshot, task, using, seeded(9));

describe("a snapshot", () => {
  test("read back is the state that was written, counters and all, whatever seed the reader has", () => {
    const { state, counters } = decode(played.snapshot);
    expect(state).toEqual(played.state);
    expect(counters).toEqual({ samples: played.snapshot.meta.samples, episodes: played.snapshot.meta.episodes });
    expect(encodeSnapshot(state, counters)).toEqual(played.snapshot);
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
    const { buffer } = decode(played.snapshot).state;
    expect(buffer.map(({ reward }) => reward)).toEqual(played.state.buffer.map(({ reward }) => reward));
    expect(buffer.filter(({ reward }) => Math.fround(reward) !== reward).length).toBeGreaterThan(0); // float64
    expect(new Set(buffer.map(({ terminal }) => typeof terminal))).toEqual(new Set(["boolean"]));
  });

  test("shares no memory with the buffer read back from it", () => {
    const { buffer } = decode(played.snapshot).state;
    buffer[0]!.observation[0] = 1234;
    expect(played.snapshot.tensors["buffer/observations"]!.data[0]).not.toBe(1234);
  });
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
    expect(() => decode(changed(name))).toThrow(StorageError);
    expect(() => decode(changed(name))).toThrow(`checkpoint: tensor ${name} is missing`);
  });

  test("a tensor of another size", () => {
    const short = { shape: [3], data: new Float32Array(3) };
    expect(() => decode(changed("policy/parameters", short))).toThrow(StorageError);
    expect(() => decode(changed("policy/parameters", short))).toThrow(
      /tensor policy\/parameters has 3 entries of Float32Array, expected \d+ of Float32Array/,
    );
    expect(() => decode(changed("buffer/actions", short))).toThrow(StorageError);
  });

  test("a tensor of another type", () => {
    const { data, shape } = played.snapshot.tensors["buffer/rewards"]!;
    expect(() => decode(changed("buffer/rewards", { shape, data: Float32Array.from(data) }))).toThrow(
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
      expect(() => decode(played.snapshot, tinySettings("pal", task, patch, other as SettingsPatch))).toThrow(
        StorageError,
      );
    }
  });
});
