import { describe, expect, test } from "vitest";
import { endOfAll, newestOfEachSeed, saidOf, seedCurve } from "../../src/experiments/seed-curve.js";

const line = (seed: number, points: readonly (readonly [x: number, y: number])[]) => ({
  seed,
  x: points.map(([x]) => x),
  y: points.map(([, y]) => y),
});
/** Through (0, 0) with this slope. */
const slope = (seed: number, rise: number) => line(seed, [[0, 0], [10, 10 * rise]]); // biome-ignore format: points

describe("a curve over seeds", () => {
  test("is the interquartile mean within its interval, on straight lines between a run's own points", () => {
    const rises = [0, 1, 2, 30];
    const curve = seedCurve([...rises.map((rise, i) => slope(i, rise)), line(4, [[2, 8], [6, 24]])]); // biome-ignore format: points
    expect(saidOf(curve)).toBe("IQM of 5 seeds");
    expect([...curve.x]).toEqual([2, 6]); // from where the last begins; one point alone beyond the first end is no curve
    // Slopes 0, 1, 2, 4, 30: the middle three of five.
    expect(curve.points.map(({ value }) => value)).toEqual([2, 6].map((x) => expect.closeTo((x * 7) / 3, 9)));
    for (const [i, { value, low, high }] of curve.points.entries()) {
      expect([low <= value, value <= high]).toEqual([true, true]);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(30 * curve.x[i]);
      expect(high).toBeGreaterThan(low);
    }
  });

  test("is the same whatever the order of its runs", () => {
    const lines = [3, 1, 4, 1.5, 9].map((rise, i) => slope(i, rise));
    expect(seedCurve(lines.slice().reverse())).toEqual(seedCurve(lines));
  });

  test("of fewer than four seeds is their mean, without an interval", () => {
    const two = seedCurve([slope(0, 1), slope(1, 3)]);
    expect(saidOf(two)).toBe("mean of 2 seeds");
    expect(two.points).toEqual([0, 20].map((value) => ({ value, low: NaN, high: NaN })));
    const three = seedCurve([slope(0, 1), slope(1, 3), slope(2, 8)]);
    expect([saidOf(three), three.points[1]]).toEqual(["mean of 3 seeds", { value: 40, low: NaN, high: NaN }]);
    expect(saidOf(seedCurve([1, 3, 8, 9].map((rise, i) => slope(i, rise))))).toBe("IQM of 4 seeds");
    expect(saidOf(seedCurve([slope(7, 1)]))).toBe("1 seed");
  });

  test("goes on with the seeds that are there, says so, and has an interval where four are", () => {
    const to = (seed: number, rise: number, end: number) =>
      line(
        seed,
        Array.from({ length: end + 1 }, (_, x) => [x, rise * x]),
      );
    const curve = seedCurve([to(1, 1, 5), to(2, 2, 9), to(3, 3, 9), to(4, 4, 9), to(5, 5, 9), to(6, 6, 30)]);
    expect(saidOf(curve)).toBe("IQM of 6 seeds, then down to 1");
    expect(curve.x.length).toBe(31);
    expect([curve.counts[0], curve.counts[5], curve.counts[6], curve.counts[9], curve.counts[10]]).toEqual([
      6, 6, 5, 5, 1,
    ]);
    expect(endOfAll(curve)).toBe(6);
    expect(curve.points.map(({ low }) => Number.isNaN(low))).toEqual(
      curve.x.length === 31 ? Array.from({ length: 31 }, (_, x) => x > 9) : [],
    );
    expect([5, 9, 30].map((x) => curve.points[x].value)).toEqual([3.5 * 5, 4 * 9, 6 * 30]);
    // Where five are left, they are what a figure of those five has there.
    const five = seedCurve([to(2, 2, 9), to(3, 3, 9), to(4, 4, 9), to(5, 5, 9), to(6, 6, 9)]);
    expect(curve.points[8]).toEqual(five.points[8]);
  });

  test("of runs that share seeds speaks of runs, and claims no interval", () => {
    const curve = seedCurve([1, 2, 3, 4].map((rise) => slope(0, rise)));
    expect(saidOf(curve)).toBe("mean of 4 runs");
    expect(curve.points[1]).toEqual({ value: 25, low: NaN, high: NaN });
    expect(saidOf(seedCurve([slope(0, 1), slope(0, 2), slope(1, 2), slope(2, 2)]))).toBe("mean of 4 runs");
  });

  test("of long runs has 120 places, the ends among them; what is no number is no point", () => {
    const long = line(
      0,
      Array.from({ length: 500 }, (_, i) => [i, i === 250 ? Number.NaN : 2 * i]),
    );
    const { x, points } = seedCurve([long]);
    expect([x.length, x[0], x[119]]).toEqual([120, 0, 499]);
    points.forEach(({ value }, i) => {
      expect(value).toBeCloseTo(2 * x[i], 9);
    });
    const gap = line(0, [[0, Number.NaN], [1, 5], [2, Number.NaN], [3, 7], [4, Number.NaN]]); // biome-ignore format: points
    expect([...seedCurve([gap]).x]).toEqual([1, 3]);
  });

  test("of nothing, or of runs that have no place in common, is empty", () => {
    expect(seedCurve([]).points).toEqual([]);
    expect(seedCurve([line(0, [[0, Number.NaN]])]).points).toEqual([]);
    expect(seedCurve([line(0, [[0, 1], [1, 1]]), line(1, [[2, 1], [3, 1]])]).points).toEqual([]); // biome-ignore format: points
  });
});

test("of each seed the newest run counts; with other settings it is another game", () => {
  const run = (name: string, seed: number, created: string, steps = 1) => ({ name, seed, created, steps });
  const runs = [run("old", 0, "2026-01-01"), run("new", 0, "2026-01-03"), run("middle", 0, "2026-01-02"), run("other", 1, "2025-12-31")]; // biome-ignore format: runs
  expect(newestOfEachSeed(runs).map(({ name }) => name)).toEqual(["new", "other"]);
  const varied = [run("a", 0, "2026-01-01", 2), run("b", 0, "2026-01-02", 3), run("c", 0, "2026-01-02", 3)];
  expect(newestOfEachSeed(varied, (x, y) => x.steps === y.steps).map(({ name }) => name)).toEqual(["a", "c"]);
});
