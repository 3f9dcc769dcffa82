/** What only Node has: the engine on onnxruntime-node, and runs on the disk. */
export type { LoadedPolicy } from "./agents/loaded-policy.js";
export { readModel } from "./bridges/read-model.js";
export { NODE_PROVIDERS, type NodeComputeOptions, type NodeProvider, openNodeCompute } from "./compute/engine-node.js";
export type { RunConfig } from "./runs/config.js";
export { readMinari } from "./runs/minari/read-minari.js";
export { type Origin, writeMinari } from "./runs/minari/write-minari.js";
export { loadPolicy, type OpenedRun, type OpenRunOptions, openRun } from "./runs/open-run.js";
export { type SaveRunSetup, saveRun } from "./runs/save-run.js";
