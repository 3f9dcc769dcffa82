import type { Tensor, Tensors } from "./engine.js";
import type { EngineReply, EngineRequest } from "./engine-messages.js";

/** ONNX Runtime, in Node or in a browser, as far as an engine asks it. */
export interface Runtime<Feed> {
  /** A tensor as the runtime takes it. */
  feed(tensor: Tensor): Feed;
  open(model: Uint8Array): Promise<{ run(feeds: Readonly<Record<string, Feed>>): Promise<Tensors> }>;
}

/** The other end of a `RemoteEngine`: answers its requests on a runtime, in the thread that this runs in. */
export class EngineHost<Feed> {
  readonly #runtime: Runtime<Feed>;
  readonly #provider: string;
  readonly #sessions = new Map<
    number,
    { readonly name: string; readonly session: Awaited<ReturnType<Runtime<Feed>["open"]>> }
  >();
  readonly #bindings = new Map<number, Readonly<Record<string, Feed>>>();

  constructor(runtime: Runtime<Feed>, provider: string) {
    this.#runtime = runtime;
    this.#provider = provider;
  }

  /** The reply to a request, and the memory that may be handed over with it. Never throws. */
  async answer(request: EngineRequest): Promise<{ readonly reply: EngineReply; readonly handOver: ArrayBuffer[] }> {
    try {
      const outputs = await this.#outputs(request);
      const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
      return { reply: { id: request.id, outputs }, handOver: [...buffers] };
    } catch (error) {
      return { reply: this.#explain(request, error), handOver: [] };
    }
  }

  async #outputs(request: EngineRequest): Promise<Tensors> {
    switch (request.kind) {
      case "ping":
      case "close":
        return {};
      case "load": {
        const { program, name, model } = request;
        this.#sessions.set(program, { name, session: await this.#runtime.open(model) });
        return {};
      }
      case "bind":
        this.#bindings.set(request.binding, this.#feeds(request.inputs));
        return {};
      case "release":
        this.#bindings.delete(request.binding);
        return {};
      case "run": {
        const bound = request.binding === undefined ? {} : this.#bindings.get(request.binding);
        const { session } = this.#sessions.get(request.program)!;
        return session.run({ ...bound, ...this.#feeds(request.inputs) });
      }
    }
  }

  #feeds(inputs: Tensors): Readonly<Record<string, Feed>> {
    return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, this.#runtime.feed(tensor)]));
  }

  #explain(request: EngineRequest, error: unknown): EngineReply {
    const { id } = request;
    const reason = (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, "");
    if (request.kind === "load") {
      return {
        id,
        reason,
        where: `graph ${request.name}`,
        error: `cannot be compiled for the provider ${this.#provider} (${reason})`,
        mend: "Check the operators and shapes of the graph",
      };
    }
    const where = request.kind === "run" ? `graph ${this.#sessions.get(request.program)?.name}` : "engine";
    return { id, reason, where, error: reason, mend: "Check the inputs' shapes and the memory left" };
  }
}
