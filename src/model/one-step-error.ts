import type { Compute } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { input, mul, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { type Ensemble, type ModelData, type ModelShape, modelNodes, modelTensors } from "./ensemble.js";

const graphs = new Map<string, Graph>();

function errorGraph(shape: ModelShape): Graph {
  const key = JSON.stringify(shape);
  let built = graphs.get(key);
  if (built === undefined) {
    const model = modelNodes(shape);
    const observations = input("observations", ["rows", shape.observationSize]);
    const actions = input("actions", ["rows", shape.actionSize]);
    const next = input("next", ["rows", shape.observationSize]);
    const units = input("units", [shape.observationSize]);
    const squares = sum(square(mul(sub(model.next(observations, actions), next), units)), [1]);
    built = graph("one-step error", [...model.inputs, observations, actions, next, units], { squares });
    graphs.set(key, built);
  }
  return built;
}

/** Rows a run takes at once: intermediates stay in cache. */
const CHUNK = 1024;

/**
 * ‖(s′ − M(s, a)) / σ_Δ‖² of each sample in each member, over the entries that change, in the units that the model was
 * fitted in.
 *
 * @returns one list per member, [samples]
 */
export async function oneStepErrors(compute: Compute, ensemble: Ensemble, data: ModelData): Promise<Float64Array[]> {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const units = ensemble.scaling.deltaScale.map((scale) => (scale === 0 ? 0 : 1 / scale));
  return shareOut(compute, ensemble.members, async (engine, member) => {
    const program = await (await engine.load(errorGraph(ensemble.shape))).bind({
      ...modelTensors(ensemble, member),
      units: { shape: [n], data: units },
    });
    const errors = new Float64Array(data.samples);
    try {
      for (let start = 0; start < data.samples; start += CHUNK) {
        const end = Math.min(start + CHUNK, data.samples);
        const part = (table: Float32Array, width: number) => ({
          shape: [end - start, width],
          data: table.subarray(start * width, end * width),
        });
        const results = await program.run({
          observations: part(data.observations, n),
          actions: part(data.actions, m),
          next: part(data.next, n),
        });
        errors.set(results.squares!.data as Float32Array, start);
      }
    } finally {
      await program.release();
    }
    return errors;
  });
}
