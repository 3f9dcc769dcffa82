import { describe, expect, test } from "vitest";
import { modelData } from "../../../src/agents/players/ensemble.js";
import { firstGoals, robustSettings } from "../../../src/agents/players/gaussian.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { modelScaling } from "../../../src/model/ensemble.js";
import { type Rng, seeded } from "../../../src/random/rng.js";
import { lineTask } from "../../support/line-task.js";
import { seated } from "../../support/seated.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const seatedSettings = resolveSettings({ algorithm: "pal", task: lineTask() });

test("rollouts start from the nearest goals first, and from all of ρ after npg.nearestIterations", () => {
  const goalError = { name: "x", of: (state: ArrayLike<number>) => state[0] };
  const initial = (count: number, rng: Rng) => Float32Array.from({ length: 2 * count }, () => rng.uniform());
  const npg = { ...seatedSettings.npg, nearestFirst: 0.2, nearestIterations: 4 };
  const farthest = [0, 1, 2, 3, 4, 5].map((k) => {
    const states = firstGoals({ goalError }, { npg }, k, initial)(2000, seeded(1));
    return Math.max(...states.filter((_, i) => i % 2 === 0));
  });
  // Goals are uniform in 0 … 1, and the farthest of the nearest share of them is that share: ± 0.01.
  for (const [k, share] of [0.2, 0.4, 0.6, 0.8].entries()) expect(Math.abs(farthest[k] - share)).toBeLessThan(0.05);
  expect(firstGoals({ goalError }, { npg }, 4, initial)).toBe(initial);
});

describe("improving the policy", () => {
  test("standardises inputs by the initial samples, once, and keeps them so", async () => {
    const { moves, start, pool } = seated(compute(), "pal", { policy: { inputs: "standardized" } });
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    const model = await moves.fitModel(start.model, data, seeded(2));
    const improved = await moves.improvePolicy(start.policy, model, data, seeded(3));
    const { inputShift, inputFactor } = modelScaling(modelData(data), lineTask().observation, {
      scale: "std",
      centerDelta: false,
    });
    expect(improved.policy.inputs).toEqual({ shift: inputShift.slice(0, 2), factor: inputFactor.slice(0, 2) });
    expect(improved.value.inputs).toEqual(improved.policy.inputs);
    expect([start.policy.inputsReady, improved.inputsReady]).toEqual([false, true]);
    const later = await moves.improvePolicy(
      improved,
      model,
      await moves.collect(improved, data, 30, seeded(4)),
      seeded(5),
    );
    expect(later.policy.inputs).toEqual(improved.policy.inputs);
    pool.close();
  });

  test.each([
    ["raw", [1, 1]],
    ["task", [1, 0.5]],
  ] as const)("inputs %s have the factors %o, to begin with and for good", async (inputs, factors) => {
    const { moves, start, pool } = seated(
      compute(),
      "pal",
      { policy: { inputs } },
      { task: lineTask({ policyInputScale: [1, 0.5] }) },
    );
    expect([start.policy.policy.inputs.factor, start.policy.value.inputs.factor]).toEqual([
      Float32Array.from(factors),
      Float32Array.from(factors),
    ]);
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    const improved = await moves.improvePolicy(
      start.policy,
      await moves.fitModel(start.model, data, seeded(2)),
      data,
      seeded(3),
    );
    expect(improved.policy.inputs).toEqual(start.policy.policy.inputs);
    pool.close();
  });

  test("adds the entropy's weight to the gradient of MAL's policy as of PAL's", async () => {
    for (const algorithm of ["pal", "mal"] as const) {
      const squares: number[] = [];
      for (const entropyCoefficient of [0, 1, 2]) {
        const { moves, start, steps, pool } = seated(compute(), algorithm, { npg: { entropyCoefficient } });
        const data = await moves.collect(start.policy, start.data, 30, seeded(1));
        await moves.improvePolicy(start.policy, await moves.fitModel(start.model, data, seeded(2)), data, seeded(3));
        squares.push(steps[0].gradientNorm ** 2);
        pool.close();
      }
      // ‖g + c e‖² = ‖g‖² + 2c g·e + c², e being 1 for the one log σ: its second difference in c is 2.
      expect(squares[2] - 2 * squares[1] + squares[0]).toBeCloseTo(2, 4);
    }
  });

  test("is robust as the settings say, with the scale of disagreement on a straight line over iterations", async () => {
    const robust = { worstShare: 0, disagreementFrom: 1, disagreementTo: -1, disagreementIterations: 4 };
    const { settings } = seated(compute(), "pal", { robust });
    const scales = [0, 1, 2, 3, 4, 5, 100].map((k) => robustSettings(settings, k).disagreementScale);
    expect(scales).toEqual([1, 0.5, 0, -0.5, -1, -1, -1]);
    const { moves, start, steps, pool } = seated(compute(), "pal", { robust }, { iteration: () => 3 });
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    await moves.improvePolicy(start.policy, await moves.fitModel(start.model, data, seeded(2)), data, seeded(3));
    pool.close();
    expect(Array.from(steps[0].memberWeights).sort()).toEqual([0, 1]);
    expect(steps[0].disagreement).toBeGreaterThan(0);
    expect(steps[0].bonus).toBeLessThan(0); // k = 3: times −0.5
  });

  test("takes no real samples: start states from ρ are resets", async () => {
    const { moves, start, steps, pool } = seated(compute());
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    const model = await moves.fitModel(start.model, data, seeded(2));
    const before = structuredClone({ ...data });
    const [world] = await pool.worlds(1);
    world.step = () => expect.unreachable("a step would be a sample");
    await moves.improvePolicy(start.policy, model, data, seeded(3));
    expect(data).toEqual(before);
    expect(steps).toHaveLength(1);
    pool.close();
  });
});
