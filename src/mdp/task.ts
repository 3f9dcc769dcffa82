import type { Node } from "../compute/node.js";
import type { Rng } from "../random/rng.js";
import type { Contact, Stage, Vector3 } from "./scene.js";

/** Numbers of one observation or action; typed arrays and plain arrays both do. */
export type NumberRow = ArrayLike<number>;

/** A box of observations or actions: one name, and where it is limited one bound, per entry. */
export interface Space {
  /** Number of entries. */
  readonly size: number;
  /** One name per entry, with its unit: `"torso height [m]"`. */
  readonly names: readonly string[];
  /** Lower bounds, [size]; −Infinity where unlimited. */
  readonly low: readonly number[];
  /** Upper bounds, [size]; Infinity where unlimited. */
  readonly high: readonly number[];
}

/** What a world answers to one action (the contract of Gymnasium). */
export interface WorldStep {
  /** s′, [observation size]; a fresh array. */
  readonly observation: Float64Array;
  /** R(s, a, s′). */
  readonly reward: number;
  /** s′ is terminal: its value is 0. */
  readonly terminated: boolean;
  /** The episode was cut at the task's horizon: s′ still has a value. */
  readonly truncated: boolean;
  /** `success` where the task defines it. */
  readonly info: { readonly success?: boolean };
}

/** W of section 2: a world in which episodes can be played, one at a time. */
export interface World {
  /** Begins an episode; the same seed gives the same start. Without a seed, the next start of this world's own stream (seed 0 at first). */
  reset(options?: { readonly seed?: number }): {
    readonly observation: Float64Array;
    readonly info: { readonly success?: boolean };
  };
  /**
   * One control step. The action is clipped to the action box before it reaches the engine.
   * @throws {WorldError} where the action has the wrong size or is not finite, or where the state blows up
   */
  step(action: NumberRow): WorldStep;
  /**
   * Says beforehand what the next `step` will be given, where several worlds are about to be stepped: a world that lives in
   * another process may then step all of them at once. Absent where that gains nothing; changes no number.
   */
  announce?(action: NumberRow): void;
  /** Everything that the future of this episode depends on, as plain numbers. @throws {WorldError} where `Task.savesStates` is false */
  saveState(): Float64Array;
  /** Goes on from a saved state of this or another instance of the same task. */
  restoreState(state: Float64Array): void;
  /**
   * Pulls at a body of the task's scene, for whoever plays with the world by hand, until the next pull or reset; a force
   * of 0 lets go. Not part of saved states. Absent where there are no bodies.
   *
   * @param body its number in `Scene.bodies`
   * @param force N, in world coordinates
   * @param point where the force acts, m, in world coordinates
   */
  pull?(body: number, force: Vector3, point: Vector3): void;
  /** Where solids touch, as of the last step of the physics. Absent where the world cannot tell. */
  contacts?(): readonly Contact[];
  /** A copy of the numbers that were drawn at the start and are fixed within an episode (a target); absent where there are none. */
  goal?(): Float64Array;
  /** Puts others in their place, from here on. @throws {WorldError} where there are more or fewer */
  moveGoal?(goal: NumberRow): void;
  /** Gives native memory back; the world cannot be used afterwards. */
  close(): void;
}

/** Factors on quantities of a world, by name: `{ mass: 1.3, friction: 0.7 }`. */
export type Perturbation = Readonly<Record<string, number>>;

/** Reward and termination as nodes of a graph: what players who take gradients through a model need. Rows may have any leading axes: nodes are [...rows, size] in and [...rows] out. */
export interface TaskGraphs {
  /** R(s, a, s′), the same number as `Task.reward`; absent where it is known in numbers alone, and has to be learned. */
  reward?(observations: Node, actions: Node, next: Node): Node;
  /** 1 where s′ goes on, 0 where it is terminal, with `isTerminal`'s margin; no derivative. */
  alive(next: Node, margin?: number): Node;
  /**
   * How far s′ is from a terminal state, as a share of what the limits leave: 1 where it is farthest, 0 at a limit, below 0 beyond;
   * above `margin` exactly where `alive` is 1. Has a derivative, so that a planner knows which way is out. Absent: nobody says it.
   */
  room?(next: Node): Node;
}

/**
 * A task: a world, and beside it reward and termination as pure functions of observations, so that they hold
 * in W and in a model M alike (section 2.1: the two differ in their dynamics alone).
 */
export interface Task {
  /** Versioned name, `"hopper-v2"`. */
  readonly id: string;
  /** One line for lists. */
  readonly title: string;
  /** Options this instance was made with (`{ era: "cylinder" }`), saved with a run. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * Reward and termination are known by playing alone: `reward`, `isTerminal` and `graphs` throw, and a model player has to
   * learn both from what the world says. Absent: they are functions of observations.
   */
  readonly mustLearn?: true;
  /** False where `World.saveState` is not available: an episode that is left cannot be gone on with. Absent: it is. */
  readonly savesStates?: false;
  readonly observation: Space;
  readonly action: Space;
  /** Longest episode, control steps. */
  readonly horizon: number;
  /** Time between two actions, s. */
  readonly controlStep: number;
  /** R(s, a, s′); a is the action as executed (clipped). May not keep or change its arguments. */
  reward(observation: NumberRow, action: NumberRow, next: NumberRow): number;
  /** What `reward` is the sum of, by name, for people who look; absent where the task does not say. */
  rewardTerms?(observation: NumberRow, action: NumberRow, next: NumberRow): Readonly<Record<string, number>>;
  /**
   * Whether s′ ends the episode with value 0.
   *
   * @param margin share by which the limits are drawn in, 0 (the world's own, the default) to 1: imagined rollouts may
   *   end before the states that the model has never left. A task without limits to draw in ignores it.
   */
  isTerminal(next: NumberRow, margin?: number): boolean;
  /** Reward and termination as graphs; absent where they are known in numbers alone, and then no gradient passes through a model. */
  readonly graphs?: TaskGraphs;
  /** Whether s′ counts as success; absent where the task does not define it. */
  isSuccess?(next: NumberRow): boolean;
  /** Whether an episode succeeded, from `isSuccess` of the state after each of its steps, [steps]; absent means that one of the last five did. A pure function. */
  episodeSuccess?(successes: readonly boolean[]): boolean;
  /** How far a state is from the goal, in the task's own unit; absent where the task has no such measure. */
  readonly goalError?: {
    /** With its unit: `"distance to the target [m]"`. */
    readonly name: string;
    of(observation: NumberRow): number;
  };
  /**
   * Factors on the observation before it enters policy and baseline, [observation size]; absent means 1.
   * Velocities that are large against positions are brought down here.
   */
  readonly policyInputScale?: readonly number[];
  /** The mean return from which the task counts as solved, where there is one. */
  readonly solvedReturn?: number;
  /** MJCF source, where the world is a MuJoCo model. */
  mjcf?(): string;
  /** Files that the source names, by their paths from it; absent where it names none. */
  modelFiles?(): Readonly<Record<string, Uint8Array>>;
  /** A new, independent world. */
  createWorld(): Promise<World>;
  /**
   * The same task in a world whose quantities are multiplied, for evaluation away from where a policy was trained;
   * absent where the world has no such quantities.
   * @throws {ConfigError} where a name is unknown or a factor impossible
   */
  perturbed?(factors: Perturbation): Task;
  /** What its states look like; absent where there is nothing to see. */
  openStage?(): Promise<Stage>;
}

/** An episode of a task without a rule of its own counts as a success where it succeeded in any of its last states. */
const SUCCESS_WINDOW = 5;

/** Whether an episode succeeded. @param successes `isSuccess` of the state after each of its steps, [steps] */
export function episodeSucceeded(
  { episodeSuccess }: Pick<Task, "episodeSuccess">,
  successes: readonly boolean[],
): boolean {
  return episodeSuccess ? episodeSuccess(successes) : successes.slice(-SUCCESS_WINDOW).some(Boolean);
}

/** A seed for `World.reset`, drawn from rng. */
export function drawSeed(rng: Rng): number {
  return rng.integer(2 ** 31);
}
