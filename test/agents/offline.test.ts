import { describe, expect, test } from "vitest";
import { GAMES } from "../../src/agents/defaults.js";
import { ConfigError } from "../../src/errors/errors.js";
import type { Experience } from "../../src/mdp/experience.js";
import { samplesOf } from "../support/experience.js";
import { lineTask } from "../support/line-task.js";
import { type AnyPatch, type Played, playAll, tinySettings, tinySetup } from "../support/tiny-run.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const task = lineTask();
const bits = (run: readonly Played[]) => run.map(({ metrics, snapshot }) => ({ metrics, snapshot }));

/** D of another run, whose policy is another. */
async function dataset(): Promise<Experience> {
  const [{ state }] = await playAll(tinySetup("pal", task, compute(), { data: { bufferSize: null } }), 1);
  return state.data;
}

const FROM = { data: { offline: "some/where", bufferSize: null } } as const;

describe.each(GAMES)("%s from a dataset", (algorithm) => {
  const setup = async (...patches: readonly AnyPatch[]) => ({
    ...tinySetup(algorithm, task, compute(), FROM, ...patches),
    seed: 5,
    offline: await dataset(),
  });

  test("alone: D stays what it was, policy and model move, and the run ends after so many iterations", async () => {
    const start = await setup({ data: { offlineIterations: 3, maxSamples: 1 } });
    const run = await playAll(start);
    expect(run.map(({ metrics }) => [metrics.iteration, metrics.samples])).toEqual(
      [1, 2, 3].map((k) => [k, start.offline.size]),
    );
    for (const { state } of run) expect(samplesOf(state.data)).toEqual(samplesOf(start.offline));
    for (const key of ["policy/parameters", "model/0/dynamics/parameters"]) {
      const values = run.map(({ snapshot }) => String(snapshot.tensors[key].data));
      expect(new Set(values).size, key).toBe(3);
    }
    for (const { metrics } of run) {
      expect(metrics.world.return.episodes).toBeGreaterThan(0);
      const numbers = [metrics.gap, metrics.world.return.mean, metrics.model!.freshLoss.after];
      expect(numbers.every(Number.isFinite), String(numbers)).toBe(true);
    }
  });

  test("as a start: nothing else is gathered first, the samples of iterations come after it, and it is counted", async () => {
    const start = await setup({ data: { maxSamples: 90 } });
    const run = await playAll(start);
    const { data } = run[0].state;
    expect(samplesOf(data).slice(0, start.offline.size)).toEqual(samplesOf(start.offline));
    expect(data.size).toBeGreaterThanOrEqual(start.offline.size + 20);
    expect(run[0].metrics.samples).toBe(data.size);
    expect(data.episode[start.offline.size]).toBe(start.offline.episodes);
    expect(run[run.length - 1].metrics.samples).toBeGreaterThanOrEqual(90);
  });

  test("goes on bit for bit from any of its lines, offline and after it, on one worker and on two", async () => {
    const start = await setup({ data: { offlineIterations: 2, maxSamples: 110 } });
    const run = await playAll(start);
    expect(run.filter(({ metrics }) => metrics.samples === start.offline.size)).toHaveLength(2);
    expect(run.length).toBeGreaterThan(3);
    const { offline, ...rest } = start;
    for (const [i, { snapshot }] of run.slice(0, -1).entries())
      expect(bits(await playAll({ ...rest, resume: snapshot }))).toEqual(bits(run.slice(i + 1)));
    expect(bits(await playAll({ ...start, compute: only(compute(), 1) }, 3))).toEqual(bits(run.slice(0, 3)));
  });
});

test("what cannot be played is refused: no dataset, one that the buffer cannot keep, offline without one", async () => {
  const refused = (patch: AnyPatch, offline?: Experience) =>
    expect(playAll({ ...tinySetup("pal", task, compute(), FROM, patch), ...(offline && { offline }) }, 1)).rejects;
  await refused({}).toThrow(/data\.offline: names some\/where, and no dataset was given/);
  await refused({ data: { bufferSize: 20 } }, await dataset()).toThrow(
    /the dataset has \d+ samples, and the buffer keeps 20/,
  );
  expect(() => tinySettings("pal", task, { data: { offlineIterations: 2 } })).toThrow(ConfigError);
});
