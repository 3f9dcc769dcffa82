import { expect, test } from "vitest";
import { compareFigure, groupCurve } from "../../src/runs/figure-compare.js";
import { runFigure, taskMoments } from "../../src/runs/figure-run.js";
import { fakeConfig, fakeEvent } from "./support/fake.js";

test("mean and range are taken where every run has data, on straight lines between a run's own points", () => {
  const curve = groupCurve("PAL", "black", [
    [
      [0, 0],
      [10, 10],
      [30, 10],
    ],
    [
      [5, 1],
      [15, 3],
    ],
  ]);
  expect(curve.points).toEqual([
    [5, 3], // (5 + 1) / 2
    [10, 6], // (10 + 2) / 2
    [15, 6.5], // (10 + 3) / 2
  ]);
  expect(curve.band).toEqual([
    { x: 5, low: 1, high: 5 },
    { x: 10, low: 2, high: 10 },
    { x: 15, low: 3, high: 10 },
  ]);
  expect(curve.label).toBe("PAL 6.50 (n = 2)");
});

test("runs that have no samples in common, or one point each, are drawn without inventing any", () => {
  expect(groupCurve("MAL", "black", [[[0, 1]], [[5, 2]]])).toMatchObject({ label: "MAL (n = 2)", band: [] });
  expect(groupCurve("MAL", "black", [[[5, 1]], [[5, 2]]]).points).toEqual([[5, 1.5]]);
});

test("changes of the task are vertical lines where the first iteration with them began, once per figure", () => {
  const config = { format: "stackelberg-run/1" as const, ...fakeConfig() };
  const changes = [
    { atSamples: 150, options: { forearm: "1.2" } },
    { atSamples: 290, options: { goals: "0,0,0.1" } },
  ];
  const iterations = [1, 2, 3].map(fakeEvent); // 100, 200, 300 samples
  const run = { name: "a", config: { ...config, settings: { ...config.settings, task: { changes } } }, iterations };
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
  const run = (policy: string, name: string) => ({
    name,
    config: { ...config, settings: { ...config.settings, players: { policy, model: "ensemble" } } },
    iterations,
  });
  const svg = compareFigure([run("actor-critic", "a"), run("npg", "b"), run("npg", "c")], {
    group: "algorithm",
    quantity: "return",
  });
  expect(svg).toMatch(/PAL npg [^<]*\(n = 2\)/);
  expect(svg).toMatch(/PAL actor-critic [^<(]*</);
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
  expect(Number(label[1]) + 10 + 6.8 * label[2]!.length).toBeLessThan(760); // bold letters of 12 px are 6.8 px wide on average
  expect(Number(label[1])).toBeGreaterThan(400);
});
