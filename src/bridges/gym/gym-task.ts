import { clipAction } from "../../envs/action.js";
import { ConfigError, WorldError } from "../../errors/errors.js";
import { checkedTask } from "../../mdp/checked-task.js";
import type { NumberRow, Space, Task, World, WorldStep } from "../../mdp/task.js";
import { drawSeed } from "../../mdp/task.js";
import { seeded } from "../../random/rng.js";
import type { TaskSpec, WrittenNumber, WrittenSpace } from "../protocol.js";
import { GymServer, type GymServerOptions } from "./gym-server.js";

const PREFIX = "gym:";

/** Whether a task's name means an environment of Gymnasium: `gym:Hopper-v5`. */
export const isGymName = (name: string): boolean => name.startsWith(PREFIX);

/** Bounds from here on are none: the largest float32, as many spaces have it. */
const BOUNDLESS = 1e30;

/**
 * An environment of Gymnasium as a task. Its worlds live in a Python process, which is started here, once for all of them.
 * Reward and ends have to be learned (`Task.mustLearn`), and its states cannot be saved (`Task.savesStates`).
 *
 * @param name `gym:` and what `gymnasium.make` takes
 * @param options keywords of `gymnasium.make`; values that are JSON are given as what they mean
 * @throws {ConfigError} where Python, Gymnasium or the environment is not there, or its spaces are no boxes
 */
export function gymTask(
  name: string,
  options: Readonly<Record<string, string>> = {},
  serverOptions: GymServerOptions = {},
): Task {
  const id = name.slice(PREFIX.length);
  const keywords = Object.fromEntries(Object.entries(options).map(([key, text]) => [key, meant(text)]));
  const worlds = new GymWorlds(() => new GymServer(name, id, keywords, serverOptions));
  const { title, observation, action, horizon, controlStep, solvedReturn } = worlds.spec();
  if (horizon === null)
    throw new ConfigError(name, "has no longest episode", "Give one: --task-option max_episode_steps=1000");
  const unknown = (what: string) => (): never => {
    throw new WorldError(`${name}, ${what}`, "is not known as a function", "Let a model player learn it");
  };
  const task: Task = {
    id: name,
    title,
    options,
    mustLearn: true,
    savesStates: false,
    observation: spaceOf(observation),
    action: spaceOf(action),
    horizon,
    controlStep: controlStep ?? 1,
    ...(solvedReturn !== null && { solvedReturn }),
    reward: unknown("reward"),
    isTerminal: unknown("isTerminal"),
    graphs: { alive: unknown("graphs.alive") },
    createWorld: async () => new GymWorld(task, worlds),
  };
  return checkedTask(task);
}

function meant(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function spaceOf({ names, low, high }: WrittenSpace): Space {
  const bound = (none: number) => (x: WrittenNumber) => (x !== null && Math.abs(x) < BOUNDLESS ? x : none);
  return { size: names.length, names, low: low.map(bound(-Infinity)), high: high.map(bound(Infinity)) };
}

/** The worlds of a task: one process for all, which ends with the last of them, and starts again with the next. */
class GymWorlds {
  readonly #start: () => GymServer;
  #server: GymServer | undefined;
  #free: number[] = [];
  #used = 0;

  constructor(start: () => GymServer) {
    this.#start = start;
  }

  spec(): TaskSpec {
    this.#server ??= this.#start();
    return this.#server.spec();
  }

  take(): { readonly server: GymServer; readonly world: number } {
    this.#server ??= this.#start();
    const world = this.#free.pop() ?? this.#server.make();
    this.#used++;
    return { server: this.#server, world };
  }

  /** A world that is not used any more. */
  give(world: number): void {
    this.#free.push(world);
    if (--this.#used > 0) return;
    this.#server?.close();
    this.#server = undefined;
    this.#free = [];
  }
}

/** One of them. A start without a seed is drawn from the stream ("reset", episode number) of the last seed given. */
class GymWorld implements World {
  readonly #task: Task;
  readonly #worlds: GymWorlds;
  readonly #place: ReturnType<GymWorlds["take"]>;
  #seed = 0;
  #episode = 0;
  #isOpen = true;

  constructor(task: Task, worlds: GymWorlds) {
    this.#task = task;
    this.#worlds = worlds;
    this.#place = worlds.take();
  }

  reset({ seed }: { readonly seed?: number } = {}): ReturnType<World["reset"]> {
    if (seed !== undefined) [this.#seed, this.#episode] = [seed, 0];
    const drawn = seed ?? drawSeed(seeded(this.#seed).stream("reset", ++this.#episode));
    const { server, world } = this.#place;
    return { observation: server.reset(world, drawn), info: {} };
  }

  announce(action: NumberRow): void {
    this.#place.server.announce(this.#place.world, this.#executed(action));
  }

  step(action: NumberRow): WorldStep {
    const { server, world } = this.#place;
    return { ...server.step(world, this.#executed(action)), info: {} };
  }

  saveState(): never {
    throw this.#unable("saved");
  }

  restoreState(): never {
    throw this.#unable("restored");
  }

  close(): void {
    if (this.#isOpen) this.#worlds.give(this.#place.world);
    this.#isOpen = false;
  }

  #executed(action: NumberRow): readonly number[] {
    return Array.from(clipAction(this.#task, action));
  }

  #unable(what: string): WorldError {
    return new WorldError(this.#task.id, `its states cannot be ${what}`, "Play its episodes from their start");
  }
}
