import { cached } from "../compute/cached.js";
import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { constant, input, mul, reshape, sub } from "../compute/operators.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout } from "../nn/mlp.js";
import { fitRegression, freshLearner, type Learner, type RegressionSettings, regression } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import type { InputScaling } from "./input-scaling.js";

/** V_ψ: a ReLU MLP of the scaled observation; its output times `targetScale` is the expected discounted return. */
export interface ValueFunction {
  readonly shape: MlpShape;
  readonly learner: Learner;
  readonly inputs: InputScaling;
  readonly targetScale: number;
}

export function initialValue(
  observationSize: number,
  hidden: readonly number[],
  inputs: InputScaling,
  targetScale: number,
  rng: Rng,
): ValueFunction {
  const shape: MlpShape = { inputSize: observationSize, hidden, outputSize: 1, activation: "relu" };
  const parameters = initialMlp(shape, rng);
  return { shape, learner: freshLearner(parameters), inputs, targetScale };
}

const predictGraph = (shape: MlpShape, targetScale: number): Graph =>
  cached(["value", shape, targetScale], () => {
    const parameters = layoutInputs(mlpLayout(shape), "value");
    const observations = input("observations", ["rows", shape.inputSize]);
    const shift = input("shift", [shape.inputSize]);
    const factor = input("factor", [shape.inputSize]);
    const output = mul(mlp(shape, parameters, mul(sub(observations, shift), factor)), constant(targetScale));
    return graph("value", [...parameters, observations, shift, factor], { values: reshape(output, ["rows"]) });
  });

/** Rows a run takes at once: intermediates stay in cache. */
const CHUNK = 4096;

/** V_ψ(s) for each row of observations, [rows]. */
export async function predictValues(
  engine: Engine,
  value: ValueFunction,
  observations: Float32Array,
): Promise<Float64Array> {
  const width = value.shape.inputSize;
  const rows = observations.length / width;
  const program = await (await engine.load(predictGraph(value.shape, value.targetScale))).bind({
    ...unflatten(mlpLayout(value.shape), "value", value.learner.parameters),
    shift: { shape: [width], data: value.inputs.shift },
    factor: { shape: [width], data: value.inputs.factor },
  });
  const values = new Float64Array(rows);
  try {
    for (let start = 0; start < rows; start += CHUNK) {
      const end = Math.min(start + CHUNK, rows);
      const part = { shape: [end - start, width], data: observations.subarray(start * width, end * width) };
      values.set((await program.run({ observations: part })).values.data as Float32Array, start);
    }
  } finally {
    await program.release();
  }
  return values;
}

/** Fits V_ψ to returns (Subroutine 1, line 14): minibatch least squares. Draws from rng. */
export async function fitValue(
  engine: Engine,
  value: ValueFunction,
  observations: Float32Array,
  returns: Float64Array,
  settings: RegressionSettings,
  rng: Rng,
): Promise<ValueFunction> {
  const { shape, inputs, targetScale } = value;
  const built = cached(["fit value", shape, settings], () => regression("fit value", shape, settings));
  const width = shape.inputSize;
  const scaled = observations.map((x, i) => (x - inputs.shift[i % width]) * inputs.factor[i % width]);
  const data = {
    samples: returns.length,
    inputs: scaled,
    targets: Float32Array.from(returns, (x) => x / targetScale),
    weights: Float32Array.of(1),
  };
  const { learner } = await fitRegression(engine, built, value.learner, data, settings, rng);
  return { ...value, learner };
}
