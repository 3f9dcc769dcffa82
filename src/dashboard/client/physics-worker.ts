import "../../web/no-eval.js";
import * as ort from "onnxruntime-web/wasm";
import { createTask } from "../../envs/index.js";
import type { Stage } from "../../mdp/scene.js";
import type { Task, World } from "../../mdp/task.js";
import { taskOfModule } from "../../mdp/task-module.js";
import type { PhysicsReply, PhysicsRequest } from "./physics-protocol.js";

/**
 * World and policy of the page, away from its drawing: MuJoCo steps and the policy's network runs here, at the pace of
 * the world. Nothing is asked of the server after the policy has come.
 */

/** The part of a worker's surroundings that is used here; the compiler knows those of a page. */
const page = globalThis as unknown as {
  onmessage: (event: { readonly data: PhysicsRequest }) => void;
  postMessage(reply: PhysicsReply, transfer?: Transferable[]): void;
};

/** How often the world is brought up to date, ms. */
const TICK = 16;
/** A page that slept does not make up for it. */
const LONGEST_TICK = 0.1; // s
/** How long an ended episode stays on view, s. */
const PAUSE = 1.2;

/** All that an open episode is. */
class Play {
  readonly #task: Task;
  readonly #policy: ort.InferenceSession;
  readonly #world: World;
  readonly #stage: Stage;
  #observation: Float64Array;
  #seed: number;
  #steps = 0;
  #return = 0;
  #reward = 0;
  #success: boolean | null = null;
  #end: "terminal" | "cut" | null = null;
  /** World time that is due and not yet played, s. */
  #due = 0;
  #paused = 0;
  /** When a push ends, in steps. */
  #letGo: { readonly body: number; readonly at: number } | null = null;
  #withContacts = false;
  speed = 0;
  /** Counts what has changed: a state that was said need not be said again. */
  changes = 1;

  constructor(task: Task, policy: ort.InferenceSession, world: World, stage: Stage, seed: number) {
    this.#task = task;
    this.#policy = policy;
    this.#world = world;
    this.#stage = stage;
    this.#seed = seed;
    this.#observation = world.reset({ seed }).observation;
  }

  opened(): PhysicsReply {
    const { scene } = this.#stage;
    const touches = this.#world.contacts !== undefined;
    return { kind: "opened", scene, goal: this.#goal(), controlStep: this.#task.controlStep, touches };
  }

  #goal(): readonly number[] {
    return Array.from(this.#world.goal?.() ?? []);
  }

  reset(seed: number): void {
    this.changes++;
    this.#seed = seed;
    this.#observation = this.#world.reset({ seed }).observation;
    this.#steps = this.#return = this.#reward = this.#due = this.#paused = 0;
    this.#success = this.#end = this.#letGo = null;
  }

  pull({ body, force, point, seconds }: Extract<PhysicsRequest, { kind: "pull" }>): void {
    this.#world.pull?.(body, force, point);
    this.#letGo =
      seconds === undefined ? null : { body, at: this.#steps + Math.ceil(seconds / this.#task.controlStep) };
  }

  showContacts(wanted: boolean): void {
    this.#withContacts = wanted;
    this.changes++;
  }

  #endPush(): void {
    if (this.#letGo === null || this.#steps < this.#letGo.at) return;
    this.#world.pull?.(this.#letGo.body, [0, 0, 0], [0, 0, 0]);
    this.#letGo = null;
  }

  /** Takes over the goal that another start has: one of those that the task draws. */
  async goalOf(seed: number): Promise<void> {
    const other = await this.#task.createWorld();
    other.reset({ seed });
    this.#world.moveGoal?.(other.goal?.() ?? []);
    this.changes++;
    other.close();
  }

  async #act(observation: Float64Array): Promise<Float32Array> {
    const { size } = this.#task.observation;
    const results = await this.#policy.run({
      observations: new ort.Tensor("float32", Float32Array.from(observation), [1, size]),
    });
    return results.actions.data as Float32Array;
  }

  /** Plays as much of the world as `seconds` of the wall clock are worth. */
  async tick(seconds: number): Promise<void> {
    if (this.#end !== null) {
      this.#paused += seconds;
      if (this.#paused > PAUSE && this.speed > 0) this.reset(this.#seed + 1);
      return;
    }
    this.#due += seconds * this.speed;
    while (this.#due >= this.#task.controlStep && this.#end === null) {
      this.#due -= this.#task.controlStep;
      const step = this.#world.step(await this.#act(this.#observation));
      this.#observation = step.observation;
      this.#steps++;
      this.#endPush();
      this.changes++;
      this.#reward = step.reward;
      this.#return += step.reward;
      this.#success = step.info.success ?? null;
      this.#end = step.terminated ? "terminal" : step.truncated ? "cut" : null;
    }
  }

  state(): Extract<PhysicsReply, { kind: "state" }> {
    return {
      kind: "state",
      poses: this.#stage.posesOfState(this.#world.saveState()),
      steps: this.#steps,
      reward: this.#reward,
      return: this.#return,
      success: this.#success,
      end: this.#end,
      goal: this.#goal(),
      contacts: this.#withContacts
        ? (this.#world.contacts?.() ?? []).flatMap(({ position, force }) => [...position, ...force])
        : null,
    };
  }

  /** Whole episodes in a world of their own, as fast as they go. */
  async score(seeds: readonly number[]): Promise<readonly number[]> {
    const world = await this.#task.createWorld();
    const returns: number[] = [];
    for (const seed of seeds) {
      let { observation } = world.reset({ seed });
      let total = 0;
      for (let ended = false; !ended; ) {
        const step = world.step(await this.#act(observation));
        observation = step.observation;
        total += step.reward;
        ended = step.terminated || step.truncated;
      }
      returns.push(total);
    }
    world.close();
    return returns;
  }
}

type OpenRequest = Extract<PhysicsRequest, { kind: "open" }>;

async function taskOf({ task, module, options }: OpenRequest): Promise<Task> {
  if (module === null) return createTask(task, options);
  return taskOfModule(await import(/* @vite-ignore */ module), task, options);
}

async function open(request: OpenRequest): Promise<Play> {
  const { policy, seed } = request;
  ort.env.wasm.numThreads = 1;
  const task = await taskOf(request);
  const [session, world, stage] = await Promise.all([
    ort.InferenceSession.create(policy, { executionProviders: ["wasm"] }),
    task.createWorld(),
    task.openStage!(),
  ]);
  return new Play(task, session, world, stage, seed);
}

let playing: Play | undefined;
let last = 0;
let said = 0;

async function tick(): Promise<void> {
  const now = performance.now();
  const seconds = Math.min((now - last) / 1000, LONGEST_TICK);
  last = now;
  try {
    await playing!.tick(seconds);
    if (playing!.changes !== said) {
      said = playing!.changes;
      const state = playing!.state();
      page.postMessage(state, [state.poses.buffer]);
    }
  } catch (error) {
    page.postMessage({ kind: "failed", error: error instanceof Error ? error.message : String(error) });
    return;
  }
  setTimeout(tick, Math.max(0, TICK - (performance.now() - now)));
}

async function answer(request: PhysicsRequest): Promise<void> {
  switch (request.kind) {
    case "open":
      playing = await open(request);
      page.postMessage(playing.opened());
      last = performance.now();
      void tick();
      return;
    case "run":
      playing!.speed = request.speed;
      return;
    case "reset":
      return playing!.reset(request.seed);
    case "pull":
      return playing!.pull(request);
    case "goal":
      return playing!.goalOf(request.seed);
    case "contacts":
      return playing!.showContacts(request.wanted);
    case "score":
      return page.postMessage({ kind: "scored", returns: await playing!.score(request.seeds) });
  }
}

page.onmessage = ({ data }) => {
  answer(data).catch((error: unknown) => {
    page.postMessage({ kind: "failed", error: error instanceof Error ? error.message : String(error) });
  });
};
