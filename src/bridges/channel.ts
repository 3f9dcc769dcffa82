import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { ChannelReply, ChannelSetup } from "./channel-worker.js";

/** Where a channel leads. */
export interface ChannelOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the thread's compiled code lies; tests that run from sources set it. */
  readonly workerUrl?: URL;
  /** Longest wait for one answer, ms; default: 5 minutes. */
  readonly patience?: number;
}

/** Why a call was not answered. */
export class ChannelError extends Error {
  /**
   * @param kind `missing`: the program is not there; `gone`: it has ended; `silent`: it has not answered in time; `refused`: it
   *   answered with an error, whose `code` is JSON-RPC's; `garbled`: its answer cannot be read
   * @param place where in the other program's code, where it says so
   */
  constructor(
    readonly kind: "missing" | "gone" | "silent" | "refused" | "garbled",
    message: string,
    readonly code = 0,
    readonly stderr: readonly string[] = [],
    readonly place = "",
  ) {
    super(message);
  }
}

const PATIENCE = 5 * 60_000;

/**
 * JSON-RPC 2.0 to a child process, one message a line, synchronous: `World.step` is. A thread owns the child, and the caller
 * sleeps until it has answered. The child ends when its standard input does, hence with this process at the latest.
 */
export class Channel {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #replies: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(4));
  readonly #patience: number;
  #calls = 0;

  constructor({ command, args, workerUrl = new URL("./channel-worker.js", import.meta.url), ...rest }: ChannelOptions) {
    const { port1, port2 } = new MessageChannel();
    const setup: ChannelSetup = { command, args, port: port2, replies: this.#replies };
    this.#worker = new Worker(workerUrl, { workerData: setup, transferList: [port2] });
    this.#worker.unref();
    this.#port = port1;
    this.#port.unref();
    this.#patience = rest.patience ?? PATIENCE;
  }

  /** @throws {ChannelError} where there is no result */
  call(method: string, params: object = {}): unknown {
    const id = ++this.#calls;
    this.#port.postMessage(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    for (;;) {
      const reply = this.#next(method);
      if ("gone" in reply) throw new ChannelError(reply.missing ? "missing" : "gone", reply.gone, 0, reply.stderr);
      const { id: answered, error, result } = parsed(reply.line);
      if (answered !== id) continue; // of a call that was given up
      if (error === undefined) return result;
      throw new ChannelError("refused", error.message, error.code, [], error.data?.place ?? "");
    }
  }

  /** The child ends. Nobody waits for it. */
  close(): void {
    this.#port.close();
  }

  #next(method: string): ChannelReply {
    const deadline = Date.now() + this.#patience;
    for (;;) {
      const seen = Atomics.load(this.#replies, 0);
      const got = receiveMessageOnPort(this.#port) as { readonly message: ChannelReply } | undefined;
      if (got !== undefined) return got.message;
      const left = deadline - Date.now();
      if (left <= 0) throw new ChannelError("silent", `no answer to ${method} within ${this.#patience / 1000} s`);
      Atomics.wait(this.#replies, 0, seen, left);
    }
  }
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly place?: string } };
}

function parsed(line: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch {
    answer = undefined;
  }
  const usable =
    typeof answer === "object" && answer !== null && "id" in answer && ("result" in answer || "error" in answer);
  if (!usable)
    throw new ChannelError("garbled", `its answer is ${JSON.stringify(line.slice(0, 200))}, not one of JSON-RPC 2.0`);
  return answer as Answer;
}
