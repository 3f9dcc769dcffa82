import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/agents/snapshot.js";
import { StorageError } from "../../src/errors/errors.js";
import {
  listCheckpoints,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  removeHalfCheckpoints,
  setCheckpointAside,
  writeCheckpoint,
} from "../../src/runs/checkpoint.js";
import { temporaryDirectory } from "./support/fake.js";

const snapshot = (iteration: number): Snapshot => ({
  tensors: {
    "policy/w": { shape: [2], data: Float32Array.of(iteration, 1 / 3) },
    "model/0/w": { shape: [1, 3], data: Float64Array.of(1e-310, -0, Number.NaN) },
    "buffer/done": { shape: [0], data: new Uint8Array(0) },
  },
  meta: { iteration, samples: 100 * iteration, ratio: 0.1 + 0.2, nested: { list: [1e-300, null, "ε"] } },
});

function runWith(...iterations: number[]): string {
  const run = temporaryDirectory();
  for (const k of iterations) writeCheckpoint(run, snapshot(k));
  return run;
}
const fileOf = (run: string, k: string, name: string) => join(run, "checkpoints", k, name);

describe("a checkpoint", () => {
  test("gives back the snapshot, every bit of it", () => {
    const run = runWith(7);
    expect(readCheckpoint(run, 7)).toEqual(snapshot(7));
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["0007"]);
    expect(readdirSync(join(run, "checkpoints", "0007")).sort()).toEqual([
      "buffer.safetensors",
      "model.safetensors",
      "policy.safetensors",
      "state.json",
    ]);
  });

  test("is written again in place of one that is there", () => {
    const run = runWith(1, 1);
    expect(readCheckpoint(run, 1)).toEqual(snapshot(1));
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["0001"]);
  });

  test.each(["policy.safetensors", "model.safetensors", "state.json"])(
    "of which %s was cut, changed or lost is refused with the file's name",
    (name) => {
      const damages: readonly ((path: string) => void)[] = [
        (path) => truncateSync(path, readFileSync(path).length - 2),
        (path) => truncateSync(path, 0),
        (path) => {
          const bytes = readFileSync(path);
          bytes[bytes.length >> 1] ^= 1;
          writeFileSync(
            path,
            name === "state.json" ? bytes.toString("utf8").replace(/"(bytes|format)"/, '"$1x"') : bytes,
          );
        },
        (path) => rmSync(path),
      ];
      for (const damage of damages) {
        const run = runWith(1);
        damage(fileOf(run, "0001", name));
        expect(() => readCheckpoint(run, 1)).toThrow(StorageError);
        expect(() => readCheckpoint(run, 1)).toThrow(name);
      }
    },
  );

  test("of another version or iteration is refused, and so is one number that changed", () => {
    const run = runWith(1, 2);
    const path = fileOf(run, "0001", "state.json");
    const state = readFileSync(path, "utf8");
    writeFileSync(path, state.replace('"format":1', '"format":2'));
    expect(() => readCheckpoint(run, 1)).toThrow("another version");
    writeFileSync(path, state.replace("0.30000000000000004", "0.3"));
    expect(() => readCheckpoint(run, 1)).toThrow("state.json: has changed");
    writeFileSync(path, readFileSync(fileOf(run, "0002", "state.json")));
    expect(() => readCheckpoint(run, 1)).toThrow("belongs to iteration 2, not 1");
  });

  test("refuses meta that JSON would change, and tensors of no part", () => {
    const run = temporaryDirectory();
    const bad = (part: object) => () => writeCheckpoint(run, { ...snapshot(1), ...part } as Snapshot);
    expect(bad({ meta: { iteration: 1, samples: 1, loss: Number.NaN } })).toThrow(
      'entry "loss": NaN cannot be kept as JSON',
    );
    expect(bad({ tensors: { weights: { shape: [1], data: Float32Array.of(1) } } })).toThrow('tensor "weights"');
    expect(readdirSync(join(run, "checkpoints"))).toEqual([]);
  });
});

describe("the newest checkpoint", () => {
  test("is passed over with a warning where it is damaged", () => {
    const run = runWith(9, 10, 11);
    truncateSync(fileOf(run, "0011", "policy.safetensors"), 20);
    const warnings: string[] = [];
    expect(newestCheckpoint(run, (message) => warnings.push(message))?.meta.iteration).toBe(10);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/0011.policy\.safetensors: has 20 bytes instead of \d+\. Resume falls back/);
  });

  test("goes by number, not by name, and what is half written does not count", () => {
    const run = runWith(9999, 10000);
    mkdirSync(join(run, "checkpoints", ".10001.tmp"));
    mkdirSync(join(run, "checkpoints", "notes"));
    expect(listCheckpoints(run)).toEqual([10000, 9999]);
    expect(newestCheckpoint(run, () => {})?.meta.iteration).toBe(10000);
    expect(newestCheckpoint(temporaryDirectory(), () => {})).toBeUndefined();
  });

  test("and the one before it stay, and every nth where asked", () => {
    const run = runWith(1, 2, 3, 4, 5, 6, 7);
    pruneCheckpoints(run, 2, 3);
    expect(listCheckpoints(run)).toEqual([7, 6, 3]);
    pruneCheckpoints(run, 2, null);
    expect(listCheckpoints(run)).toEqual([7, 6]);
  });

  test("what was half written is removed, and nothing else", () => {
    const run = runWith(1, 2);
    for (const name of [".0004.tmp", ".0004.123.tmp", ".0001.old", ".notes", "0003.damaged"]) {
      mkdirSync(join(run, "checkpoints", name));
      appendFileSync(join(run, "checkpoints", name, "policy.safetensors"), "x");
    }
    removeHalfCheckpoints(run);
    expect(readdirSync(join(run, "checkpoints")).sort()).toEqual([".notes", "0001", "0002", "0003.damaged"]);
  });

  test("is whole again under its own name after a damaged one of that iteration was set aside, twice", () => {
    const run = runWith(1);
    expect(setCheckpointAside(run, 1)).toBe(join(run, "checkpoints", "0001.damaged"));
    writeCheckpoint(run, snapshot(1));
    setCheckpointAside(run, 1);
    writeCheckpoint(run, snapshot(1));
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["0001", "0001.damaged", "0001.damaged-2"]);
    expect(listCheckpoints(run)).toEqual([1]);
  });

  test("does not get its name where the check just before says no", () => {
    const run = runWith(1);
    const refused = () => {
      throw new StorageError(run, "is lost", "Stop");
    };
    expect(() => writeCheckpoint(run, snapshot(2), refused)).toThrow("is lost");
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["0001"]);
  });

  test("cannot be listed where `checkpoints` is a file", () => {
    const run = temporaryDirectory();
    writeFileSync(join(run, "checkpoints"), "");
    expect(() => listCheckpoints(run)).toThrow(StorageError);
  });
});
