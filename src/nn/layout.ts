import type { Tensor, Tensors } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { input } from "../compute/operators.js";

/** One parameter tensor. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** How parameter tensors lie one after the other in a flat vector. */
export interface Layout {
  readonly tensors: readonly ParameterShape[];
  /** Length of the flat vector. */
  readonly size: number;
}

/** Entries of a tensor. */
export const count = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export function layout(tensors: readonly ParameterShape[]): Layout {
  return { tensors, size: tensors.reduce((total, { shape }) => total + count(shape), 0) };
}

/** Graph inputs for all tensors, called `prefix.name`. */
export function layoutInputs({ tensors }: Layout, prefix: string): readonly Node[] {
  return tensors.map(({ name, shape }) => input(`${prefix}.${name}`, shape));
}

/** Nodes under the names `prefix.name`, as a graph's outputs. */
export function layoutOutputs({ tensors }: Layout, prefix: string, nodes: readonly Node[]): Record<string, Node> {
  return Object.fromEntries(tensors.map(({ name }, i) => [`${prefix}.${name}`, nodes[i]]));
}

/** A flat vector as tensors to feed: views, nothing is copied. */
export function unflatten({ tensors }: Layout, prefix: string, flat: Float32Array): Record<string, Tensor> {
  let start = 0;
  return Object.fromEntries(
    tensors.map(({ name, shape }) => {
      const data = flat.subarray(start, (start += count(shape)));
      return [`${prefix}.${name}`, { shape, data }];
    }),
  );
}

/** The parameters of several networks of one layout as those of all side by side: a tensor of each in turn. */
export function networksSideBySide({ tensors, size }: Layout, networks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(networks.length * size);
  let [from, to] = [0, 0];
  for (const { shape } of tensors) {
    const length = count(shape);
    for (const network of networks) {
      all.set(network.subarray(from, from + length), to);
      to += length;
    }
    from += length;
  }
  return all;
}

/** Tensors that came out of a run, as one new flat vector. */
export function flatten({ tensors, size }: Layout, prefix: string, results: Tensors): Float32Array {
  const flat = new Float32Array(size);
  let start = 0;
  for (const { name } of tensors) {
    const { data } = results[`${prefix}.${name}`];
    flat.set(data as Float32Array, start);
    start += data.length;
  }
  return flat;
}
