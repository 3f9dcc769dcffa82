import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import { jacobianVectorProducts } from "../compute/forward-mode.js";
import type { Graph } from "../compute/graph.js";
import { exp, mul } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { bindRowSums, rowSumGraph } from "../compute/row-sums.js";
import type { LinearMap } from "../math/conjugate-gradient.js";
import { layoutInputs, layoutOutputs, unflatten } from "../nn/layout.js";
import {
  type GaussianPolicy,
  logStd,
  type PolicyShape,
  policyLayout,
  policyNodes,
  policyTensors,
} from "../policy/gaussian-policy.js";

/** Σ Jᵀ diag(σ⁻²) J v over rows, J = ∂MLP(s)/∂θ: forward mode for Jv, reverse mode for the way back. */
export function fisherGraph(shape: PolicyShape): Graph {
  return cached(["fisher", shape], () => {
    const policy = policyNodes(shape);
    const vector = layoutInputs(policyLayout(shape), "vector");
    const tables = [{ name: "observations", width: shape.observationSize }];
    return rowSumGraph("fisher", [...policy.inputs, ...vector], tables, (observations) => {
      const mean = policy.mean(observations);
      const [tangent] = jacobianVectorProducts([mean], policy.parameters, vector);
      const precision = exp(mul(policy.logStd, -2));
      return layoutOutputs(
        policyLayout(shape),
        "product",
        gradients([mean], policy.parameters, [mul(tangent, precision)]),
      );
    });
  });
}

/** A Fisher matrix in place on the engines. */
export interface Fisher {
  /** v ↦ (F + damping · 1) v. */
  readonly map: LinearMap;
  release(): Promise<void>;
}

/**
 * The damped Fisher matrix of π_θ, averaged over states, never materialised:
 *
 *   F = E_s [Jᵀ Σ⁻¹ J] for the mean's parameters, and 2 on the diagonal for each log σ.
 *
 * @param observations states, [rows, observation size]
 */
export async function fisherMatrix(
  compute: Compute,
  policy: GaussianPolicy,
  observations: Float32Array,
  damping: number,
): Promise<Fisher> {
  const { shape } = policy;
  const parameterLayout = policyLayout(shape);
  const deviations = logStd(policy).length;
  const sums = await bindRowSums(
    compute,
    fisherGraph(shape),
    { observations: { data: observations, width: shape.observationSize } },
    policyTensors(policy),
  );
  return {
    async map(v) {
      const parts = await sums.sum(unflatten(parameterLayout, "vector", Float32Array.from(v)));
      const product = new Float64Array(v.length);
      let start = 0;
      for (const { name } of parameterLayout.tensors) {
        const part = parts[`product.${name}`];
        for (let i = 0; i < part.length; i++) product[start + i] = part[i] / sums.size + damping * v[start + i];
        start += part.length;
      }
      for (let i = v.length - deviations; i < v.length; i++) product[i] += 2 * v[i];
      return product;
    },
    release: () => sums.release(),
  };
}
