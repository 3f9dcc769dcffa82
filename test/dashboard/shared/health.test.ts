import { describe, expect, test } from "vitest";
import { health, type Light, timeLeft } from "../../../src/dashboard/shared/health.js";
import { MetricLog } from "../../../src/dashboard/shared/metric-log.js";
import type { RunStatus } from "../../../src/dashboard/shared/protocol.js";
import type { IterationEvent } from "../../../src/runs/events.js";
import { criticEvent, fakeEvent } from "../../runs/support/fake.js";

const logOf = (...events: readonly object[]) => {
  const log = new MetricLog();
  log.add(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return log;
};
const light = (name: Light["name"], log: MetricLog, status: RunStatus = "running", quiet = 0) =>
  health(log, status, quiet).find((found) => found.name === name)!;
/** An iteration with this share of the variance left, this gap and this return. */
const iteration = (k: number, after: number, gap: number, value: number): IterationEvent => {
  const event = fakeEvent(k);
  return {
    ...event,
    gap,
    model: { ...event.model!, return: { mean: 100 + gap, perMember: [] }, freshLoss: { before: 1, after } },
    evaluation: { return: { mean: value, std: 0, episodes: 10 }, success: null },
  };
};

describe("health lights", () => {
  test("are green where all is well", () => {
    const log = logOf(iteration(1, 0.1, 0, 1), iteration(2, 0.1, 5, 2));
    expect(health(log, "running", 0).map(({ level }) => level)).toEqual(Array(6).fill("good"));
  });

  test("show a number that is none, and a line that cannot be read", () => {
    expect(light("numbers", logOf({ ...fakeEvent(4), gap: null }))).toMatchObject({
      level: "bad",
      text: expect.stringContaining("gap is not a number in iteration 4"),
    });
    expect(light("numbers", logOf({ type: "??" }, fakeEvent(1)))).toMatchObject({ level: "warn" });
  });

  test("show a run that writes nothing for long, by the pace that it had", () => {
    const slow = { ...fakeEvent(1), seconds: { ...fakeEvent(1).seconds, total: 100 } };
    expect(light("progress", logOf(slow), "running", 499).level).toBe("good");
    expect(light("progress", logOf(slow), "running", 501)).toMatchObject({ level: "warn", text: /stale/ });
    expect(light("progress", logOf(fakeEvent(1)), "running", 119).level).toBe("good"); // never sooner than two minutes
  });

  test("show a run that failed with what it said, and one whose process is gone", () => {
    const failed = logOf(fakeEvent(1), { type: "end", reason: "failed", iteration: 1, message: "model player: NaN" });
    expect(light("progress", failed, "failed")).toMatchObject({ level: "bad", text: "model player: NaN" });
    expect(light("progress", logOf(fakeEvent(1)), "killed").level).toBe("bad");
  });

  test.each([
    [0.29, "good"],
    [0.3, "warn"],
    [1, "bad"],
  ])("call a loss of %d of the variance on fresh data %s", (after, level) => {
    expect(light("model", logOf(iteration(1, after, 0, 1))).level).toBe(level);
  });

  test.each([
    [-500, "good"], // the world gives more than was promised
    [25, "good"],
    [26, "warn"],
    [101, "bad"],
  ])("call a gap of %d where the world gives 100 %s", (gap, level) => {
    expect(light("gap", logOf(iteration(1, 0.1, gap, 1))).level).toBe(level);
  });

  test("show steps and losses that run away from what was usual in the run, and not before anything was", () => {
    const steps = (k: number, ...kl: number[]) => ({
      ...iteration(k, 0.1, 0, 1),
      policy: { ...fakeEvent(k).policy, kl },
    });
    const usual = Array.from({ length: 6 }, (_, i) => steps(i + 1, 0.02, 0.03));
    expect(light("divergence", logOf(...usual, steps(7, 0.02, 0.29))).level).toBe("good");
    expect(light("divergence", logOf(...usual, steps(7, 0.02, 0.31)))).toMatchObject({
      level: "bad",
      text: /KL of 0\.31/,
    });
    expect(light("divergence", logOf(steps(1, 0.02), steps(2, 5))).level).toBe("good");
    const lost = logOf(...usual.slice(1), iteration(7, 0.1, 0, 1), {
      ...iteration(8, 1.1, 0, 1),
      policy: usual[0].policy,
    });
    expect(light("divergence", lost)).toMatchObject({ level: "warn", text: /loss after the fit is 1\.1/ });
  });

  test("of critics and their entropy are there where they play, and green where all is well", () => {
    const usual = Array.from({ length: 7 }, (_, i) => ({ ...criticEvent(i + 1), gap: 0 }));
    const lights = health(logOf(...usual), "running", 0);
    expect(lights.map(({ name }) => name)).toEqual(
      ["numbers", "progress", "divergence", "model", "gap", "critics", "entropy", "return"], // biome-ignore format: one line
    );
    expect(lights.map(({ level }) => level)).toEqual(Array(8).fill("good"));
    expect(light("entropy", logOf(...usual)).text).toBe("-0.9, target -1");
    expect(light("critics", logOf(fakeEvent(1)))).toBeUndefined();
  });

  test.each([
    ["critics", "bad", { criticLoss: 0.021 }, /loss is 0\.021, usual here 0\.002/],
    ["critics", "good", { criticLoss: 0.019 }, /loss 0\.019/],
    ["critics", "warn", { value: 121 }, /top of their range: 121/],
    ["critics", "warn", { value: -1 }, /bottom of their range/],
    ["critics", "good", { value: 119 }, /within/],
    ["entropy", "warn", { entropy: -1.6 }, /less random.*-1\.6, target -1/],
    ["entropy", "good", { entropy: -1.4 }, /-1\.4/],
    ["entropy", "warn", { temperature: 4e-5 }, /collapsed to 4\.0e-5/],
    ["entropy", "good", { temperature: 6e-5 }, /-0\.9/],
    ["divergence", "warn", { disagreement: 0.11 }, /disagree on real states by 0\.11, usual here 0\.01/],
    ["divergence", "good", { disagreement: 0.09 }, /bounded/],
  ] as const)("%s: %s at %j", (name, level, changes, text) => {
    const usual = Array.from({ length: 6 }, (_, i) => criticEvent(i + 1));
    expect(light(name, logOf(...usual, criticEvent(7, changes)))).toMatchObject({ level, text });
  });

  test("show a return that has fallen by more than three tenths of its range", () => {
    const first = iteration(1, 0.1, 0, -100);
    expect(light("return", logOf(first, iteration(2, 0.1, 0, 100), iteration(3, 0.1, 0, 41))).level).toBe("good");
    expect(light("return", logOf(first, iteration(2, 0.1, 0, 100), iteration(3, 0.1, 0, 39))).level).toBe("warn");
  });
});

describe("time left", () => {
  test("is what the pace of the last iterations says", () => {
    const log = logOf(...Array.from({ length: 10 }, (_, i) => fakeEvent(i + 1))); // 100 samples and a second each
    expect(timeLeft(log, "running", 3000)).toBeCloseTo(20, 9);
    expect(timeLeft(log, "running", 500)).toBe(0);
    expect(timeLeft(log, "finished", 3000)).toBeNull();
    expect(timeLeft(logOf(fakeEvent(1)), "running", 3000)).toBeNull();
  });
});
