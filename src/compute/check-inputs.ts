import { ShapeError } from "../errors/errors.js";
import type { Tensors } from "./engine.js";
import type { Graph } from "./graph.js";
import { showShape } from "./node.js";

/**
 * Whether these tensors, together with those that are already in place, are what a graph takes.
 *
 * @throws {ShapeError} where one is missing, unknown, of another shape or type, or where two lengths of one axis differ
 */
export function checkInputs(graph: Graph, inputs: Tensors, bound: Tensors = {}): void {
  check(graph, { ...bound, ...inputs }, true);
}

/**
 * Whether a graph takes these tensors; others may follow.
 *
 * @throws {ShapeError} as `checkInputs`, except for missing ones
 */
export function checkBound(graph: Graph, bound: Tensors): void {
  check(graph, bound, false);
}

function check(graph: Graph, inputs: Tensors, complete: boolean): void {
  const where = `graph ${graph.name}`;
  const lengths = new Map<string, { readonly name: string; readonly length: number }>();
  let expected = 0;
  for (const { attributes, shape, dtype } of graph.inputs) {
    const name = attributes.name!;
    const given = inputs[name];
    if (given === undefined) {
      if (!complete) continue;
      throw new ShapeError(where, `input ${name} ${showShape(shape)} is missing`, "Feed it");
    }
    expected++;
    const fits =
      given.shape.length === shape.length && shape.every((d, i) => typeof d === "string" || d === given.shape[i]);
    const count = given.shape.reduce((product, length) => product * length, 1);
    if (!fits || count !== given.data.length) {
      throw new ShapeError(
        where,
        `input ${name} needs ${showShape(shape)}, got ${showShape(given.shape)} with ${given.data.length} numbers`,
        "Give the shape that the graph declares",
      );
    }
    const float = given.data instanceof Float32Array;
    if (dtype === "float32" ? !float : !(given.data instanceof Int32Array)) {
      throw new ShapeError(where, `input ${name} needs ${dtype}, got ${given.data.constructor.name}`, "Convert it");
    }
    shape.forEach((axis, i) => {
      if (typeof axis !== "string") return;
      const length = given.shape[i];
      const before = lengths.get(axis);
      if (before === undefined) lengths.set(axis, { name, length });
      else if (before.length !== length) {
        throw new ShapeError(
          where,
          `axis ${axis} has length ${before.length} in ${before.name}, but ${length} in ${name}`,
          "Give both the same length",
        );
      }
    });
  }
  if (Object.keys(inputs).length > expected) {
    const known = new Set(graph.inputs.map((node) => node.attributes.name));
    const unknown = Object.keys(inputs).find((name) => !known.has(name));
    throw new ShapeError(where, `has no input ${unknown}`, `It takes ${[...known].join(", ")}`);
  }
}
