import type { BoundProgram, Compute, Engine, Tensors } from "../../src/compute/engine.js";

/** One run of a graph, with everything that was fed to it. */
export interface RecordedRun {
  readonly graph: string;
  readonly inputs: Tensors;
  /** Which engine it ran on. */
  readonly engine: number;
}

/** The same engines, which write down what is run on them. */
export function recordedCompute(compute: Compute): { readonly compute: Compute; readonly runs: RecordedRun[] } {
  const runs: RecordedRun[] = [];
  const recorded = (engine: Engine, number: number): Engine => ({
    async load(graph) {
      const program = await engine.load(graph);
      const note = (inputs: Tensors) => runs.push({ graph: graph.name, inputs, engine: number });
      return {
        run(inputs) {
          note(inputs);
          return program.run(inputs);
        },
        async bind(bound): Promise<BoundProgram> {
          const binding = await program.bind(bound);
          return {
            run(inputs) {
              note({ ...bound, ...inputs });
              return binding.run(inputs);
            },
            release: () => binding.release(),
          };
        },
      };
    },
  });
  return { compute: { ...compute, engines: compute.engines.map(recorded) }, runs };
}
