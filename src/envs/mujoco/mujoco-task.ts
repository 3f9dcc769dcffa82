import type { MjData, MjModel } from "@mujoco/mujoco";
import { ConfigError } from "../../errors/errors.js";
import type { NumberRow, Perturbation, Space, Task, TaskGraphs } from "../../mdp/task.js";
import type { Rng } from "../../random/rng.js";
import type { ModelFiles } from "./model-source.js";
import { type MujocoLooks, openMujocoStage } from "./mujoco-stage.js";
import { MujocoWorld } from "./mujoco-world.js";
import { checkPerturbation } from "./perturbation.js";

declare global {
  /** Named and left undeclared by @mujoco/mujoco's types: projects that check the types of libraries compile with it. */
  type Arguments = IArguments;
}

/**
 * What a spec may read of the engine. Every property is a fresh view: read it, copy what you keep, write nothing.
 * Quantities that the engine derives (`data.xpos`, `data.xipos`, `data.cvel`, …) are those of its last forward pass,
 * which under RK4 trails `qpos` by a part of a physics step, as in gym.
 */
export interface Simulation {
  /** Generalised positions, [nq]; m and rad. */
  readonly qpos: Float64Array;
  /** Generalised velocities, [nv]; m/s and rad/s. */
  readonly qvel: Float64Array;
  /** Numbers drawn at the start of the episode and fixed within it (a target), [goalSize]. */
  readonly goal: Float64Array;
  /** Uniform in −1 … 1, drawn afresh for each state of an episode: errors of sensors, [noiseSize]. */
  readonly noise: Float64Array;
  /** v_fd = (x_t − x_{t−1}) / dt of `MujocoTaskSpec.track`, m/s; 0 at reset and without `track`. */
  readonly trackedVelocity: number;
  /** Engine data, for what is not listed here. Boolean model arrays throw when read as a whole. */
  readonly data: MjData;
  readonly model: MjModel;
}

/** One control step as the simulator saw it, for the world's own reward. */
export interface SimulatedStep {
  /** Copies from before the step. */
  readonly before: { readonly qpos: Float64Array; readonly qvel: Float64Array; readonly tracked: number };
  /** The engine after the step. */
  readonly after: Simulation;
  /** `track(after)`. */
  readonly tracked: number;
  /** The action as executed: clipped to the action box, [nu]. */
  readonly action: Float64Array;
  /** Time between two actions, s. */
  readonly controlStep: number;
}

/** Where an episode begins. */
export interface Start {
  /** [nq]; quaternions in it are normalised by the world. */
  readonly qpos: Float64Array;
  /** [nv] */
  readonly qvel: Float64Array;
  /** [goalSize]; absent where goalSize is 0. */
  readonly goal?: Float64Array;
}

/**
 * A task on a MuJoCo model. `reward`, `isTerminal` and `isSuccess` see observations alone (they run on the states
 * of a learned model too); `simulated` computes the same from the simulator's own state, written down a second time
 * on purpose, so that `checkTask` compares two things.
 */
export interface MujocoTaskSpec {
  /** Versioned name, `"hopper-v2"`. */
  readonly id: string;
  readonly title: string;
  /** Options this instance was made with. */
  readonly options?: Readonly<Record<string, string>>;
  /** MJCF source. */
  readonly mjcf: string;
  /** What it names: includes, meshes, textures. `readModel` and `fetchModel` give both; none by default. */
  readonly files?: ModelFiles;
  /** Factors on quantities of the compiled model; none by default. */
  readonly perturbation?: Perturbation;
  /** Physics step, s; must be the model's. */
  readonly timestep: number;
  /** Physics steps per action; the control step is frameSkip × timestep. */
  readonly frameSkip: number;
  readonly observation: Space;
  readonly action: Space;
  /** Longest episode, control steps. */
  readonly horizon: number;
  /** Entries of `Simulation.goal`; 0 by default. */
  readonly goalSize?: number;
  /** Entries of `Simulation.noise`; 0 by default. */
  readonly noiseSize?: number;
  /** Whether each world compiles a model of its own, which `applyGoal` may change; by default all share one. */
  readonly ownModel?: boolean;
  /** Start state from the model's reference pose (both arrays are copies and may be changed). Draws from rng. */
  start(qpos0: Float64Array, qvel0: Float64Array, rng: Rng): Start;
  /**
   * Turns an action into controls, once at the start of each control step: writes `ctrl`, [nu], in place, from the
   * action as executed and the state before the step. They hold for all of its physics steps. Without it, ctrl = action.
   */
  control?(action: Float64Array, simulation: Simulation, ctrl: Float64Array): void;
  /**
   * Writes into the engine what `goal` says of it: the place of a marker (`data.mocap_pos`), or, with `ownModel`, drawn
   * parameters of the model. Called after each reset and each restored state, before the forward pass; the one place
   * where a spec may write. It must write the same things each time.
   */
  applyGoal?(simulation: Simulation): void;
  /** The position whose finite difference is `trackedVelocity`, m; called after reset and after every step. */
  track?(simulation: Simulation): number;
  /** s, [observation.size]; a fresh array. */
  observe(simulation: Simulation): Float64Array;
  /** Reward, termination and success from the simulator's own state. */
  readonly simulated: {
    reward(step: SimulatedStep): number;
    isTerminal(simulation: Simulation): boolean;
    isSuccess?(simulation: Simulation): boolean;
  };
  /** Reward, termination and success from observations; see `Task`. */
  reward(observation: NumberRow, action: NumberRow, next: NumberRow): number;
  readonly rewardTerms?: NonNullable<Task["rewardTerms"]>;
  isTerminal(next: NumberRow, margin?: number): boolean;
  readonly graphs?: TaskGraphs;
  isSuccess?(next: NumberRow): boolean;
  readonly episodeSuccess?: NonNullable<Task["episodeSuccess"]>;
  readonly goalError?: NonNullable<Task["goalError"]>;
  readonly policyInputScale?: readonly number[];
  readonly solvedReturn?: number;
  /** How the task looks, beyond its model. */
  readonly looks?: MujocoLooks;
}

/**
 * The task of a spec. Compiles nothing: the model is compiled when the first world is made.
 *
 * @throws {ConfigError} where sizes in the spec do not fit together
 */
export function mujocoTask(spec: MujocoTaskSpec): Task {
  for (const [name, space] of [
    ["observation", spec.observation],
    ["action", spec.action],
  ] as const) {
    for (const list of [space.names, space.low, space.high]) {
      if (list.length === space.size) continue;
      throw new ConfigError(
        `${spec.id}.${name}`,
        `has size ${space.size}, but a list of ${list.length} entries`,
        "Give one name and two bounds for each entry",
      );
    }
  }
  return {
    id: spec.id,
    title: spec.title,
    options: spec.options ?? {},
    observation: spec.observation,
    action: spec.action,
    horizon: spec.horizon,
    controlStep: spec.frameSkip * spec.timestep,
    reward: spec.reward,
    ...(spec.rewardTerms && { rewardTerms: spec.rewardTerms }),
    isTerminal: spec.isTerminal,
    ...(spec.graphs && { graphs: spec.graphs }),
    ...(spec.isSuccess && { isSuccess: spec.isSuccess }),
    ...(spec.episodeSuccess && { episodeSuccess: spec.episodeSuccess }),
    ...(spec.goalError && { goalError: spec.goalError }),
    ...(spec.policyInputScale && { policyInputScale: spec.policyInputScale }),
    ...(spec.solvedReturn !== undefined && { solvedReturn: spec.solvedReturn }),
    mjcf: () => spec.mjcf,
    ...(spec.files && { modelFiles: () => spec.files! }),
    createWorld: () => MujocoWorld.create(spec),
    openStage: () => openMujocoStage(spec),
    perturbed: (factors) => {
      checkPerturbation(factors);
      const changes = Object.entries(factors).map(([name, factor]) => `${name} × ${factor}`);
      const perturbation = { ...spec.perturbation };
      for (const [name, factor] of Object.entries(factors)) perturbation[name] = (perturbation[name] ?? 1) * factor;
      return mujocoTask({ ...spec, perturbation, title: [spec.title, ...changes].join(", ") });
    },
  };
}
