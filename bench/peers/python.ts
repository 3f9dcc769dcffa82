import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** Where the Python files are: they are run as they lie in the repository. */
const SOURCES = join(HERE, "../../bench/peers");
/** The bench's own packages, made once; `node_modules` is where nobody looks for files of the repository. */
const ENVIRONMENT = join(HERE, "../../node_modules/.cache/stackelberg-peers");

/** Why there is nothing to compare with: a line for people. */
export class NoPeers extends Error {}

/** The first line of what a program said as it failed, at its end: Python and pip say there what was wrong. */
function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: Buffer; message: string };
  return (stderr?.toString().trim().split("\n").at(-1) || message).slice(0, 300);
}

/** An interpreter that has the packages: the given one, or that of an environment made from requirements.txt. @throws {NoPeers} */
export function peerPython(given: string | undefined, say: (line: string) => void): string {
  const python = given ?? join(ENVIRONMENT, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const quietly = (program: string, args: readonly string[]) =>
    execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (given === undefined && !existsSync(join(ENVIRONMENT, "complete"))) {
    say(`making ${ENVIRONMENT} from bench/peers/requirements.txt: some gigabytes, once`);
    try {
      quietly(process.env.PYTHON ?? "python3", ["-m", "venv", "--clear", ENVIRONMENT]);
      quietly(python, ["-m", "pip", "install", "--quiet", "-r", join(SOURCES, "requirements.txt")]);
      writeFileSync(join(ENVIRONMENT, "complete"), "");
    } catch (error) {
      throw new NoPeers(`Python or its packages cannot be had: ${lastLine(error)}`);
    }
  }
  try {
    quietly(python, ["-c", "import numpy, torch, stable_baselines3"]);
  } catch (error) {
    throw new NoPeers(`${python} cannot load numpy, torch and stable_baselines3: ${lastLine(error)}`);
  }
  return python;
}

/** What the other side found as it got a work ready. */
export interface Opened {
  /** Its ways of doing the work, and how far the checked step of each is from ours. */
  readonly variants: Readonly<Record<string, number>>;
  /** Ways that this machine or version does not have, and why. */
  readonly without: Readonly<Record<string, string>>;
}

/** Seconds of a piece of work, as `Least` has them. */
export interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A Python process with torch at so many threads. Between questions it sleeps. */
export class PeerProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #said = "";

  /** @param eager without the ways that compile: they take minutes to get ready on a busy machine */
  constructor(python: string, threads: number, eager: boolean) {
    const some = {
      ...(eager && { PEERS_EAGER: "1" }),
      OMP_NUM_THREADS: String(threads),
      MKL_NUM_THREADS: String(threads),
      PYTHONDONTWRITEBYTECODE: "1",
    };
    this.#child = spawn(python, [join(SOURCES, "server.py")], { env: { ...process.env, ...some } });
    this.#child.stderr.on("data", (text: Buffer) => {
      this.#said = (this.#said + text).slice(-4000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Versions, the first line. */
  async versions(): Promise<Readonly<Record<string, string>>> {
    return (await this.#next()).versions as Record<string, string>;
  }

  async open(module: string, file: string, sizes: Readonly<Record<string, number>>): Promise<Opened> {
    return (await this.#ask({ open: module, file, sizes })) as unknown as Opened;
  }

  async run(variant: string, repeat: number): Promise<Timed> {
    return (await this.#ask({ run: variant, repeat })) as unknown as Timed;
  }

  close(): void {
    this.#child.stdin.end();
  }

  #ask(message: object): Promise<Record<string, unknown>> {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    return this.#next();
  }

  async #next(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the Python process ended: ${this.#said.trim()}`);
    return JSON.parse(value);
  }
}
