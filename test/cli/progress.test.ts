import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { ProgressView, underWay } from "../../src/cli/progress.js";
import type { RunConfig } from "../../src/runs/config.js";
import { fakeConfig, fakeEvent } from "../runs/support/fake.js";

const config: RunConfig = { format: "stackelberg-run/1", ...fakeConfig(1000) };
const terminal = {
  out: () => {},
  err: () => {},
  columns: undefined,
  cwd: "",
  input: () => Readable.from([]),
  onSignal: () => () => {},
};

/** Iteration k, which gathered 100 samples in so many seconds. */
const took = (k: number, total: number) => ({ ...fakeEvent(k), seconds: { ...fakeEvent(k).seconds, total } });

test("the time left is iterations left × the pace of the last three, less what the present one has taken", () => {
  let now = 0;
  const view = new ProgressView(
    terminal,
    config,
    [],
    () => {},
    () => now,
  );
  expect(view.secondsLeft()).toBeUndefined();
  for (const [k, seconds] of [
    [1, 500],
    [2, 10],
    [3, 20],
    [4, 30],
  ] as const)
    view.iteration(took(k, seconds));
  expect(view.secondsLeft()).toBe(6 * 20); // 600 samples to go, 100 an iteration, (10 + 20 + 30) / 3 s each
  now += 15_000;
  expect(view.secondsLeft()).toBe(6 * 20 - 15);
  now += 60_000; // an iteration that takes longer than expected does not eat up those after it
  expect(view.secondsLeft()).toBe(5 * 20);
  for (const k of [5, 6, 7, 8, 9, 10]) view.iteration(took(k, 20));
  expect(view.secondsLeft()).toBe(0);
});

test("before there is a second line, a line is as many samples as its iterations gather", () => {
  const { settings } = config;
  const data = { ...settings.data, samplesPerIteration: 25 };
  const small = { ...config, settings: { ...settings, data, record: { every: 4 } } };
  const silent = () => {};
  const view = new ProgressView(terminal, small, [], silent, () => 0);
  view.iteration(took(1, 8));
  expect(view.secondsLeft()).toBe(9 * 8); // 900 samples to go, 100 a line
});

test("a resumed run knows its pace from before", () => {
  const view = new ProgressView(
    terminal,
    config,
    [took(1, 7), took(2, 7)],
    () => {},
    () => 0,
  );
  expect(view.secondsLeft()).toBe(8 * 7);
});

test("a line says what the iteration was", () => {
  const lines: string[] = [];
  const view = new ProgressView(
    terminal,
    config,
    [],
    (text) => lines.push(text),
    () => 0,
  );
  const evaluation = { return: { mean: 1234.5, std: 6.78, episodes: 10 }, success: 0.8 };
  view.iteration({ ...took(3, 12), evaluation });
  view.iteration({ ...took(4, 12), evaluation: null });
  expect(lines[0]).toMatch(
    /^iteration 3 · 300 samples · return 1,23\d ± 6\.78, success 80 % · stochastic 4\d\d · in the model 5\d\d · 12 s \(fit 0\.5 s, improve 0\.3 s\) · 24 s left\n$/,
  );
  expect(lines[1]).toContain("iteration 4 · 400 samples · stochastic");
  view.iteration({ ...took(5, 12), evaluation: { ...evaluation, goalError: { mean: 0.5, last: 0.0312 } } });
  expect(lines[2]).toContain("success 80 %, error at the end 0.0312 · stochastic");
});

test("who waits for the end of an iteration is told what it is at, in the first one too", () => {
  const fit = { phase: "fit", iteration: 1, done: 35, total: 100 } as const;
  expect(underWay(undefined, 1, [])).toBe("it has taken 1.0 s");
  expect(underWay(fit, 130, [])).toBe("it has taken 2 min and is fitting the model (35 %)");
  expect(underWay({ ...fit, phase: "improve", total: 0 }, 5, [took(1, 100), took(2, 140)])).toBe(
    "it has taken 5.0 s; the last ones took 2 min",
  );
});
