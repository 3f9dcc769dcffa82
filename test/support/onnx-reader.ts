import type { Graph } from "../../src/compute/graph.js";
import { encodeOnnx, type Weights } from "../../src/compute/onnx.js";
import { type GraphProto, ModelProto, type NodeProto } from "../../src/compute/onnx-schema.js";

export interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly graph: GraphProto;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
}

/** The model that a graph is encoded as, read back from its bytes. */
export function reread(graph: Graph, weights?: Weights): Model {
  return ModelProto.toObject(ModelProto.decode(encodeOnnx(graph, weights)), {
    longs: Number,
    arrays: true,
    defaults: true,
  }) as Model;
}

/** The body of a Loop node. */
export const bodyOf = (node: NodeProto): GraphProto => node.attribute.find(({ name }) => name === "body")!.g!;

/** The operators of one scope, in order, without the Identity nodes that only give names. */
export const operators = (graph: GraphProto): readonly string[] =>
  graph.node.map(({ opType }) => opType).filter((opType) => opType !== "Identity");
