import type { Engine, Tensor, Tensors } from "../../src/compute/engine.js";
import type { Graph } from "../../src/compute/graph.js";
import { relativeError } from "./derivatives.js";
import { interpret, type Values } from "./interpreter.js";

/**
 * How far a float32 engine may be from the float64 reference, relative to max(1, |value|): one operator rounds to
 * 6e-8, `tanh` is good to 4e-7 (measured), and derivatives pass through a few of them.
 */
export const OPERATOR_TOLERANCE = 1e-6;
/** The same for networks and loops: a hundred operators in a row. Measured: 7e-7. */
export const PROGRAM_TOLERANCE = 4e-6;

/** Seed of the samples of each operator: the same on every engine. */
export const SAMPLES = { seed: 1, numRuns: 6 };

/** Reference values as tensors to feed: int32 where the graph says so. */
export function tensorsFor(graph: Graph, values: Values): Tensors {
  return Object.fromEntries(
    graph.inputs
      .filter(({ attributes }) => attributes.name! in values)
      .map(({ attributes, dtype }): [string, Tensor] => {
        const { shape, data } = values[attributes.name!];
        return [attributes.name!, { shape, data: dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data) }];
      }),
  );
}

/** What an engine gave, as reference values. */
export function valuesOf(tensors: Tensors): Values {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Float64Array.from(data) },
    ]),
  );
}

/** What an engine makes of a graph. */
export async function runOn(engine: Engine, g: Graph, feeds: Values): Promise<Values> {
  return valuesOf(await (await engine.load(g)).run(tensorsFor(g, feeds)));
}

/** Largest relative error of any output against the reference. */
export async function errorOn(engine: Engine, g: Graph, feeds: Values): Promise<number> {
  const [got, expected] = [await runOn(engine, g, feeds), interpret(g, feeds)];
  const keys = Object.keys(g.outputs);
  return relativeError(
    keys.map((key) => got[key]),
    keys.map((key) => expected[key]),
  );
}
