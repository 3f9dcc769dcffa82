/** What only Node has: the engine on onnxruntime-node. */
export { NODE_PROVIDERS, type NodeComputeOptions, type NodeProvider, openNodeCompute } from "./compute/engine-node.js";
