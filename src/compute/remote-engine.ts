import { ComputeError } from "../errors/errors.js";
import { checkBound, checkInputs } from "./check-inputs.js";
import type { BoundProgram, Engine, Program, Tensors } from "./engine.js";
import type { EngineReply, EngineRequest } from "./engine-messages.js";
import type { Graph } from "./graph.js";
import { encodeOnnx } from "./onnx.js";

/** The way to the other thread, in Node or in a browser. */
export interface EngineThread {
  /** @param handOver memory that goes along instead of being copied */
  post(request: EngineRequest, handOver: readonly ArrayBufferLike[]): void;
  /** Hears when there is something to wait for, and when there is no more. */
  waits?(is: boolean): void;
}

type Request = EngineRequest extends infer R ? (R extends EngineRequest ? Omit<R, "id"> : never) : never;

/** An engine in another thread: requests go in order, replies come back by number. */
export class RemoteEngine implements Engine {
  readonly #thread: EngineThread;
  readonly #waiting = new Map<number, { resolve: (outputs: Tensors) => void; reject: (error: Error) => void }>();
  readonly #programs = new WeakMap<Graph, Promise<Program>>();
  #next = 0;
  #gone: Error | undefined;

  constructor(thread: EngineThread) {
    this.#thread = thread;
  }

  /** Takes a reply of the other thread. */
  hear(reply: EngineReply): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0 && this.#gone === undefined) this.#thread.waits?.(false);
    if (reply.error !== undefined) {
      const cause = new Error(reply.reason);
      const { where = "engine", mend = "See the message of ONNX Runtime above" } = reply;
      waiter?.reject(new ComputeError(where, reply.error, mend, { cause }));
    } else waiter?.resolve(reply.outputs ?? {});
  }

  /** Rejects what waits and whatever is asked from now on. The first reason counts. */
  fail(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }

  request(request: Request): Promise<Tensors> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#thread.waits?.(true);
      this.#waiting.set(id, { resolve, reject });
      if (!("inputs" in request)) this.#thread.post({ ...request, id }, []);
      else {
        // One copy, handed over: the caller keeps its arrays, and a view takes only its own part along.
        const inputs = Object.fromEntries(
          Object.entries(request.inputs).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
        );
        this.#thread.post(
          { ...request, inputs, id },
          Object.values(inputs).map(({ data }) => data.buffer),
        );
      }
    });
  }

  /** Fulfilled when the other thread takes requests. */
  ready(): Promise<Tensors> {
    return this.request({ kind: "ping" });
  }

  number(): number {
    return this.#next++;
  }

  load(graph: Graph): Promise<Program> {
    let program = this.#programs.get(graph);
    if (program === undefined) {
      program = this.#load(graph);
      this.#programs.set(graph, program);
    }
    return program;
  }

  async #load(graph: Graph): Promise<Program> {
    const program = this.number();
    await this.request({ kind: "load", program, name: graph.name, model: encodeOnnx(graph) });
    return new RemoteProgram(this, graph, program);
  }
}

class RemoteProgram implements Program {
  readonly #engine: RemoteEngine;
  readonly #graph: Graph;
  readonly #program: number;

  constructor(engine: RemoteEngine, graph: Graph, program: number) {
    this.#engine = engine;
    this.#graph = graph;
    this.#program = program;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    checkInputs(this.#graph, inputs);
    return this.#engine.request({ kind: "run", program: this.#program, inputs });
  }

  async bind(bound: Tensors): Promise<BoundProgram> {
    const [engine, graph, program, binding] = [this.#engine, this.#graph, this.#program, this.#engine.number()];
    checkBound(graph, bound);
    await engine.request({ kind: "bind", binding, inputs: bound });
    let released = false;
    return {
      run: async (inputs) => {
        checkInputs(graph, inputs, bound);
        if (released)
          throw new ComputeError(`graph ${graph.name}`, "its bound inputs have been released", "Bind them again");
        return engine.request({ kind: "run", program, binding, inputs });
      },
      release: async () => {
        released = true;
        await engine.request({ kind: "release", binding });
      },
    };
  }
}
