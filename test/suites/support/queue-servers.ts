import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/** A server of the test's own, with nothing on the disk that outlives it. */
export interface QueueServer {
  url(): string;
  /** Starts it, again at the same port and with what it had. */
  start(): Promise<void>;
  /** Ends it in order. Resolves when it is gone. */
  stop(): Promise<void>;
}

export const ENGINES = ["redis", "postgres"] as const;
export type Engine = (typeof ENGINES)[number];

/** Debian's programs of PostgreSQL are beside the path. */
const postgresPrograms = (): string | undefined => {
  const place = "/usr/lib/postgresql";
  const found = existsSync(place) ? readdirSync(place).map((version) => join(place, version, "bin")) : [];
  return found.find((bin) => existsSync(join(bin, "initdb")));
};

/** A user whom PostgreSQL starts as: it refuses root. Undefined where this process is not root's. */
function otherUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = ["postgres", "nobody"].flatMap((name) => users.filter(([known]) => known === name))[0];
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

/** Why an engine cannot be started here; undefined where it can. */
export function lacking(engine: Engine): string | undefined {
  if (engine === "postgres")
    return postgresPrograms() === undefined ? "PostgreSQL is not installed (Debian: postgresql-15)" : undefined;
  return spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "Redis is not installed (Debian: redis-server)";
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket
      .on("error", () => resolve(false))
      .on("connect", () => {
        socket.destroy();
        resolve(true);
      });
  });

/** An engine for all tests of a file. */
export function queueServer(engine: Engine, password?: string): QueueServer {
  let [directory, port]: [string, number] = ["", 0];
  let child: ChildProcess | undefined;
  const user = engine === "postgres" ? otherUser() : undefined;

  function launch(): ChildProcess {
    const [program, line] =
      engine === "redis"
        ? ["redis-server", redisLine(directory, port, password)]
        : [join(postgresPrograms()!, "postgres"), postgresLine(directory, port)];
    return spawn(program, line, { cwd: directory, stdio: "ignore", ...user });
  }
  /** PostgreSQL listens before it is ready. */
  const isUp = async (): Promise<boolean> =>
    engine === "redis"
      ? isOpen(port)
      : spawnSync(join(postgresPrograms()!, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status === 0;

  const server: QueueServer = {
    url: () =>
      engine === "redis"
        ? `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`
        : `postgres://test@127.0.0.1:${port}/postgres`,
    async start() {
      const started = launch();
      child = started;
      process.once("exit", () => started.kill("SIGKILL"));
      const end = Date.now() + 30_000;
      while (!(await isUp())) {
        if (Date.now() > end || started.exitCode !== null) throw new Error(`${engine} has not come up`);
        await new Promise((done) => setTimeout(done, 30));
      }
    },
    async stop() {
      const stopped = child;
      child = undefined;
      if (stopped === undefined || stopped.exitCode !== null || stopped.signalCode !== null) return;
      const gone = new Promise((done) => stopped.once("close", done));
      stopped.kill("SIGINT"); // for PostgreSQL: without waiting for clients
      await gone;
    },
  };
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "stackelberg-"));
    port = await freePort();
    if (engine === "postgres") initialise(directory, user);
    await server.start();
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return server;
}

/** Kept at a stop, so that a queue survives it. */
const redisLine = (directory: string, port: number, password: string | undefined): readonly string[] => [
  ...["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"],
  ...["--maxmemory-policy", "noeviction", "--dir", directory],
  ...(password === undefined ? [] : ["--requirepass", password]),
];

const postgresLine = (directory: string, port: number): readonly string[] => [
  ...["-D", join(directory, "data"), "-p", String(port)],
  ...["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"].flatMap((each) => ["-c", each]),
];

function initialise(directory: string, user: { readonly uid: number; readonly gid: number } | undefined): void {
  if (user !== undefined) chownSync(directory, user.uid, user.gid);
  const line = ["-D", join(directory, "data"), "-A", "trust", "-U", "test", "--no-sync", "-E", "UTF8", "--locale=C"];
  const { status, stderr } = spawnSync(join(postgresPrograms()!, "initdb"), line, {
    cwd: directory,
    encoding: "utf8",
    ...user,
  });
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
}
