import { statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Compute } from "../../compute/engine.js";
import { StorageError } from "../../errors/errors.js";
import type { RunHead } from "../../runs/config.js";
import { metricsPath } from "../../runs/metrics-log.js";
import { VERSION } from "../../runs/versions.js";
import type { LiveState } from "../shared/protocol.js";
import { LiveFeed } from "./live.js";
import { checkRequest, headers, inAddress, ownHosts, Refusal, sendFailure, sendJson } from "./respond.js";
import { runDetail } from "./run-detail.js";
import { RunIndex, wholeLines } from "./run-index.js";
import { StaticFiles } from "./static-files.js";
import { type OpenTask, Workbench } from "./workbench.js";

/** The port that is tried first: 6173, or the next that is free. */
export const DEFAULT_PORT = 6173;
const PORTS_TO_TRY = 20;

export interface DashboardOptions {
  /** Run directories, or directories that hold some. */
  readonly roots: readonly string[];
  readonly cwd: string;
  readonly openTask: OpenTask;
  /** The return from which a run's task counts as solved; null where nobody knows. */
  readonly solvedReturn: (head: RunHead) => number | null;
  /** Opens engines for what is computed on demand. */
  readonly openCompute: () => Promise<Compute>;
  /** Default 6173, or the next that is free; 0 for any. */
  readonly port?: number;
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string;
  /** Folder of the built page; tests set it. */
  readonly page?: string;
}

/** A dashboard that serves. */
export interface Dashboard {
  /** Address of the page. */
  readonly url: string;
  close(): Promise<void>;
}

const PAGE = fileURLToPath(new URL("../page", import.meta.url));

/**
 * Serves the page and what it asks for. Read-only: nothing in a run directory is ever written.
 *
 * @throws {StorageError} where no port is free, or the page has not been built
 */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = "127.0.0.1" } = options;
  const handler = new Handler(options);
  const server = createServer((request, response) => void handler.answer(request, response));
  const port = await listen(server, host, options.port);
  handler.isOurs = ownHosts(host, port);
  return {
    url: `http://${inAddress(host)}:${port}/`,
    async close() {
      const closed = handler.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await closed;
    },
  };
}

/** Listens on the port asked for, or on the first free one from the default on. */
async function listen(server: Server, host: string, asked: number | undefined): Promise<number> {
  const ports = asked === undefined ? Array.from({ length: PORTS_TO_TRY }, (_, i) => DEFAULT_PORT + i) : [asked];
  for (const port of ports) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve).listen(port, host, () => resolve(undefined));
    });
    server.removeAllListeners("error");
    if (error === undefined) return (server.address() as AddressInfo).port;
    if (error.code !== "EADDRINUSE") {
      throw new StorageError(`port ${port}`, `cannot be served (${error.message})`, "Choose another --port or --host");
    }
  }
  throw new StorageError(
    asked === undefined ? `ports ${ports[0]} to ${ports[ports.length - 1]}` : `port ${asked}`,
    "in use by another program",
    "Choose another --port",
  );
}

class Handler {
  isOurs: (host: string) => boolean = () => false;
  readonly #options: DashboardOptions;
  readonly #files: StaticFiles;
  readonly #index: RunIndex;
  readonly #live: LiveFeed;
  readonly #bench: Workbench;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#files = new StaticFiles(options.page ?? PAGE);
    this.#index = new RunIndex(options.roots, options.cwd, options.solvedReturn);
    this.#live = new LiveFeed(() => this.#state());
    this.#bench = new Workbench(options.openTask, options.openCompute);
  }

  #state(): LiveState {
    return { version: VERSION, roots: this.#options.roots, runs: this.#index.scan() };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkRequest(request, this.isOurs);
      const url = new URL(request.url ?? "/", "http://localhost");
      if (url.pathname.startsWith("/api/")) await this.#api(url, request, response);
      else if (!this.#files.send(url.pathname, response)) throw new Refusal(404, "There is no such page.");
    } catch (error) {
      sendFailure(response, error);
    }
  }

  async #api(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , what, id, part] = url.pathname.split("/");
    if (what === "live" && id === undefined) return this.#live.open(request, response);
    if (what !== "runs" || id === undefined) throw new Refusal(404, "There is no such address.");
    const directory = this.#directory(id);
    const openTask = (head: RunHead) => this.#options.openTask(directory, head);
    if (part === undefined) sendJson(response, await runDetail(directory, openTask));
    else if (part === "metrics") this.#metrics(directory, url, response);
    else if (part === "lab") sendJson(response, await this.#bench.lab(directory, wholeNumber(url, "checkpoint")));
    else if (part === "scene") {
      const seed = wholeNumber(url, "seed", 0);
      sendJson(response, await this.#bench.scene(directory, wholeNumber(url, "checkpoint"), seed));
    } else if (part === "policy.onnx") {
      const policy = await this.#bench.policy(directory, wholeNumber(url, "checkpoint"));
      response.writeHead(200, headers("application/octet-stream")).end(policy);
    } else throw new Refusal(404, "There is no such address.");
  }

  #directory(id: string): string {
    let directory = this.#index.directory(id);
    if (directory === undefined) {
      this.#index.scan();
      directory = this.#index.directory(id);
    }
    if (directory === undefined) throw new Refusal(404, "There is no such run (any more).");
    return directory;
  }

  /** The lines of metrics.jsonl from byte `from` on, whole lines only. */
  #metrics(directory: string, url: URL, response: ServerResponse): void {
    const from = wholeNumber(url, "from", 0);
    const path = metricsPath(directory);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    response
      .writeHead(200, headers("text/plain; charset=utf-8"))
      .end(size > from ? wholeLines(path, from, size) : Buffer.alloc(0));
  }

  close(): Promise<void> {
    this.#live.close();
    return this.#bench.close();
  }
}

/** A whole number in an address. @throws {Refusal} */
export function wholeNumber(url: URL, name: string, otherwise?: number): number {
  const text = url.searchParams.get(name);
  const value = text === null ? otherwise : /^\d{1,12}$/.test(text) ? Number(text) : undefined;
  if (value === undefined) throw new Refusal(400, `${name} must be a whole number, got ${JSON.stringify(text)}.`);
  return value;
}
