import { z } from "zod";
import {
  CODES,
  type Starts,
  type Steps,
  type TaskSpec,
  type WrittenNumber,
  type WrittenSpace,
} from "../../bridges/protocol.js";
import type { NumberRow, Space, Task, World } from "../../mdp/task.js";
import { VERSION } from "../../runs/versions.js";
import { type Method, paramsAs, RpcError } from "./json-rpc.js";

/** Worlds in one server: each may be megabytes of a simulator. */
const MOST_WORLDS = 1024;

const count = z.number().int().min(0);
const worldList = z.array(count).max(MOST_WORLDS);
const nothing = z.object({});
const toReset = z.object({ worlds: worldList, seeds: z.array(z.number().int().min(0).nullable()) });
const toStep = z.object({ worlds: worldList, actions: z.array(z.array(z.number())) });
const toClose = z.object({ worlds: worldList });

/** A world, and whether an episode is under way in it. */
interface Seat {
  readonly world: World;
  playing: boolean;
}

const listed = (values: NumberRow): WrittenNumber[] =>
  Array.from(values, (value) => (Number.isFinite(value) ? value : null));

const described = ({ names, low, high }: Space): WrittenSpace => ({ names, low: listed(low), high: listed(high) });

/** Worlds of a task for another program: the methods spec, make, reset, step and close, whose lists have one entry a world. */
export class TaskServer {
  readonly #seats = new Map<number, Seat>();
  #made = 0;
  readonly methods: Readonly<Record<string, Method>>;

  constructor(private readonly task: Task) {
    this.methods = {
      spec: (params) => paramsAs(nothing, params) && this.#spec(),
      make: (params) => paramsAs(nothing, params) && this.#make(),
      reset: (params) => this.#reset(paramsAs(toReset, params)),
      step: (params) => this.#step(paramsAs(toStep, params)),
      close: (params) => this.#close(paramsAs(toClose, params)),
    };
  }

  #spec(): TaskSpec {
    const { id, title, observation, action, horizon, controlStep, solvedReturn = null, options } = this.task;
    return {
      id,
      title,
      options,
      observation: described(observation),
      action: described(action),
      horizon,
      controlStep,
      solvedReturn,
      version: VERSION,
    };
  }

  async #make(): Promise<number> {
    if (this.#seats.size >= MOST_WORLDS)
      throw new RpcError(
        CODES.refused,
        `there are ${MOST_WORLDS} worlds already`,
        "Close some, or start another server",
      );
    const world = await this.task.createWorld();
    this.#seats.set(this.#made, { world, playing: false });
    return this.#made++;
  }

  #reset({ worlds, seeds }: z.infer<typeof toReset>): Starts {
    const seats = this.#seated(worlds);
    sameLength("seeds", seeds, worlds);
    const starts = seats.map((seat, i) => {
      seat.playing = false;
      const seed = seeds[i];
      const start = seat.world.reset(seed === null ? {} : { seed });
      seat.playing = true;
      return start;
    });
    return { observations: starts.map(({ observation }) => listed(observation)) };
  }

  #step({ worlds, actions }: z.infer<typeof toStep>): Steps {
    const seats = this.#seated(worlds);
    sameLength("actions", actions, worlds);
    const { size } = this.task.action;
    actions.forEach((action, i) => {
      if (action.length === size) return;
      const what = `params.actions.${i} must have ${size} numbers, got ${action.length}`;
      throw new RpcError(CODES.badParams, what, "The method spec has their names");
    });
    const over = seats.findIndex(({ playing }) => !playing);
    if (over >= 0) {
      const what = `no episode is under way in world ${worlds[over]}`;
      throw new RpcError(
        CODES.refused,
        what,
        "Reset it: an episode that has ended is over, and so is one in which a world failed",
      );
    }
    // Where one fails, the caller does not hear how far the others came: none of them goes on.
    for (const seat of seats) seat.playing = false;
    const steps = seats.map(({ world }, i) => world.step(actions[i]));
    seats.forEach((seat, i) => {
      seat.playing = !steps[i].terminated && !steps[i].truncated;
    });
    return {
      observations: steps.map(({ observation }) => listed(observation)),
      rewards: listed(steps.map(({ reward }) => reward)),
      terminations: steps.map(({ terminated }) => terminated),
      truncations: steps.map(({ truncated }) => truncated),
      ...(this.task.isSuccess && { successes: steps.map(({ info }) => info.success ?? null) }),
    };
  }

  #close({ worlds }: z.infer<typeof toClose>): null {
    for (const { world } of this.#seated(worlds)) world.close();
    for (const number of worlds) this.#seats.delete(number);
    return null;
  }

  /** Gives back what the worlds hold; the server cannot be used afterwards. */
  closeAll(): void {
    this.#close({ worlds: [...this.#seats.keys()] });
  }

  #seated(worlds: readonly number[]): readonly Seat[] {
    if (new Set(worlds).size < worlds.length)
      throw new RpcError(CODES.badParams, "params.worlds has a world twice", "Name each once");
    return worlds.map((number) => {
      const seat = this.#seats.get(number);
      if (seat === undefined)
        throw new RpcError(
          CODES.refused,
          `there is no world ${number}`,
          "The method make gives the number of a new one",
        );
      return seat;
    });
  }
}

function sameLength(name: string, list: readonly unknown[], worlds: readonly number[]): void {
  if (list.length === worlds.length) return;
  const what = `params.${name} must have one entry for each of the ${worlds.length} worlds, got ${list.length}`;
  throw new RpcError(CODES.badParams, what, "Send as many as there are worlds in the call");
}
