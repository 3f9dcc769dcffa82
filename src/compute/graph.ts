import { ComputeError } from "../errors/errors.js";
import type { Node } from "./node.js";
import { topological } from "./traversal.js";

/** A named function of named tensors, ready to be encoded and run. */
export interface Graph {
  readonly name: string;
  /** Input nodes, in the order declared; one that no output needs is accepted and ignored. */
  readonly inputs: readonly Node[];
  readonly outputs: Readonly<Record<string, Node>>;
}

/**
 * Closes a graph: what no output needs is left behind, and equal subexpressions become one node.
 *
 * @throws {ComputeError} where an output depends on an input that is not declared, or a name is used twice
 */
export function graph(name: string, inputs: readonly Node[], outputs: Readonly<Record<string, Node>>): Graph {
  const names = new Set<string>();
  for (const { attributes } of inputs) {
    if (names.has(attributes.name!))
      throw new ComputeError(`graph ${name}`, `two inputs are called ${attributes.name}`, "Name each input once");
    names.add(attributes.name!);
  }
  for (const key of Object.keys(outputs)) {
    if (names.has(key))
      throw new ComputeError(
        `graph ${name}`,
        `an output and an input are both called ${key}`,
        "Give the output a name of its own",
      );
  }
  const merge = merger();
  const merged = Object.fromEntries(Object.entries(outputs).map(([key, node]) => [key, merge(node)]));
  const declared = new Set(inputs);
  for (const node of topological(Object.values(merged))) {
    if (node.op === "input" && !declared.has(node)) {
      throw new ComputeError(
        `graph ${name}`,
        `an output depends on the input ${node.attributes.name}, which is not declared`,
        "Add it to the inputs",
      );
    }
  }
  return { name, inputs, outputs: merged };
}

/** A number as text that no other number has. */
export const exactly = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

/** Common-subexpression removal: maps nodes to one representative of all that compute the same. */
function merger(): (node: Node) => Node {
  const representative = new Map<Node, Node>();
  const byKey = new Map<string, Node>();
  const ids = new Map<Node, number>();
  const idOf = (node: Node): number => {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  };
  const rebuild = (node: Node): Node => {
    const inputs = node.inputs.map((x) => representative.get(x)!);
    const body = node.attributes.body;
    if (node.op === "input") return node;
    if (body !== undefined) {
      const inBody = (results: readonly Node[]) => results.map(mergeAll);
      return {
        ...node,
        inputs,
        attributes: { body: { ...body, next: inBody(body.next), stacked: inBody(body.stacked) } },
      };
    }
    const { values, ...attributes } = node.attributes;
    const key = JSON.stringify([node.op, inputs.map(idOf), attributes, node.shape, node.dtype, values?.map(exactly)]);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const fresh = { ...node, inputs };
    byKey.set(key, fresh);
    return fresh;
  };
  const mergeAll = (result: Node): Node => {
    for (const node of topological([result])) {
      if (!representative.has(node)) representative.set(node, rebuild(node));
    }
    return representative.get(result)!;
  };
  return mergeAll;
}
