import type { Graph } from "../../src/compute/graph.js";
import { encodeOnnx, type Weights } from "../../src/compute/onnx.js";
import { type GraphProto, type ModelProto, type NodeProto, ONNX } from "../../src/compute/onnx-schema.js";
import { decodeMessage } from "../../src/compute/protobuf.js";

/** The model that a graph is encoded as, read back from its bytes. */
export const reread = (graph: Graph, weights?: Weights): ModelProto =>
  decodeMessage(ONNX, "ModelProto", encodeOnnx(graph, weights)) as ModelProto;

/** The body of a Loop node. */
export const bodyOf = (node: NodeProto): GraphProto => node.attribute.find(({ name }) => name === "body")!.g!;

/** The operators of one scope, in order, without the Identity nodes that only give names. */
export const operators = (graph: GraphProto): readonly string[] =>
  graph.node.map(({ opType }) => opType).filter((opType) => opType !== "Identity");
