import type { Compute } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { input, mul, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { type Ensemble, type ModelData, type ModelShape, modelNodes, modelTensors } from "./ensemble.js";

const graphs = new Map<string, Graph>();

function lossGraph(shape: ModelShape): Graph {
  const key = JSON.stringify(shape);
  let built = graphs.get(key);
  if (built === undefined) {
    const model = modelNodes(shape);
    const observations = input("observations", ["rows", shape.observationSize]);
    const actions = input("actions", ["rows", shape.actionSize]);
    const next = input("next", ["rows", shape.observationSize]);
    const units = input("units", [shape.observationSize]);
    const errors = square(mul(sub(model.next(observations, actions), next), units));
    built = graph("model loss", [...model.inputs, observations, actions, next, units], { squares: sum(errors, [0]) });
    graphs.set(key, built);
  }
  return built;
}

/**
 * ℓ(M, μ) on a data set, equation (3) for Gaussians: mean over samples and members of ((s′ − M(s, a)) · units)²,
 * per entry of the observation. With units 1/σ_Δ it is a share of the variance: 1 is no better than no model.
 *
 * @param units factor per entry, [observation size]; 0 leaves an entry out
 * @returns [observation size]
 */
export async function modelLoss(
  compute: Compute,
  ensemble: Ensemble,
  data: ModelData,
  units: Float32Array,
): Promise<Float64Array> {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const squares = await shareOut(compute, ensemble.members, async (engine, member) => {
    const program = await engine.load(lossGraph(ensemble.shape));
    const results = await program.run({
      ...modelTensors(ensemble, member),
      observations: { shape: [data.samples, n], data: data.observations },
      actions: { shape: [data.samples, m], data: data.actions },
      next: { shape: [data.samples, n], data: data.next },
      units: { shape: [n], data: units },
    });
    return results.squares!.data as Float32Array;
  });
  return Float64Array.from(
    { length: n },
    (_, i) => squares.reduce((total, s) => total + s[i]!, 0) / (squares.length * data.samples),
  );
}
