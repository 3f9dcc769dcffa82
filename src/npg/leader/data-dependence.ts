import { cached } from "../../compute/cached.js";
import type { Compute } from "../../compute/engine.js";
import { jacobianVectorProducts } from "../../compute/forward-mode.js";
import { graph } from "../../compute/graph.js";
import type { Node } from "../../compute/node.js";
import { input, mul, square, sub, sum } from "../../compute/operators.js";
import { bindRowSums } from "../../compute/row-sums.js";
import { meanAndStd } from "../../math/statistics.js";
import type { Vector } from "../../math/vector.js";
import { actionBox } from "../../mdp/action-box.js";
import type { Task } from "../../mdp/task.js";
import { type Ensemble, type ModelData, modelTensors } from "../../model/ensemble.js";
import { layoutInputs, unflatten } from "../../nn/layout.js";
import { type GaussianPolicy, policyLayout, policyTensors } from "../../policy/gaussian-policy.js";
import { policyGradientGraph } from "../policy-gradient.js";
import { meansOf, memberNodes } from "./member-graphs.js";

/** What PAL's follower was fitted to, and the part of it that the present policy gathered. */
export interface FollowerData {
  readonly buffer: ModelData;
  readonly fresh: ModelData;
  /** The episode of each fresh sample, in the order in which they were gathered. */
  readonly freshEpisodes: readonly number[];
  /** Factor on each entry's error in ℓ, [observation size]: 1/σ_Δ for a normalised loss. */
  readonly units: Float32Array;
}

/** (∂²ℓ/∂θ∂φᵀ) x for one member, by the likelihood-ratio form, [policy parameters]. */
export async function mixedProduct(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  ensemble: Ensemble,
  member: number,
  { fresh, freshEpisodes, units }: FollowerData,
  x: Vector,
): Promise<Vector> {
  const slopes = await lossSlopes(compute, ensemble, member, fresh, units, x);
  const box = actionBox(task.action);
  const m = task.action.size;
  const tables = {
    observations: { data: fresh.observations, width: task.observation.size },
    actions: {
      data: fresh.actions.map((a, i) => (a - box.centre[i % m]) / box.halfWidth[i % m]),
      width: m,
    },
    advantages: { data: Float32Array.from(visitationWeights(slopes, freshEpisodes)), width: 1 },
  };
  const sums = await bindRowSums(compute, policyGradientGraph(policy.shape), tables, policyTensors(policy));
  try {
    const names = policyLayout(policy.shape).tensors.map(({ name }) => `gradient.${name}`);
    return meansOf(await sums.sum({}), names, sums.size);
  } finally {
    await sums.release();
  }
}

/** ℓ′_x of each sample: xᵀ ∂/∂φ of ½ Σ (units · (M_φ(s, a) − s′))², [samples], by forward mode. */
export async function lossSlopes(
  compute: Compute,
  ensemble: Ensemble,
  member: number,
  data: ModelData,
  units: Float32Array,
  x: Vector,
): Promise<Float64Array> {
  const { shape } = ensemble;
  const { observationSize: n, actionSize: m } = shape;
  const { layout } = memberNodes(shape);
  const slopesGraph = cached(["loss slopes", shape], () => {
    const { model, parameters } = memberNodes(shape);
    const vector = layoutInputs(layout, "vector");
    const [s, a, next] = [
      input("observations", ["rows", n]),
      input("executed", ["rows", m]),
      input("next", ["rows", n]),
    ];
    const factor = input("units", [n]);
    const losses: Node = mul(sum(square(mul(sub(model.next(s, a), next), factor)), [1]), 0.5);
    const [slopes] = jacobianVectorProducts([losses], parameters, vector);
    return graph("loss slopes", [...model.inputs, ...vector, s, a, next, factor], { slopes: slopes });
  });
  const program = await compute.engines[0].load(slopesGraph);
  const { slopes } = await program.run({
    ...modelTensors(ensemble, ensemble.members[member]),
    ...unflatten(layout, "vector", Float32Array.from(x)),
    observations: { shape: [data.size, n], data: data.observations },
    executed: { shape: [data.size, m], data: data.actions },
    next: { shape: [data.size, n], data: data.next },
    units: { shape: [n], data: units },
  });
  return Float64Array.from(slopes.data);
}

/**
 * What each action is to blame for: the sum of f from its step to its episode's end, less a baseline that its own episode
 * has no part in: the mean of that sum over the other episodes at the same time. Where no other episode got so far, the
 * mean of f for each step that is left.
 *
 * @param f a number per sample
 * @param episodes the episode of each sample, in the order of time
 */
export function visitationWeights(f: Float64Array, episodes: readonly number[]): Float64Array {
  const sums = f.slice();
  const [steps, left] = [new Int32Array(f.length), new Int32Array(f.length).fill(1)];
  for (let i = 1; i < f.length; i++) if (episodes[i] === episodes[i - 1]) steps[i] = steps[i - 1] + 1;
  const totals = new Map<number, { sum: number; count: number }>();
  for (let i = f.length - 1; i >= 0; i--) {
    if (episodes[i] === episodes[i + 1]) {
      sums[i] += sums[i + 1];
      left[i] = left[i + 1] + 1;
    }
    const before = totals.get(steps[i]) ?? { sum: 0, count: 0 };
    totals.set(steps[i], { sum: before.sum + sums[i], count: before.count + 1 });
  }
  const { mean } = meanAndStd(f);
  return sums.map((own, i) => {
    const { sum: all, count } = totals.get(steps[i])!;
    return own - (count > 1 ? (all - own) / (count - 1) : left[i] * mean);
  });
}
