/** What only a browser has: the engine on onnxruntime-web, and policies that act in a page. */

export type { LoadedPolicy } from "./agents/loaded-policy.js";
export { type LoadPolicyOptions, loadPolicy } from "./agents/policy-web.js";
export { openWebCompute, WEB_PROVIDERS, type WebComputeOptions, type WebProvider } from "./compute/engine-web.js";
