import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Acts, PlainPolicy } from "../agents/record.js";
import { ConfigError } from "../errors/errors.js";
import type { Replay } from "../mdp/replay.js";
import type { Task } from "../mdp/task.js";
import { taskOptions } from "./arguments.js";
import type { Parts } from "./parts.js";
import { openSnapshot } from "./run-snapshot.js";
import { noRun } from "./runs.js";
import { loadTask } from "./task-source.js";
import type { Terminal } from "./terminal.js";

/** Somebody who acts in a task. */
export interface Player {
  readonly task: Task;
  readonly act: Acts;
  /** Hears of each episode that begins; absent where nobody listens. */
  readonly begin?: () => void;
  readonly policy: Replay["policy"];
  readonly seed: number;
  /** The default output directory. */
  readonly out: string;
  close(): Promise<void>;
}

/** Who is asked for. */
export interface PlayerOptions {
  readonly seed?: number;
  readonly policy?: PlainPolicy;
  readonly checkpoint?: number;
  readonly stochastic?: boolean;
  readonly taskOption?: readonly string[];
}

/**
 * Whoever plays for a name: in a run directory the run's policy, else a plain one in a task. Close it.
 *
 * @throws {ConfigError} where there is no such run or task, or an option does not go with it
 */
export async function openPlayer(
  name: string,
  options: PlayerOptions,
  terminal: Terminal,
  parts: Parts,
): Promise<Player> {
  const directory = resolve(terminal.cwd, name);
  const isRun = existsSync(join(directory, "config.json"));
  refuse(isRun ? ["policy", "taskOption"] : ["checkpoint", "stochastic"], options, isRun ? "a run" : "a task");
  if (isRun) return openRun(name, directory, options, terminal, parts);
  const isModule = /\.[cm]?[jt]s$/.test(name);
  const isKnown = parts.taskIds().some((id) => id === name || id.replace(/-v\d+$/, "") === name);
  if (!isModule && !isKnown && (existsSync(directory) || /[\\/]/.test(name))) {
    const mend = "Give a directory that `stackelberg train` made, or a task that `stackelberg tasks` lists";
    throw noRun(name, directory, mend);
  }
  const { task } = await loadTask(name, taskOptions(options.taskOption), terminal.cwd, parts);
  const policy = options.policy ?? "random";
  return {
    task,
    act: parts.plainActor(policy, task),
    policy,
    seed: options.seed ?? 0,
    out: join("play", task.id),
    close: async () => {},
  };
}

async function openRun(
  name: string,
  directory: string,
  { checkpoint, seed, stochastic = false }: PlayerOptions,
  terminal: Terminal,
  parts: Parts,
): Promise<Player> {
  const { config, snapshot, task } = await openSnapshot(directory, checkpoint, terminal, async () => parts);
  const compute = await parts.openNodeCompute({ provider: config.provider, workers: 1 });
  try {
    const actor = await parts.snapshotActor(compute, { snapshot, settings: config.settings, task }, stochastic);
    const { iteration, samples } = snapshot.meta;
    return {
      task,
      act: actor.act,
      begin: actor.begin,
      policy: { run: name, algorithm: config.algorithm, seed: config.seed, iteration, samples, stochastic },
      seed: seed ?? config.settings.evaluation.seed,
      out: join(directory, "play"),
      async close() {
        await actor.release();
        await compute.close();
      },
    };
  } catch (error) {
    await compute.close();
    throw error;
  }
}

/** @throws {ConfigError} where an option is given that says nothing about what is played */
function refuse(keys: readonly (keyof PlayerOptions)[], options: PlayerOptions, what: string): void {
  const key = keys.find((each) => options[each] !== undefined);
  if (key === undefined) return;
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new ConfigError(flag, `does not go with ${what}`, "Leave it out");
}
