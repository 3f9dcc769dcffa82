import { basename, join, relative } from "node:path";
import { type RunHead, readHead } from "../../runs/config.js";
import { flatSettings } from "../../runs/same-game.js";
import { progress } from "../shared/health.js";
import type { RunDigest, RunEntry, RunStatus } from "../shared/protocol.js";
import { type CurvesAnswer, columnsOf } from "../shared/run-curves.js";
import { digestOf, identityOf } from "../shared/run-digest.js";
import { checkpointsIn, isRefused, isSame, reasonOf, requireFile, type Seen, seenAt } from "./files.js";
import { LogFile } from "./log-file.js";
import { RunLock } from "./run-lock.js";

/** Lines of a log that are named where they cannot be used; of more, one says how many. */
const NAMED = 20;

/** What is read from one place of a run, and what was wrong with it. */
interface Part<T> {
  readonly value: T;
  readonly problem?: string;
}

/** Reads a place anew only when something there has changed. */
class Place<T> {
  readonly #read: (seen: Seen) => T;
  readonly #otherwise: T;
  readonly #path: string;
  #seen: Seen | undefined;
  #part: Part<T>;

  constructor(path: string, otherwise: T, read: (seen: Seen) => T) {
    this.#path = path;
    this.#otherwise = otherwise;
    this.#read = read;
    this.#part = { value: otherwise };
  }

  look(): Part<T> {
    const seen = seenAt(this.#path);
    if (isSame(seen, this.#seen)) return this.#part;
    this.#seen = seen;
    try {
      this.#part = { value: this.#read(seen) };
    } catch (error) {
      if (isRefused(error)) this.#seen = undefined; // asked again at the next look
      const problem = reasonOf(error);
      if (this.#part.problem !== problem) this.#part = { value: this.#otherwise, problem };
    }
    return this.#part;
  }
}

interface Head {
  readonly head: RunHead;
  readonly solved: number | null;
}

/** A run directory between two looks at it. What is odd about it is said in its entry, and stops nothing else. */
export class KnownRun {
  /** Settings by name, as text. */
  settings: Readonly<Record<string, string>> = {};
  readonly #directory: string;
  readonly #config: Place<Head | undefined>;
  readonly #checkpoints: Place<readonly number[]>;
  readonly #log: LogFile;
  readonly #lock: RunLock;
  readonly #plain: Pick<RunEntry, "id" | "name" | "path">;
  /** What the entry was made of. */
  #made: readonly unknown[] = [];
  #entry: RunEntry | undefined;

  constructor(id: string, directory: string, cwd: string, solved: (head: RunHead) => number | null) {
    const path = join(directory, "config.json");
    this.#directory = directory;
    this.#plain = { id, name: basename(directory), path: shown(directory, cwd) };
    this.#config = new Place<Head | undefined>(path, undefined, (seen) => {
      requireFile(path, seen);
      const head = readHead(directory);
      return { head, solved: solved(head) };
    });
    this.#checkpoints = new Place<readonly number[]>(join(directory, "checkpoints"), [], (seen) =>
      checkpointsIn(directory, seen),
    );
    this.#log = new LogFile(directory);
    this.#lock = new RunLock(directory);
  }

  get directory(): string {
    return this.#directory;
  }

  /** What is compared of it, as of the last look. @param from iterations that whoever asks has */
  curves(from: number): CurvesAnswer {
    const { log, generation, bytes } = this.#log;
    return { generation, bytes, columns: columnsOf(log, from) };
  }

  /** The entry in the list: the same object as before where nothing has changed; undefined where there is no run any more. */
  look(): RunEntry | undefined {
    try {
      return this.#look();
    } catch (error) {
      return this.#unshowable(reasonOf(error));
    }
  }

  #look(): RunEntry | undefined {
    const config = this.#config.look();
    const checkpoints = this.#checkpoints.look();
    this.#lock.look();
    const seen = this.#log.look();
    if (seen.kind === "nothing" && seenAt(join(this.#directory, "config.json")).kind === "nothing") return undefined;
    const { log, generation, bytes } = this.#log;
    const status = this.#status(config.value !== undefined && this.#log.problem === undefined);
    const quiet = (Date.now() - (seen.stat?.mtimeMs ?? Date.now())) / 1000;
    const made = [config, checkpoints, status, generation, bytes, this.#log.problem, this.#lock.problem];
    if (this.#entry !== undefined && made.every((part, i) => part === this.#made[i])) {
      return status === "running" ? this.#atThisTime(this.#entry, quiet) : this.#entry;
    }
    if (config !== this.#made[0]) this.settings = flatSettings(config.value?.head.settings);
    const digest = digestOf(log, status, quiet, config.value?.head.settings.data.maxSamples);
    this.#made = made;
    this.#entry = {
      ...this.#plain,
      status,
      identity: config.value === undefined ? null : identityOf(config.value.head, config.value.solved),
      digest,
      problems: this.#problems(config.problem, checkpoints.problem),
      metrics: { generation, bytes },
      checkpoints: checkpoints.value,
    };
    return this.#entry;
  }

  #status(isReadable: boolean): RunStatus {
    if (this.#lock.running) return "running";
    return this.#log.log.end?.reason ?? (isReadable ? "killed" : "unreadable");
  }

  #problems(...others: readonly (string | undefined)[]): readonly string[] {
    const { broken } = this.#log.log;
    const torn = broken.slice(0, NAMED).map(({ line, what }) => `metrics.jsonl, line ${line}: ${what}; it is left out`);
    const more =
      broken.length > NAMED ? [`metrics.jsonl: ${broken.length - NAMED} or more other lines are left out`] : [];
    const all = [...others, this.#lock.problem, this.#log.problem, ...torn, ...more];
    return all.filter((each) => each !== undefined);
  }

  /** A run that goes on may have gone quiet. */
  #atThisTime(entry: RunEntry, quiet: number): RunEntry {
    const now = progress(this.#log.log, entry.status, quiet);
    const { lights } = entry.digest;
    if (lights.some(({ text }) => text === now.text)) return entry;
    const digest: RunDigest = { ...entry.digest, lights: lights.map((each) => (each.name === now.name ? now : each)) };
    this.#entry = { ...entry, digest };
    return this.#entry;
  }

  #unshowable(problem: string): RunEntry {
    if (this.#entry?.status === "unreadable" && this.#entry.problems[0] === problem) return this.#entry;
    this.#made = [];
    this.#entry = {
      ...this.#plain,
      status: "unreadable",
      identity: null,
      digest: { iterations: 0, samples: 0, seconds: 0, eta: null, evaluation: null, spark: [], lights: [] },
      problems: [problem],
      metrics: { generation: "none", bytes: 0 },
      checkpoints: [],
    };
    return this.#entry;
  }
}

function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}
