import { describe, expect, test } from "vitest";
import { groupCurve, reached } from "../../../src/dashboard/shared/compare.js";
import { across, otherSeeds } from "../../../src/dashboard/shared/groups.js";
import { MetricLog } from "../../../src/dashboard/shared/metric-log.js";
import type { RunEntry } from "../../../src/dashboard/shared/protocol.js";
import { interpolated } from "../../../src/math/interpolated.js";
import { fakeEvent } from "../../runs/support/fake.js";

/** A run that is evaluated at these samples with these returns; an iteration takes two seconds. */
function logOf(points: readonly (readonly [samples: number, value: number | null])[]): MetricLog {
  const log = new MetricLog();
  points.forEach(([samples, value], i) => {
    const event = fakeEvent(i + 1);
    const evaluation = value === null ? null : { return: { mean: value, std: 0, episodes: 1 }, success: null };
    log.add(`${JSON.stringify({ ...event, samples, evaluation, seconds: { ...event.seconds, total: 2 } })}\n`);
  });
  return log;
}
const run = (seed: number, log: MetricLog) => ({ name: `s${seed}`, seed, created: "2026-01-01", log });

describe("curves on a common axis", () => {
  test("go straight between points, skip what is missing, and end where the run ends", () => {
    const [x, y] = [
      [0, 10, 20, 40],
      [0, 5, Number.NaN, 8],
    ];
    expect([...interpolated(x, y, [-1, 0, 4, 10, 25, 40, 41])]).toEqual([NaN, 0, 2, 5, 6.5, 8, NaN]);
  });

  test("least and most over runs are of those that are there", () => {
    const { low, high } = across([logOf([[0, 0], [100, 10]]), logOf([[50, 20], [100, 30]])], "return", [0, 50, 100]); // biome-ignore format: points
    expect([[...low], [...high]]).toEqual([
      [0, 5, 10],
      [0, 20, 30],
    ]);
  });
});

describe("a group of seeds", () => {
  const lines = [0, 10, 20, 30].map((slope) => logOf([[100, slope], [200, 2 * slope], [300, 3 * slope]])); // biome-ignore format: points

  test("has the interquartile mean of its runs at every place, inside of its band", () => {
    const curve = groupCurve("PAL", "pal", lines.map((log, i) => run(i, log)), "return", "samples"); // biome-ignore format: one line
    expect([curve.x[0], curve.x.at(-1)]).toEqual([100, 300]);
    curve.points.forEach(({ value, low, high }, i) => {
      expect(value).toBeCloseTo((15 * curve.x[i]) / 100, 9); // of four the middle two: 10 and 20
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    });
    expect(curve.points[1].high).toBeGreaterThan(curve.points[1].low);
    expect([curve.statistic, curve.over]).toEqual(["IQM", "4 seeds"]);
  });

  test("begins where the last of its runs begins, and goes on where one is longer", () => {
    const short = logOf([[150, 1], [250, 2]]); // biome-ignore format: points
    const until = (end: number) =>
      groupCurve("PAL", "pal", [run(0, logOf([[100, 1], [260, 2], [end, 3]])), run(1, short)], "return", "samples"); // biome-ignore format: points
    expect([until(400).x[0], until(400).x.at(-1), until(400).counts.at(-1)]).toEqual([150, 400, 1]);
    expect(until(250).x.at(-1)).toBe(250);
  });

  test("of one run is that run, without an interval; over time it lies on the wall clock", () => {
    const curve = groupCurve("PAL", "pal", [run(0, lines[2])], "return", "time");
    expect([curve.x[0], curve.x.at(-1)]).toEqual([2, 6]);
    expect(curve.points.at(-1)).toEqual({ value: 60, low: NaN, high: NaN });
    expect(curve.over).toBe("1 seed");
  });

  test("counts each seed once, by its newest run that has numbers, and names the others", () => {
    const begun = (seed: number, created: string, log: MetricLog) => ({ ...run(seed, log), name: created, created });
    const runs = [begun(0, "2026-01-02", lines[1]), begun(0, "2026-01-01", lines[2]), begun(0, "2026-01-03", new MetricLog())]; // biome-ignore format: runs
    const curve = groupCurve("PAL", "pal", runs, "return", "samples");
    expect([curve.over, curve.points.at(-1)!.value]).toEqual(["1 seed", 30]);
    expect([curve.runs, curve.repeats].map((list) => list.map(({ name }) => name))).toEqual([
      ["2026-01-02"],
      ["2026-01-01"],
    ]);
  });

  test("a threshold is reached at the first evaluation that is there, or later than the run went", () => {
    const log = logOf([[100, 1], [200, null], [300, 5], [400, 2]]); // biome-ignore format: points
    expect(reached(log, "return", 4, "samples")).toEqual({ x: 300, reached: true });
    expect(reached(log, "return", 4, "time")).toEqual({ x: 6, reached: true });
    expect(reached(log, "return", 6, "samples")).toEqual({ x: 400, reached: false });
  });
});

test("other seeds of a game are those that differ in the seed alone, each once", () => {
  const entry = (id: string, seed: number, preset = "default") =>
    ({
      id,
      identity: {
        algorithm: "pal",
        players: { policy: { name: "npg" }, model: { name: "ensemble" } },
        task: "hopper-v2",
        options: {},
        preset,
        seed,
        differs: {},
      },
    }) as unknown as RunEntry;
  const runs = [entry("a", 1), entry("b", 2), entry("copy of b", 2), entry("c", 3, "paper"), entry("copy of a", 1)];
  expect(otherSeeds(runs[0], runs).map(({ id }) => id)).toEqual(["b"]);
});
