import { fileURLToPath } from "node:url";
import { ConfigError, WorldError } from "../../errors/errors.js";
import { Channel, ChannelError, type ChannelOptions } from "../channel.js";
import { CODES, type Starts, type Steps, type TaskSpec, type WrittenNumber } from "../protocol.js";

/** The variable that names the Python interpreter. */
export const PYTHON = "STACKELBERG_PYTHON";

const SCRIPT = fileURLToPath(new URL("../../../python/gym_server.py", import.meta.url));

/** A number of the protocol; null is none. */
const numberOf = (x: WrittenNumber): number => x ?? Number.NaN;

/** One world's part of a step. */
export interface GymStep {
  readonly observation: Float64Array;
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

const row = (numbers: readonly WrittenNumber[]): Float64Array => Float64Array.from(numbers, numberOf);

/** How the server is started. */
export type GymServerOptions = Partial<ChannelOptions>;

/** A child process with worlds of one environment, numbered; everything is synchronous. */
export class GymServer {
  readonly #task: string;
  readonly #channel: Channel;
  readonly #command: string;
  /** Actions that worlds have announced, and steps that were taken for them. */
  readonly #announced = new Map<number, readonly number[]>();
  readonly #taken = new Map<number, GymStep>();

  /**
   * @param task the task's name, for errors
   * @param id what `gymnasium.make` takes, and its keywords
   */
  constructor(task: string, id: string, keywords: Readonly<Record<string, unknown>>, options: GymServerOptions = {}) {
    this.#task = task;
    this.#command = options.command ?? (process.env[PYTHON] || "python3");
    const args = [...(options.args ?? ["-u", SCRIPT]), id, JSON.stringify(keywords)];
    this.#channel = new Channel({ ...options, args, command: this.#command });
  }

  spec(): TaskSpec {
    return this.#call("spec") as TaskSpec;
  }

  /** The number of a new world. */
  make(): number {
    return this.#call("make") as number;
  }

  reset(world: number, seed: number): Float64Array {
    this.#announced.delete(world);
    this.#taken.delete(world);
    const { observations } = this.#call("reset", { worlds: [world], seeds: [seed] }) as Starts;
    return row(observations[0]);
  }

  announce(world: number, action: readonly number[]): void {
    this.#announced.set(world, action);
  }

  /** The world's step; together with it, in one call, those of all worlds that have announced theirs. */
  step(world: number, action: readonly number[]): GymStep {
    const announced = this.#announced.get(world) ?? [];
    const isTaken = this.#taken.has(world);
    if (!isTaken) {
      if (announced.length !== action.length || announced.some((x, i) => x !== action[i])) this.#announced.clear();
      this.#announced.set(world, action);
      this.#stepAnnounced();
    }
    const step = this.#taken.get(world)!;
    this.#taken.delete(world);
    return step;
  }

  close(): void {
    this.#channel.close();
  }

  #stepAnnounced(): void {
    const [worlds, actions] = [[...this.#announced.keys()], [...this.#announced.values()]];
    this.#announced.clear();
    const { observations, rewards, terminations, truncations } = this.#call("step", { worlds, actions }) as Steps;
    worlds.forEach((world, i) => {
      this.#taken.set(world, {
        observation: row(observations[i]),
        reward: numberOf(rewards[i]),
        terminated: terminations[i],
        truncated: truncations[i] && !terminations[i],
      });
    });
  }

  #call(method: string, params: object = {}): unknown {
    try {
      return this.#channel.call(method, params);
    } catch (error) {
      throw error instanceof ChannelError ? this.#explained(error, method) : error;
    }
  }

  #explained({ kind, code, message: whole, stderr, place }: ChannelError, method: string): ConfigError | WorldError {
    const message = whole.replace(/[.?]+$/, "");
    const said = stderr.length === 0 ? "" : `; its last lines: ${stderr.join(" | ")}`;
    const python = this.#command;
    const another = `or name another interpreter in ${PYTHON}`;
    if (kind === "missing")
      return new ConfigError(this.#task, `there is no program ${python}`, `Install Python 3 and Gymnasium, ${another}`);
    if (code === CODES.notInstalled)
      return new ConfigError(
        this.#task,
        `Gymnasium cannot be imported by ${python} (${message})`,
        `${python} -m pip install "gymnasium[mujoco]", ${another}`,
      );
    if (code === CODES.noTask)
      return new ConfigError(
        this.#task,
        `cannot be made: ${message}`,
        "Give an environment of this Gymnasium, and options that it takes",
      );
    if (code === CODES.notPlayable)
      return new ConfigError(
        this.#task,
        `cannot be played: ${message}`,
        "Wrap it, in Python, into an environment with Box spaces",
      );
    if (kind === "refused")
      return new WorldError(
        this.#task,
        `its environment failed in ${method}: ${message}`,
        place === "" ? "Look at the environment" : `Look at ${place}`,
      );
    const what = kind === "gone" ? `its Python process ${message} in ${method}${said}` : message;
    return new WorldError(this.#task, what, "Look at the environment: the same actions in Python show it");
  }
}
