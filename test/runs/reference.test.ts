import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { parts } from "../../src/cli/parts.js";
import { createTask } from "../../src/envs/index.js";
import { ConfigError, StorageError } from "../../src/errors/errors.js";
import { policyLayout } from "../../src/policy/gaussian-policy.js";
import { playRun } from "../../src/runs/play-run.js";
import { referencePolicy } from "../../src/runs/reference.js";
import { RunStore } from "../../src/runs/store.js";
import { cli } from "../cli/support/harness.js";
import { lineTask } from "../support/line-task.js";
import { tinySettings } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";
import { fakeConfig, temporaryDirectory } from "./support/fake.js";

const compute = useCompute();
const task = lineTask();
const stores: RunStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

/** A real run of the line, small. */
async function played(reference: string | null): Promise<RunStore> {
  const meter = { every: 1, npgSteps: 1, reference, referenceEpisodes: 2 };
  const store = RunStore.create(join(temporaryDirectory(), "run"), {
    ...fakeConfig(),
    task: { id: task.id, options: {}, module: null },
    settings: tinySettings("pal", task, { data: { maxSamples: 60 }, meter }),
  });
  stores.push(store);
  await playRun({ store, task, compute: compute(), player: parts.player });
  return store;
}

describe("the reference of the bound meter", () => {
  test("is the newest policy of a run, and a run that names it reads the transfer term", async () => {
    const first = await played(null);
    const tensors = referencePolicy(first.directory, task).tensors("own");
    const { tensors: layout } = policyLayout({ observationSize: 2, hidden: [6], actionSize: 1 });
    expect(Float32Array.from(layout.flatMap(({ name }) => Array.from(tensors[`own.${name}`].data)))).toEqual(
      first.snapshot!.tensors["policy/parameters"].data,
    );
    const second = await played(first.directory);
    const readings = second.iterations.map(({ meter }) => meter!);
    expect(readings.length).toBeGreaterThan(0);
    for (const { reference, bound } of readings) {
      expect(reference!.modelError.max).toBeGreaterThan(0);
      expect(bound.total).toBeGreaterThan(bound.model);
    }
    for (const { meter } of first.iterations) expect(meter).toMatchObject({ reference: null, bound: { total: null } });
  });

  test("is refused where it is no run, or a run of another task", async () => {
    const first = await played(null);
    expect(() => referencePolicy(temporaryDirectory(), task)).toThrow(StorageError);
    expect(() => referencePolicy(first.directory, createTask("hopper"))).toThrow(ConfigError);
    expect(() => referencePolicy(first.directory, createTask("hopper"))).toThrow(
      /^meter\.reference: .* is a run of line-v0, this one plays hopper-v2/,
    );
  });

  test("is looked for before a run begins", async () => {
    const cwd = temporaryDirectory();
    const line = ["train", "pal", "point-mass", "--set", "meter.reference=nowhere", "--out", "r"];
    expect(await cli(line, { cwd })).toMatchObject({ code: 1, err: expect.stringContaining(join(cwd, "nowhere")) });
  });
});
