import { ComputeError } from "../errors/errors.js";
import type { Engine } from "./engine.js";
import { graph } from "./graph.js";
import { add, input } from "./operators.js";

const x = input("x", [1]);
/** The smallest of graphs. */
export const PROBE = graph("probe", [x], { y: add(x, 1) });

/**
 * Runs the smallest of graphs, so that a provider that is not there is found when it is opened, not when it is needed.
 *
 * @throws {ComputeError} with `mend` as its advice
 */
export async function probe(engine: Engine, provider: string, mend: string): Promise<void> {
  try {
    const program = await engine.load(PROBE);
    await program.run({ x: { shape: [1], data: Float32Array.of(1) } });
  } catch (error) {
    const first = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = first instanceof Error ? first.message : String(first);
    throw new ComputeError(`provider ${provider}`, `is not available here (${reason})`, mend, { cause: error });
  }
}
