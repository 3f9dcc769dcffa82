import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { listCheckpoints } from "../../runs/checkpoint.js";
import { isRun, type RunHead, readHead } from "../../runs/config.js";
import { lockOwner } from "../../runs/lock.js";
import { metricsPath } from "../../runs/metrics-log.js";
import { health, timeLeft } from "../shared/health.js";
import { MetricLog } from "../shared/metric-log.js";
import type { RunDigest, RunEntry, RunIdentity, RunStatus } from "../shared/protocol.js";
import { flatSettings, withDifferences } from "./differences.js";

/** Runs are looked for this many directories below those given: `results/hopper/pal-s1`. */
const DEPTH = 3;
const SPARK_POINTS = 60;
/** Directories that hold no runs, or are too large to look into. */
const SKIPPED = new Set(["node_modules", "checkpoints", "export", "dist"]);

/** What is kept of a run between two looks at its directory. */
interface Known {
  readonly directory: string;
  /** Which file it is. */
  readonly file: string;
  /** Names its content as far as it has only grown. */
  readonly generation: string;
  /** Bytes of whole lines read. */
  bytes: number;
  readonly log: MetricLog;
}

/**
 * The runs below some directories. Reads and never writes; a run is known to the page by a checksum of its path, so that
 * no path ever comes from there.
 */
export class RunIndex {
  readonly #roots: readonly string[];
  readonly #cwd: string;
  readonly #solved: (head: RunHead) => number | null;
  readonly #known = new Map<string, Known>();

  /**
   * @param roots run directories, or directories that hold some
   * @param solved the return from which a run's task counts as solved
   */
  constructor(roots: readonly string[], cwd: string, solved: (head: RunHead) => number | null) {
    this.#roots = roots.map((root) => resolve(cwd, root));
    this.#cwd = cwd;
    this.#solved = solved;
  }

  /** The directory of a run of the last scan; undefined where there is none of this name. */
  directory(id: string): string | undefined {
    return this.#known.get(id)?.directory;
  }

  /** Looks at all directories again, and reads what their logs have more. */
  scan(): readonly RunEntry[] {
    const directories = [...new Set(this.#roots.flatMap((root) => runsBelow(root, DEPTH)))];
    const ids = directories.map((directory) => createHash("sha256").update(directory).digest("hex").slice(0, 12));
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
    const heads = directories.map(headOf);
    return withDifferences(
      directories.map((directory, i) => this.#entry(ids[i]!, directory, heads[i]!)),
      heads.map(({ head }) => flatSettings(head?.settings)),
    );
  }

  #entry(id: string, directory: string, { head, problem }: Head): RunEntry {
    const { known, unread } = this.#read(id, directory);
    const { log } = known;
    const status = statusOf(directory, log, head);
    const quiet = (Date.now() - changedAt(directory)) / 1000;
    const torn = log.broken.map(({ line, what }) => `metrics.jsonl, line ${line}: ${what}; it is left out`);
    return {
      id,
      name: basename(directory),
      path: shown(directory, this.#cwd),
      status,
      identity: head === undefined ? null : identityOf(head, this.#solved(head)),
      digest: digestOf(log, status, quiet, head?.settings.data.maxSamples),
      problems: [problem, unread, ...torn.slice(0, 20)].filter((each) => each !== undefined),
      metrics: { generation: known.generation, bytes: known.bytes },
      checkpoints: listCheckpoints(directory),
    };
  }

  /** Reads the whole lines that are new since the last look; where the file cannot be read, says so. */
  #read(id: string, directory: string): { readonly known: Known; readonly unread?: string } {
    const path = metricsPath(directory);
    const stat = statSync(path, { throwIfNoEntry: false });
    const file = stat === undefined ? "none" : `${stat.ino}-${Math.round(stat.birthtimeMs)}`;
    let known = this.#known.get(id);
    const shrunk = known?.file === file && known.bytes > (stat?.size ?? 0);
    if (known === undefined || known.file !== file || shrunk) {
      const generation = shrunk ? `${known!.generation}+` : file;
      known = { directory, file, generation, bytes: 0, log: new MetricLog() };
      this.#known.set(id, known);
    }
    if (stat === undefined || stat.size <= known.bytes) return { known };
    try {
      const lines = wholeLines(path, known.bytes, stat.size);
      known.log.add(lines.toString("utf8"));
      known.bytes += lines.length;
    } catch (error) {
      return { known, unread: `metrics.jsonl cannot be read (${(error as Error).message})` };
    }
    return { known };
  }
}

/** The bytes of a file between two places, up to the last line's end in them. */
export function wholeLines(path: string, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from));
  const handle = openSync(path, "r");
  try {
    const read = readSync(handle, bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytes.lastIndexOf(10, read - 1) + 1);
  } finally {
    closeSync(handle);
  }
}

function runsBelow(directory: string, depth: number): readonly string[] {
  if (isRun(directory)) return [directory];
  if (depth === 0 || !existsSync(directory)) return [];
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name))
      .map((entry) => entry.name)
      .sort()
      .flatMap((name) => runsBelow(join(directory, name), depth - 1));
  } catch {
    return []; // a directory that this user may not read holds no run for this page
  }
}

interface Head {
  readonly head?: RunHead;
  readonly problem?: string;
}

function headOf(directory: string): Head {
  try {
    return { head: readHead(directory) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function statusOf(directory: string, log: MetricLog, head: RunHead | undefined): RunStatus {
  if (lockOwner(directory) !== undefined) return "running";
  if (log.end !== undefined) return log.end.reason;
  return head === undefined ? "unreadable" : "killed";
}

function changedAt(directory: string): number {
  const stat = statSync(metricsPath(directory), { throwIfNoEntry: false });
  return stat?.mtimeMs ?? Date.now();
}

function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}

function identityOf(head: RunHead, solvedReturn: number | null): RunIdentity {
  const { algorithm, task, preset, seed, settings, created } = head;
  const { maxSamples } = settings.data;
  return {
    algorithm,
    task: task.id,
    options: task.options,
    preset,
    seed,
    differs: {},
    maxSamples,
    created,
    solvedReturn,
  };
}

function digestOf(log: MetricLog, status: RunStatus, quiet: number, maxSamples: number | undefined): RunDigest {
  const [evaluated, n] = [log.last("return"), log.count];
  const at = (name: Parameters<MetricLog["column"]>[0], i: number) => log.column(name)[i]!;
  const success = evaluated < 0 ? Number.NaN : at("success", evaluated);
  return {
    iterations: n,
    samples: n === 0 ? 0 : at("samples", n - 1),
    seconds: n === 0 ? 0 : log.elapsed()[n - 1]!,
    eta: timeLeft(log, status, maxSamples),
    evaluation:
      evaluated < 0
        ? null
        : {
            mean: at("return", evaluated),
            std: at("returnStd", evaluated),
            success: Number.isNaN(success) ? null : success,
          },
    spark: sparkOf(log),
    lights: health(log, status, quiet),
  };
}

function sparkOf(log: MetricLog): readonly (readonly [number, number])[] {
  const [samples, returns] = [log.column("samples"), log.column("return")];
  const evaluated = Array.from(returns.keys()).filter((i) => !Number.isNaN(returns[i]!));
  const stride = Math.max(1, Math.ceil(evaluated.length / SPARK_POINTS));
  return evaluated
    .filter((_, i) => i % stride === 0 || i === evaluated.length - 1)
    .map((i) => [samples[i]!, returns[i]!] as const);
}
