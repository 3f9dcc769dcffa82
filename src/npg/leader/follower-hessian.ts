import { cached } from "../../compute/cached.js";
import type { Compute } from "../../compute/engine.js";
import { jacobianVectorProducts } from "../../compute/forward-mode.js";
import { input, mul, square } from "../../compute/operators.js";
import { gradients } from "../../compute/reverse-mode.js";
import { bindRowSums, rowSumGraph } from "../../compute/row-sums.js";
import type { LinearMap } from "../../math/conjugate-gradient.js";
import { addScaled } from "../../math/vector.js";
import { type Ensemble, type ModelData, modelTensors } from "../../model/ensemble.js";
import { layoutInputs, layoutOutputs, unflatten } from "../../nn/layout.js";
import { meansOf, memberNodes, stateActionTables } from "./member-graphs.js";

/** v ↦ (E_D[Jᵀ units² J] + damping) v with J = ∂M_φ/∂φ of one member, in place on the engines. The network's own curvature is left out: it can be negative. */
export async function gaussNewton(
  compute: Compute,
  ensemble: Ensemble,
  member: number,
  buffer: ModelData,
  units: Float32Array,
  damping: number,
): Promise<{ readonly map: LinearMap; release(): Promise<void> }> {
  const { shape } = ensemble;
  const { layout } = memberNodes(shape);
  const productGraph = cached(["gauss-newton", shape], () => {
    const { model, parameters } = memberNodes(shape);
    const vector = layoutInputs(layout, "vector");
    const factor = input("units", [shape.observationSize]);
    return rowSumGraph("gauss-newton", [...model.inputs, factor, ...vector], stateActionTables(shape), (s, a) => {
      const next = model.next(s, a);
      const [tangent] = jacobianVectorProducts([next], parameters, vector);
      return layoutOutputs(layout, "product", gradients([next], parameters, [mul(tangent, square(factor))]));
    });
  });
  const tables = {
    observations: { data: buffer.observations, width: shape.observationSize },
    executed: { data: buffer.actions, width: shape.actionSize },
  };
  const sums = await bindRowSums(compute, productGraph, tables, {
    ...modelTensors(ensemble, ensemble.members[member]),
    units: { shape: [units.length], data: units },
  });
  const names = Object.keys(productGraph.outputs);
  return {
    async map(v) {
      const product = meansOf(await sums.sum(unflatten(layout, "vector", Float32Array.from(v))), names, sums.size);
      return addScaled(product, v, damping);
    },
    release: () => sums.release(),
  };
}
