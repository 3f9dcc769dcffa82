/** What only a browser has: the engine on onnxruntime-web, training in a tab, and policies that act in a page. */
import "./web/jitless.js";

export type { LoadedPolicy } from "./agents/loaded-policy.js";
export { type LoadPolicyOptions, loadPolicy } from "./agents/policy-web.js";
export { openWebCompute, type WebComputeOptions } from "./compute/engine-web.js";
export { WEB_PROVIDERS, type WebProvider } from "./compute/ort-web.js";
export { type RunStream, recordedStream, type StreamEvent, type StreamedConfig } from "./runs/stream.js";
export { fetchModel } from "./web/fetch-model.js";
export type { TabConfig } from "./web/tab-config.js";
export {
  forgetRun,
  keptRuns,
  type ResumeInTabOptions,
  resumeInTab,
  type TabOptions,
  TabRun,
  type TrainInTabOptions,
  trainInTab,
} from "./web/tab-run.js";
