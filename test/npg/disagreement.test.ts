import { describe, expect, test } from "vitest";
import { modelEpisodes } from "../../src/mdp/model-episodes.js";
import { rollOut } from "../../src/mdp/rollouts.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { disagreementOf } from "../../src/npg/disagreement.js";
import { actingNet, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { fillNormal, seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask, PUSH } from "../support/line-task.js";
import { normals } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask({ isTerminal: (next) => Math.abs(next[0]) > 1.2 });
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const policy = initialPolicy({ observationSize: 2, hidden: [6], actionSize: 1 }, inputs, 0, seeded(0));

/** Rollouts in the first member of an ensemble; some end early. */
async function played(ensemble: Ensemble) {
  const imagined = await modelEpisodes(firstEngine(compute()), task, actingNet(policy), ensembleModel(ensemble), 0);
  const noise = seeded(3);
  const rollouts = await rollOut(imagined.begin(normals(2 * 30, 4).map((x) => 0.5 * x)), task.horizon, (going) =>
    fillNormal(new Float32Array(going.length), noise),
  );
  await imagined.release();
  return rollouts;
}
const scaled = (factor: number) => LINE.map((row) => row.map((x) => factor * x));
const of = async (ensemble: Ensemble, every: number) => {
  const rollouts = await played(ensemble);
  return {
    rollouts,
    d: await disagreementOf(firstEngine(compute()), ensembleModel(ensemble), task.action, rollouts, every),
  };
};
/** The action as executed: the box is [−1, 3]. */
const executed = (u: number) => 1 + 2 * Math.min(1, Math.max(-1, u));

describe("the members' disagreement", () => {
  test("is the standard deviation over members of Δ/σ_Δ, root mean square over the entries that change", async () => {
    const factors = [0.9, 1, 1.4];
    const three = linearEnsemble(factors.map(scaled));
    const deviation = Math.sqrt(factors.reduce((total, f) => total + (f - 1.1) ** 2, 0) / 3);
    const both = await of(three, 1);
    both.d.forEach((d, row) => {
      // Only the first of two entries moves, by f · 0.2 a.
      expect(d).toBeCloseTo((deviation * PUSH * Math.abs(executed(both.rollouts.actions[row]))) / Math.SQRT2, 5);
    });
    // The goal never changed in the data: it is held fixed, and nobody disagrees about it. Only Δx counts, in units of σ_Δ.
    const held = { ...three, scaling: { ...three.scaling, deltaScale: Float32Array.of(0.5, 0) } };
    const alone = await of(held, 1);
    alone.d.forEach((d, row) => {
      expect(d).toBeCloseTo(deviation * PUSH * Math.abs(executed(alone.rollouts.actions[row])), 5);
    });
  });

  test("is 0 where all members say the same, and where nothing was fitted yet", async () => {
    expect((await of(linearEnsemble([LINE, LINE]), 1)).d.every((d) => d === 0)).toBe(true);
    const apart = linearEnsemble([LINE, scaled(2)]);
    const unfitted = { ...apart, scaling: { ...apart.scaling, deltaScale: new Float32Array(2) } };
    expect((await of(unfitted, 1)).d.every((d) => d === 0)).toBe(true);
  });

  test.each([2, 3, 5, 100])("looked at every %i steps is held in between, trajectory by trajectory", async (every) => {
    const apart = linearEnsemble([LINE, scaled(1.5)]);
    const exact = await of(apart, 1);
    const { rollouts, d } = await of(apart, every);
    expect(new Set(rollouts.lengths).size).toBeGreaterThan(3); // trajectories leave the batch at different times
    const { stepStarts, trajectory } = rollouts;
    for (let t = 0; t + 1 < stepStarts.length; t++) {
      const look = Math.floor(t / every) * every;
      for (let row = stepStarts[t]; row < stepStarts[t + 1]; row++) {
        let source = stepStarts[look];
        while (trajectory[source] !== trajectory[row]) source++;
        expect(d[row]).toBe(exact.d[source]);
      }
    }
  });
});
