import { statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Compute } from "../../compute/engine.js";
import { ConfigError, StackelbergError, StorageError } from "../../errors/errors.js";
import type { RunHead } from "../../runs/config.js";
import { metricsPath } from "../../runs/metrics-log.js";
import { VERSION } from "../../runs/versions.js";
import type { LabPart, LabReport, LiveState, SceneReport } from "../shared/protocol.js";
import { reasonOf, wholeLines } from "./files.js";
import { LiveFeed } from "./live.js";
import { PIECE } from "./log-file.js";
import { OwnTasks } from "./own-tasks.js";
import { addressOf, checkRequest, headers, inAddress, ownHosts, Refusal, sendFailure, sendJson } from "./respond.js";
import { runDetail } from "./run-detail.js";
import { RunIndex } from "./run-index.js";
import { sendJob } from "./send-job.js";
import { StaticFiles } from "./static-files.js";
import { type OpenTask, Workbench } from "./workbench.js";

/** The port that is tried first: 6173, or the next that is free. */
export const DEFAULT_PORT = 6173;
/** The largest number that a port can have. */
export const LAST_PORT = 65_535;
const PORTS_TO_TRY = 20;
/** Connections held at a time: more than any reader has, and few enough to leave a training beside it its files. */
const CONNECTIONS = 128;

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
 * Serves the page and what it asks for. Read-only: nothing in a run directory is ever written. Once it serves, nothing
 * that is asked of it or found in a directory throws anywhere: a training may go on in the same process.
 *
 * @throws {ConfigError} for a port or a host that there cannot be
 * @throws {StorageError} where no port is free, or the page has not been built
 */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { host = "127.0.0.1" } = options;
  const handler = new Handler(options);
  const server = createServer((request, response) => void handler.answer(request, response));
  server.maxConnections = CONNECTIONS;
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
  if (asked !== undefined && !(Number.isInteger(asked) && asked >= 0 && asked <= LAST_PORT)) {
    throw new ConfigError(
      "port",
      `must be a whole number from 0 to ${LAST_PORT}, got ${asked}`,
      "0 takes any that is free",
    );
  }
  if (host === "")
    throw new ConfigError("host", "is empty", "127.0.0.1 is this machine alone, 0.0.0.0 is for everybody");
  const near = Array.from({ length: PORTS_TO_TRY }, (_, i) => DEFAULT_PORT + i);
  for (const port of asked === undefined ? [...near, 0] : [asked]) {
    const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve).listen(port, host, () => resolve(undefined));
    });
    server.removeAllListeners("error");
    if (error === undefined) {
      server.on("error", () => {}); // a connection that could not be taken, for lack of handles; the next may be
      return (server.address() as AddressInfo).port;
    }
    if (error.code !== "EADDRINUSE") {
      throw new StorageError(`port ${port}`, `cannot be served (${error.message})`, "Choose another --port or --host");
    }
  }
  throw new StorageError(`port ${asked}`, "in use by another program", "Choose another --port");
}

class Handler {
  isOurs: (host: string) => boolean = () => false;
  readonly #options: DashboardOptions;
  readonly #files: StaticFiles;
  readonly #index: RunIndex;
  readonly #live: LiveFeed;
  readonly #bench: Workbench;
  readonly #ownTasks: OwnTasks;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#files = new StaticFiles(options.page ?? PAGE);
    this.#index = new RunIndex(options.roots, options.cwd, options.solvedReturn);
    this.#live = new LiveFeed(() => this.#state());
    this.#bench = new Workbench(options.openTask, options.openCompute);
    this.#ownTasks = new OwnTasks(options.openTask, options.cwd);
  }

  #state(): LiveState {
    return { version: VERSION, roots: this.#options.roots, runs: this.#index.look() };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {}); // whoever asked is gone
    try {
      checkRequest(request, this.isOurs);
      const url = addressOf(request, this.isOurs);
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
    const run = this.#index.run(id);
    if (run === undefined) throw new Refusal(404, "There is no such run (any more).");
    try {
      await this.#ofRun(run, part, url, response);
    } catch (error) {
      if (error instanceof Refusal || error instanceof StackelbergError) throw error;
      throw new Refusal(422, `This run does not hold what it should (${reasonOf(error)}).`);
    }
  }

  async #ofRun(
    run: NonNullable<ReturnType<RunIndex["run"]>>,
    part: string | undefined,
    url: URL,
    response: ServerResponse,
  ): Promise<void> {
    const { directory } = run;
    const openTask = (head: RunHead) => this.#options.openTask(directory, head);
    if (part === undefined) sendJson(response, await runDetail(directory, openTask, this.#options.cwd));
    else if (part === "metrics") this.#metrics(directory, url, response);
    else if (part === "curves") sendJson(response, run.curves(wholeNumber(url, "from", 0)));
    else if (part === "lab") {
      const checkpoint = wholeNumber(url, "checkpoint");
      await sendJob<LabReport, LabPart>(url, response, (waiting) => this.#bench.lab(directory, checkpoint, waiting));
    } else if (part === "scene") {
      const [checkpoint, seed] = [wholeNumber(url, "checkpoint"), wholeNumber(url, "seed", 0)];
      await sendJob<SceneReport, SceneReport>(url, response, (waiting) =>
        this.#bench.scene(directory, checkpoint, seed, waiting),
      );
    } else if (part === "policy.onnx") {
      const policy = await this.#bench.policy(directory, wholeNumber(url, "checkpoint"));
      response.writeHead(200, headers("application/octet-stream")).end(policy);
    } else if (part === "task") await this.#ownTasks.send(directory, url, response);
    else throw new Refusal(404, "There is no such address.");
  }

  /** The lines of metrics.jsonl from byte `from` on, whole lines only; of a long file a piece, and whoever reads asks on. */
  #metrics(directory: string, url: URL, response: ServerResponse): void {
    const from = wholeNumber(url, "from", 0);
    const path = metricsPath(directory);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    const lines = size > from ? wholeLines(path, from, Math.min(size, from + PIECE)) : Buffer.alloc(0);
    response.writeHead(200, headers("text/plain; charset=utf-8")).end(lines);
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
