import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { input } from "../compute/operators.js";
import { type Ensemble, type ModelShape, modelNodes, modelTensors } from "./ensemble.js";

const graphs = new Map<string, Graph>();

function nextGraph(shape: ModelShape): Graph {
  const key = JSON.stringify(shape);
  let built = graphs.get(key);
  if (built === undefined) {
    const model = modelNodes(shape);
    const observations = input("observations", ["rows", shape.observationSize]);
    const actions = input("actions", ["rows", shape.actionSize]);
    const next = model.next(observations, actions);
    built = graph("model step", [...model.inputs, observations, actions], { next });
    graphs.set(key, built);
  }
  return built;
}

/** One member of an ensemble, made ready to predict. */
export interface Predictor {
  /** M_φ(s, a) of states [rows, observation size] and executed actions [rows, action size], [rows, observation size]. */
  next(observations: Float32Array, actions: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export async function predictor(engine: Engine, ensemble: Ensemble, member: number): Promise<Predictor> {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const program = await (await engine.load(nextGraph(ensemble.shape))).bind(
    modelTensors(ensemble, ensemble.members[member]!),
  );
  return {
    async next(observations, actions) {
      const rows = observations.length / n;
      const results = await program.run({
        observations: { shape: [rows, n], data: observations },
        actions: { shape: [rows, m], data: actions },
      });
      return results.next!.data as Float32Array;
    },
    release: () => program.release(),
  };
}
