import type { Compute, Engine, Program, Tensors } from "../compute/engine.js";
import type { Graph } from "../compute/graph.js";

/** Where a run can be held: it then asks nothing of its engines, and its clock stands still. */
export class Gate {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  /** When it was closed, s; undefined while it is open. */
  #since: number | undefined;
  #lost = 0;
  #aborted: { readonly reason: unknown } | undefined;

  /** @param now seconds since any fixed moment */
  constructor(now: () => number) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#since === undefined && this.#aborted === undefined;
  }

  close(): void {
    this.#since ??= this.#now();
  }

  open(): void {
    if (this.#since !== undefined) this.#lost += this.#now() - this.#since;
    this.#since = undefined;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  /** Turns away whoever waits, and whoever comes. */
  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.open();
  }

  /** Fulfilled when it is open. @throws what it was aborted with */
  async passed(): Promise<void> {
    while (!this.isOpen) {
      if (this.#aborted !== undefined) throw this.#aborted.reason;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Seconds, without those in which it was closed. */
  readonly clock = (): number => (this.#since ?? this.#now()) - this.#lost;
}

/** The same engines, behind a gate. */
export const behind = (gate: Gate, compute: Compute): Compute => ({
  ...compute,
  engines: compute.engines.map((engine) => gatedEngine(gate, engine)),
  close: () => compute.close(),
});

function gatedEngine(gate: Gate, engine: Engine): Engine {
  const programs = new WeakMap<Graph, Promise<Program>>();
  const through =
    (run: (inputs: Tensors) => Promise<Tensors>) =>
    async (inputs: Tensors): Promise<Tensors> => {
      if (gate.isOpen) return run(inputs);
      // The caller may change its arrays as soon as it has asked.
      const copies = Object.entries(inputs).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]);
      await gate.passed();
      return run(Object.fromEntries(copies));
    };
  const gated = async (graph: Graph): Promise<Program> => {
    const program = await engine.load(graph);
    return {
      run: through((inputs) => program.run(inputs)),
      bind: async (inputs) => {
        const bound = await program.bind(inputs);
        return { run: through((rest) => bound.run(rest)), release: () => bound.release() };
      },
    };
  };
  return {
    load(graph) {
      let program = programs.get(graph);
      if (program === undefined) {
        program = gated(graph);
        programs.set(graph, program);
      }
      return program;
    },
  };
}
