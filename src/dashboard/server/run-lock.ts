import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lockOwner } from "../../runs/lock.js";
import { isSame, NOTHING, reasonOf, requireFile, type Seen, seenAt } from "./files.js";

/**
 * Whether somebody works in a run. A process that dies leaves no trace in the directory, so a live one is asked after at
 * every look; a dead one never comes back, and its lock is read once.
 */
export class RunLock {
  running = false;
  /** Why nobody can tell. */
  problem: string | undefined;
  /** The lock whose owner was found dead, or that says no owner. */
  #dead: Seen | undefined = NOTHING;
  readonly #run: string;
  readonly #path: string;

  constructor(run: string) {
    this.#run = run;
    this.#path = join(run, "run.lock");
  }

  look(): void {
    const seen = seenAt(this.#path);
    if (isSame(seen, this.#dead)) return;
    this.#dead = seen;
    this.running = false;
    this.problem = undefined;
    if (seen.kind === "nothing") return;
    try {
      requireFile(this.#path, seen);
      this.problem = problemIn(readFileSync(this.#path, "utf8"));
      this.running = this.problem === undefined && lockOwner(this.#run) !== undefined;
      if (this.running) this.#dead = undefined;
    } catch (error) {
      this.problem = reasonOf(error);
    }
  }
}

/** What is wrong with a lock; undefined where it names a process. */
function problemIn(text: string): string | undefined {
  try {
    const { pid, host } = JSON.parse(text) as { readonly pid?: unknown; readonly host?: unknown };
    if (typeof pid === "number" && typeof host === "string") return undefined;
  } catch {
    // Whatever it is, it names nobody.
  }
  return "run.lock does not say which process works here; it is taken for nobody's";
}
