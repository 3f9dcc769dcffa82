import { expect, test } from "vitest";
import { groupCurve } from "../../src/dashboard/shared/compare.js";
import { MetricLog } from "../../src/dashboard/shared/metric-log.js";
import { compareFigure, curveOf, groupOf, QUANTITIES } from "../../src/runs/figure-compare.js";
import { type RunData, runFigure, taskMoments } from "../../src/runs/figure-run.js";
import { fakeConfig, fakeEvent } from "./support/fake.js";

/** A run that is evaluated at these samples with these returns. */
function runOf(name: string, seed: number, points: readonly (readonly [samples: number, value: number])[]): RunData {
  const config = { format: "stackelberg-run/1" as const, ...fakeConfig(1000, seed) };
  const iterations = points.map(([samples, mean], i) => ({
    ...fakeEvent(i + 1),
    samples,
    evaluation: { return: { mean, std: 0, episodes: 1 }, success: null },
  }));
  return { name, config, iterations };
}
const group = (runs: readonly RunData[]) => groupOf("PAL", runs, QUANTITIES.return.read);
const rising = (seed: number, rise: number) => runOf(`s${seed}`, seed, [[100, rise], [200, 2 * rise], [300, 3 * rise]]); // biome-ignore format: points
const drawn = (runs: readonly RunData[]) => compareFigure(runs, { group: "algorithm", quantity: "return" });

test("of four seeds and more, the interquartile mean with its interval, and each run", () => {
  const curve = curveOf(group([0, 10, 20, 300].map((rise, i) => rising(i, rise))), "black", true);
  expect(curve.label).toBe("PAL 45.0 (IQM of 4 seeds)");
  expect(curve.points).toEqual([[100, 15], [200, 30], [300, 45]]); // biome-ignore format: points
  expect(curve.thin).toHaveLength(4);
  expect(curve.band!.map(({ x, low, high }) => [x, low <= high, low >= 0, high <= 3 * x])).toEqual(
    [100, 200, 300].map((x) => [x, true, true, true]),
  );
  expect(drawn([0, 10, 20, 30].map((rise, i) => rising(i, rise)))).toContain(
    "bold: interquartile mean (IQM); shaded: 95 % bootstrap interval; faint: each run<",
  );
});

test("has the numbers that the dashboard's Compare has of the same runs, in whatever order and under whatever name", () => {
  const runs = [7, 10, 20, 300, 4].map((rise, i) => rising(i, rise));
  const compared = [3, 0, 4, 1, 2].map((i) => {
    const [{ config, iterations, name }, log] = [runs[i], new MetricLog()];
    for (const event of iterations) log.add(`${JSON.stringify(event)}\n`);
    return { name, seed: config.seed, created: config.created, log };
  });
  const { x, points, statistic, over, counts } = groupCurve("PAL · default", "pal", compared, "return", "samples");
  expect({ x, points, statistic, over, counts }).toEqual(group(runs).curve);
  expect(over).toBe("5 seeds");
});

test("runs that are longer than others carry the curve on, dashed, and the figure says so", () => {
  const long = runOf("s9", 9, [1, 2, 3, 4, 5, 6].map((k) => [100 * k, 10 * k])); // biome-ignore format: points
  const runs = [rising(0, 10), rising(1, 20), rising(2, 30), long];
  const curve = curveOf(group(runs), "black", true);
  expect(curve.label).toBe("PAL 45.0 (IQM of 4 seeds, then down to 1)");
  expect([curve.points.length, curve.tail, curve.band!.length]).toEqual([3, [[400, 40], [500, 50], [600, 60]], 3]); // biome-ignore format: points
  expect(drawn(runs)).toMatch(/stroke-dasharray="5 4"[\s\S]*dashed: some runs have ended/);
});

test("of fewer than four seeds, their mean, and the figure says so", () => {
  const curve = curveOf(group([rising(0, 10), rising(1, 20)]), "black", true);
  expect(curve).toMatchObject({ label: "PAL 45.0 (mean of 2 seeds)", points: [[100, 15], [200, 30], [300, 45]] }); // biome-ignore format: points
  expect([curve.thin!.length, curve.band]).toEqual([2, undefined]);
  expect(drawn([rising(0, 10), rising(1, 20)])).toContain("bold: mean (of fewer than 4 seeds: no interval)");
  expect(drawn([rising(0, 10)])).toContain("each curve is one run");
});

test("of runs with one seed the newest counts where the game is the same; others are runs, not seeds", () => {
  const again = [0, 1, 2, 3].map((i) => {
    const run = rising(0, 10 * (i + 1));
    return { ...run, name: `r${i}`, config: { ...run.config, created: `2026-01-0${i === 2 ? 9 : i + 1}` } };
  });
  expect(curveOf(group(again), "black", true).label).toBe("PAL 90.0 (1 seed)");
  expect(drawn(again)).toContain("each curve is one run; 3 older runs of the same seed left out");
  const varied = again.map((run, i) => {
    const { settings } = run.config;
    const model = { ...(settings as unknown as { model: object }).model, epochs: i + 1 };
    return { ...run, config: { ...run.config, settings: { ...settings, model } } };
  });
  expect(curveOf(group(varied), "black", true).label).toBe("PAL 75.0 (mean of 4 runs)");
  expect(drawn(varied)).toContain("bold: mean (of runs that share seeds: no interval)");
});

test("runs that have no samples in common, or one point each, are drawn without inventing any", () => {
  const apart = [runOf("a", 0, [[0, 1]]), runOf("b", 1, [[5, 2]])]; // biome-ignore format: points
  expect(curveOf(group(apart), "black", true)).toMatchObject({
    label: "PAL (2 seeds with no samples in common)",
    points: [],
  });
  expect(drawn(apart)).toContain("2 seeds with no samples in common");
  expect(group([runOf("a", 0, [[5, 1]]), runOf("b", 1, [[5, 2]])]).curve.points[0].value).toBe(1.5); // biome-ignore format: points
});

test("runs of one name stay apart where each is a curve", () => {
  const svg = compareFigure([rising(0, 10), rising(0, 20)], { group: "run", quantity: "return" });
  expect(svg).toMatch(/>s0 30\.0</);
  expect(svg).toMatch(/>s0 \(2\) 60\.0</);
});

test("changes of the task are vertical lines where the first iteration with them began, once per figure", () => {
  const config = { format: "stackelberg-run/1" as const, ...fakeConfig() };
  const changes = [
    { atSamples: 150, options: { forearm: "1.2" } },
    { atSamples: 290, options: { goals: "0,0,0.1" } },
  ];
  const iterations = [1, 2, 3].map(fakeEvent); // 100, 200, 300 samples
  const run = {
    name: "a",
    config: { ...config, settings: { ...config.settings, task: { turns: [], turnIterations: 1, changes } } },
    iterations,
  };
  // The second would come into force after the last iteration.
  expect(taskMoments(run)).toEqual([{ x: 200, label: "forearm 1.2" }]);
  const { task: _, ...old } = config.settings;
  expect(taskMoments({ ...run, config: { ...config, settings: old } })).toEqual([]);
  const times = (svg: string) => svg.split("forearm 1.2").length - 1;
  expect(times(runFigure(run))).toBe(1);
  const two = [run, { ...run, name: "b" }];
  expect(times(compareFigure(two, { group: "run", quantity: "return" }))).toBe(1);
});

test("runs of another policy player are no seeds of the algorithm's own, and have a colour of their own", () => {
  const config = { format: "stackelberg-run/1" as const, ...fakeConfig() };
  const iterations = [1, 2, 3].map(fakeEvent);
  const run = (policy: string, name: string, seed = 0) => ({
    name,
    config: { ...config, seed, settings: { ...config.settings, players: { policy, model: "ensemble" } } },
    iterations,
  });
  const svg = compareFigure([run("actor-critic", "a"), run("npg", "b"), run("npg", "c", 1)], {
    group: "algorithm",
    quantity: "return",
  });
  expect(svg).toMatch(/PAL npg [^<]*\(mean of 2 seeds\)/);
  expect(svg).toMatch(/PAL actor-critic [^<(]*\(1 seed\)</);
  const colourOf = (name: string) => new RegExp(`fill="(#[0-9A-F]{6})"[^>]*>${name}`).exec(svg)?.[1];
  expect([colourOf("PAL npg"), colourOf("PAL actor-critic")]).toEqual(["#0072B2", "#D55E00"]);
  expect(compareFigure([run("npg", "b")], { group: "algorithm", quantity: "return" })).toMatch(/>PAL \d/);
});

test("names of runs, however long, have room beside the curves", () => {
  const config = { format: "stackelberg-run/1" as const, ...fakeConfig() };
  const name = "pal-with-a-constant-step-size-of-v-s1";
  const svg = compareFigure([{ name, config, iterations: [1, 2, 3].map(fakeEvent) }], {
    group: "run",
    quantity: "return",
  });
  const label = new RegExp(`translate\\(([\\d.]+),[^"]*"[^>]*>(${name}[^<]*)<`).exec(svg)!;
  expect(Number(label[1]) + 10 + 6.8 * label[2].length).toBeLessThan(760); // bold letters of 12 px are 6.8 px wide on average
  expect(Number(label[1])).toBeGreaterThan(400);
});
