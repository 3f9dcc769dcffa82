import type { Vector } from "../../math/vector.js";
import { dynamicsNetwork, type ModelShape, modelNodes } from "../../model/ensemble.js";
import { mlpLayout } from "../../nn/mlp.js";

/** A member as nodes, φ by itself. */
export function memberNodes(shape: ModelShape) {
  const model = modelNodes(shape);
  const layout = mlpLayout(dynamicsNetwork(shape));
  return { model, layout, parameters: model.inputs.slice(0, layout.tensors.length) };
}

/** Sums of row-sum outputs as one vector of means. */
export const meansOf = (
  parts: Readonly<Record<string, Float64Array>>,
  names: readonly string[],
  rows: number,
): Vector => Float64Array.from(names.flatMap((name) => Array.from(parts[name], (x) => x / rows)));

/** (s, a) as tables of a row sum. */
export const stateActionTables = ({ observationSize, actionSize }: ModelShape) => [
  { name: "observations", width: observationSize },
  { name: "executed", width: actionSize },
];
