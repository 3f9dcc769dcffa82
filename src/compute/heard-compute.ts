import type { Compute, Engine, Tensors } from "./engine.js";

/**
 * The same engines, of which somebody hears every run before it begins: to count them, or to stop the work by throwing.
 * Whoever loads a graph twice through it gets two programs.
 */
export const heardCompute = (compute: Compute, hear: () => void): Compute => ({
  provider: compute.provider,
  engines: compute.engines.map((engine) => heardEngine(engine, hear)),
  close: () => compute.close(),
});

function heardEngine(engine: Engine, hear: () => void): Engine {
  const heard = (run: (inputs: Tensors) => Promise<Tensors>) => async (inputs: Tensors) => {
    hear();
    return run(inputs);
  };
  return {
    async load(graph) {
      const program = await engine.load(graph);
      return {
        run: heard((inputs) => program.run(inputs)),
        async bind(inputs) {
          const bound = await program.bind(inputs);
          return { run: heard((rest) => bound.run(rest)), release: () => bound.release() };
        },
      };
    },
  };
}
