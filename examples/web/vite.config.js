import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { target: "es2022" },
  // These two lines are all that Vite must be told: runtimes stay beside their .wasm files, workers may be modules.
  optimizeDeps: { exclude: ["stackelberg", "onnxruntime-web", "@mujoco/mujoco"] },
  worker: { format: "es" },
});
