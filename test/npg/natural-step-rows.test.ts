import { beforeAll, describe, expect, test } from "vitest";
import { createTask } from "../../src/envs/index.js";
import { conjugateGradient, type LinearMap } from "../../src/math/conjugate-gradient.js";
import { addScaled, dot, norm, type Vector } from "../../src/math/vector.js";
import { actionBox, executedActions } from "../../src/mdp/action-box.js";
import { generalizedAdvantages, whiten } from "../../src/npg/advantages.js";
import { fisherMatrix } from "../../src/npg/fisher.js";
import type { PolicyBatch } from "../../src/npg/model-batch.js";
import { npgStep } from "../../src/npg/npg-step.js";
import { surrogateGradient } from "../../src/npg/policy-step.js";
import { type GaussianPolicy, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { plainFisher } from "../support/plain-fisher.js";
import { plainMean, plainStd } from "../support/plain-networks.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const hopper = createTask("hopper");
const [n, m] = [hopper.observation.size, hopper.action.size];
const ROWS = 200;
const ITERATIONS = 25;
const DAMPINGS = [1e-3, 1e-4];

/** Rows of the hopper's own world, recorded while π acts, with advantages from its rewards alone. */
async function recorded(policy: GaussianPolicy): Promise<PolicyBatch> {
  const world = await hopper.createWorld();
  const rng = seeded(1);
  const box = actionBox(hopper.action);
  const [states, actions, rewards, trajectory, lasts, outcomes]: number[][] = [[], [], [], [], [], []];
  for (let episode = 0; rewards.length < ROWS; episode++) {
    let { observation } = world.reset({ seed: episode });
    let terminal = false;
    while (!terminal && rewards.length < ROWS) {
      const std = plainStd(policy);
      const u = Float32Array.from(plainMean(policy, observation), (mean, i) => mean + std[i] * rng.normal());
      const step = world.step(executedActions(box, u));
      states.push(...observation);
      actions.push(...u);
      rewards.push(step.reward);
      trajectory.push(episode);
      observation = step.observation;
      terminal = step.terminated;
    }
    lasts.push(...observation);
    outcomes.push(terminal ? 1 : 0);
  }
  world.close();
  const played = {
    size: ROWS,
    count: outcomes.length,
    rewards: Float64Array.from(rewards),
    trajectory: Int32Array.from(trajectory),
    outcomes: Uint8Array.from(outcomes),
    observations: Float32Array.from(states),
    lastObservations: Float32Array.from(lasts),
  };
  const { advantages } = generalizedAdvantages(played, new Float64Array(ROWS), new Float64Array(outcomes.length), {
    discount: 0.99,
    gaeLambda: 0.97,
  });
  return {
    size: ROWS,
    observations: played.observations,
    actions: Float32Array.from(actions),
    advantages: whiten(advantages),
  };
}

/** Conjugate gradients as the books write them first, which lose conjugacy. */
async function forgetful(A: LinearMap, b: Vector, iterations: number): Promise<Vector> {
  let x: Vector = new Float64Array(b.length);
  let [residual, direction, square] = [b, b, dot(b, b)];
  for (let i = 0; i < iterations; i++) {
    const image = await A(direction);
    const step = square / dot(direction, image);
    x = addScaled(x, direction, step);
    residual = addScaled(residual, image, -step);
    const next = dot(residual, residual);
    direction = addScaled(residual, direction, next / square);
    square = next;
  }
  return x;
}

describe("conjugate gradients on rows of the hopper, a policy of 64 × 64, products in float32", {
  timeout: 120_000,
}, () => {
  let batch: PolicyBatch;
  let policy: GaussianPolicy;
  let gradient: Vector;

  beforeAll(async () => {
    const inputs = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
    const shape = { observationSize: n, hidden: [64, 64], actionSize: m };
    const first = initialPolicy(shape, inputs, -1, seeded(0));
    const settings = {
      normalizedStepSize: 0.05,
      maxKl: null,
      klBacktrack: 0.5,
      cgIterations: 10,
      fisherDamping: 1e-4,
      fisherFraction: 1,
      entropyCoefficient: 0,
      minLogStd: null,
    };
    // One step away from where networks begin, F has more than a few directions.
    const step = npgStep(settings);
    ({ policy } = await step(compute(), first, await recorded(first), { state: undefined }, seeded(2)));
    batch = await recorded(policy);
    gradient = await surrogateGradient(compute(), policy, batch, 0);
  }, 120_000);

  /** ½ xᵀFx − gᵀx of what a solver gives, F in float64, whatever products the solver was given. */
  const valueBy = (exact: LinearMap) => async (x: Vector) => 0.5 * dot(x, await exact(x)) - dot(gradient, x);

  test.each(DAMPINGS)(
    "come as far as float64 with as many products, within two hundredths (damping %s)",
    async (damping) => {
      const exact = plainFisher(policy, batch.observations, damping);
      const quadratic = valueBy(exact);
      const fisher = await fisherMatrix(compute(), policy, batch.observations, damping);
      const solve = async (A: LinearMap) => (await conjugateGradient(A, gradient, ITERATIONS)).x;
      const [ours, best] = [await quadratic(await solve(fisher.map)), await quadratic(await solve(exact))];
      const before = await quadratic(await forgetful(fisher.map, gradient, ITERATIONS));
      expect(ours / best).toBeGreaterThan(0.98); // both below 0
      expect(before / best).toBeLessThan(0.95); // what this test is for: with residuals that are not orthogonal it fails
      await fisher.release();
    },
  );

  test.each(DAMPINGS)("report the value and the residual that float64 finds (damping %s)", async (damping) => {
    const exact = plainFisher(policy, batch.observations, damping);
    const fisher = await fisherMatrix(compute(), policy, batch.observations, damping);
    const { x, value, relativeResidual } = await conjugateGradient(fisher.map, gradient, ITERATIONS);
    await fisher.release();
    expect(value / (await valueBy(exact)(x))).toBeCloseTo(1, 4);
    const left = norm(addScaled(gradient, await exact(x), -1)) / norm(gradient);
    expect(relativeResidual / left).toBeCloseTo(1, 2);
  });
});
