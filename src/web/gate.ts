import type { Compute, Engine, Program, Tensors } from "../compute/engine.js";
import type { Graph } from "../compute/graph.js";

/** How long messages to this thread wait at most while engines compute in it, but for a run that takes longer, s. */
const PATIENCE = 0.05;

/** Where a run can be held: it then asks nothing of its engines, and its clock stands still. */
export class Gate {
  readonly #now: () => number;
  #waiting: (() => void)[] = [];
  /** When it was closed, s; undefined while it is open. */
  #since: number | undefined;
  #lost = 0;
  #aborted: { readonly reason: unknown } | undefined;
  /** When messages were heard last, s. */
  #heard = Number.NEGATIVE_INFINITY;

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

  /** Lets messages to this thread be heard, where none has been for a moment. */
  async heard(): Promise<void> {
    if (this.#now() - this.#heard < PATIENCE) return;
    await nextTask();
    this.#heard = this.#now();
  }

  /** Seconds, without those in which it was closed. */
  readonly clock = (): number => (this.#since ?? this.#now()) - this.#lost;
}

/** A message is a task of its own, and promises alone never end the one that they are in. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/** The same engines, behind a gate. They may compute in this thread: after a run, messages to it are heard. */
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
      if (gate.isOpen) {
        const outputs = await run(inputs);
        await gate.heard();
        return outputs;
      }
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
