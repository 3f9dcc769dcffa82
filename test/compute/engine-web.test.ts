import { openWebCompute } from "../../src/compute/engine-web.js";
import { engineContract } from "../support/engine-contract.js";

// onnxruntime-web's WebAssembly runs in Node as in a browser; engine-web-browser.test.ts shows it in one.
engineContract("onnxruntime-web", () => openWebCompute());
