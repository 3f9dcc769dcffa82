import { describe, expect, test } from "vitest";
import { policyToOnnx } from "../../../src/agents/export.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { modelKind } from "../../../src/agents/ways.js";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError } from "../../../src/errors/errors.js";
import { lineTask } from "../../support/line-task.js";
import { CONTINUED, playAll, tinySetup } from "../../support/tiny-run.js";
import { only, useCompute } from "../../support/use-compute.js";

const compute = useCompute(2);

describe.each(["cem", "mppi", "ilqr"])("a run with the planner %s", (policy) => {
  const setup = (on = compute()) => tinySetup("mal", lineTask(), on, { players: { policy } }, CONTINUED);

  test("resumes in the middle of an episode, plan and all, bit for bit", { timeout: 60_000 }, async () => {
    const whole = await playAll(setup());
    const { snapshot } = whole[1];
    expect(snapshot.tensors["buffer/underWay.memory"].data).toHaveLength(4); // H actions
    expect(snapshot.tensors["buffer/underWay.memory"].data.some((u) => u !== 0)).toBe(true);
    const rest = await playAll({ ...setup(), resume: snapshot });
    expect(rest.map(({ snapshot: own }) => own.tensors)).toEqual(
      whole.slice(2).map(({ snapshot: own }) => own.tensors),
    );
  });

  test("does not depend on the number of engines", { timeout: 60_000 }, async () => {
    const [two, one] = [await playAll(setup(), 2), await playAll(setup(only(compute(), 1)), 2)];
    expect(one.map(({ snapshot }) => snapshot.tensors)).toEqual(two.map(({ snapshot }) => snapshot.tensors));
  });

  test("says that it has no network", async () => {
    const { settings, task } = setup();
    const [first] = await playAll(setup(), 1);
    expect(() => policyToOnnx(first.snapshot, settings, task)).toThrow(/plans in the model, and has no network/);
  });
});

test.each<[string, object, RegExp]>([
  [
    "more elites than candidates",
    { cem: { population: 10, elites: 11 } },
    /^cem.elites: must be at most cem.population \(10\), got 11/,
  ],
  ["no candidates", { cem: { population: 0 } }, /^cem.population: .*got 0/],
  ["no horizon", { mpc: { horizon: 0 } }, /^mpc.horizon: .*got 0/],
  [
    "fewer particles than members",
    { mpc: { particles: 2 } },
    /^mpc.particles: must be at least gaussian.ensembleSize \(5\)/,
  ],
  ["V without a discount", { mpc: { terminalValue: "fitted" } }, /^mpc.discount: must be less than 1/],
  ["the bound meter", { meter: { every: 1 } }, /^meter.every: .*a planner has none/],
])("%s is refused", (_, patch, says) => {
  const resolve = () => resolveSettings({ algorithm: "pets", task: createTask("half-cheetah"), patches: [patch] });
  expect(resolve).toThrow(ConfigError);
  expect(resolve).toThrow(says);
});

test("a task without a known reward is refused, unless the model learns it", () => {
  const known = createTask("inverted-pendulum");
  const { reward: _, ...graphs } = known.graphs!;
  const task = { ...known, graphs };
  const resolve = (learnReward: string) =>
    resolveSettings({ algorithm: "pets", task, patches: [{ gaussian: { learnReward } }] });
  expect(() => resolve("no")).toThrow(/does not say its reward as a graph/);
  expect(() => resolve("auto")).not.toThrow();
});

test("PETS learns the bounds of its variances; a run from before they could be learned has fixed ones", () => {
  const settings = resolveSettings({ algorithm: "pets", task: createTask("half-cheetah") });
  const { gaussian } = settings as unknown as { gaussian: Record<string, unknown> };
  expect(gaussian.learnedBounds).toBe(true);
  const { learnedBounds: _, ...before } = gaussian;
  expect(modelKind("gaussian-ensemble").groups.gaussian.parse(before)).toEqual({ ...before, learnedBounds: false });
});
