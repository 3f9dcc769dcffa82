import { ShapeError } from "../errors/errors.js";
import type { Tensors } from "./engine.js";
import type { Graph } from "./graph.js";
import { showShape } from "./node.js";

/**
 * Whether these tensors are what a graph takes.
 *
 * @param bound names of inputs that are already in place
 * @throws {ShapeError} where one is missing, unknown, of another shape or of another type
 */
export function checkInputs(graph: Graph, inputs: Tensors, bound: readonly string[] = []): void {
  const where = `graph ${graph.name}`;
  let expected = 0;
  for (const { attributes, shape, dtype } of graph.inputs) {
    const name = attributes.name!;
    const given = inputs[name];
    if (given === undefined) {
      if (bound.includes(name)) continue;
      throw new ShapeError(where, `input ${name} ${showShape(shape)} is missing`, "Feed it");
    }
    expected++;
    const fits = given.shape.length === shape.length && shape.every((d, i) => typeof d === "string" || d === given.shape[i]);
    const count = given.shape.reduce((product, length) => product * length, 1);
    if (!fits || count !== given.data.length) {
      throw new ShapeError(where, `input ${name} needs ${showShape(shape)}, got ${showShape(given.shape)} with ${given.data.length} numbers`, "Give the shape that the graph declares");
    }
    const float = given.data instanceof Float32Array;
    if (dtype === "float32" ? !float : !(given.data instanceof Int32Array)) {
      throw new ShapeError(where, `input ${name} needs ${dtype}, got ${given.data.constructor.name}`, "Convert it");
    }
  }
  if (Object.keys(inputs).length > expected) {
    const known = new Set(graph.inputs.map((node) => node.attributes.name));
    const unknown = Object.keys(inputs).find((name) => !known.has(name));
    throw new ShapeError(where, `has no input ${unknown}`, `It takes ${[...known].join(", ")}`);
  }
}
