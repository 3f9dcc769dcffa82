import { ConfigError } from "../../errors/errors.js";
import { suggest } from "../../errors/nearest.js";
import { checkedTask } from "../../mdp/checked-task.js";
import type { NumberRow, Space, Task, TaskGraphs, World } from "../../mdp/task.js";
import { alwaysAlive } from "../../mdp/task-graphs.js";
import type { Places } from "../scene.js";
import { openSimpleStage, type SceneDefinition } from "./simple-stage.js";
import { type Dynamics, type SimpleTask, SimpleWorld } from "./simple-world.js";

/** A space as a user writes it: bounds may be left out, and count as none. */
export interface SpaceDefinition {
  readonly names: readonly string[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/**
 * A task as a user writes it. The moving part is `dynamics`, or, for a simulator of one's own, `createWorld`.
 * A MuJoCo model goes to `mujocoTask` instead.
 */
export interface TaskDefinition {
  /** Versioned name: `"my-pendulum-v0"`. */
  readonly id: string;
  /** One line for lists; the id by default. */
  readonly title?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly observation: SpaceDefinition;
  /** The bounds must be finite. */
  readonly action: SpaceDefinition;
  /** Longest episode, control steps. */
  readonly horizon: number;
  /** Time between two actions, s. */
  readonly controlStep: number;
  readonly reward: Task["reward"];
  /** Never by default. */
  readonly isTerminal?: Task["isTerminal"];
  /** Reward and termination as graphs. Where there is no isTerminal, `alive` may be left out: 1 by default, with or without graphs. */
  readonly graphs?: Partial<TaskGraphs>;
  readonly isSuccess?: NonNullable<Task["isSuccess"]>;
  readonly episodeSuccess?: NonNullable<Task["episodeSuccess"]>;
  readonly goalError?: NonNullable<Task["goalError"]>;
  readonly policyInputScale?: readonly number[];
  readonly solvedReturn?: number;
  readonly dynamics?: Dynamics;
  readonly createWorld?: () => World | Promise<World>;
  /** What the task looks like, for `stackelberg play` and the dashboard. Comes with `pose`, and needs `dynamics`. */
  readonly scene?: SceneDefinition;
  /** Where the bodies of `scene` are when this is observed; a body it does not name is at the origin. */
  readonly pose?: (observation: NumberRow) => Places;
  /** The same for a simulator of one's own. */
  readonly openStage?: NonNullable<Task["openStage"]>;
}

/** Every key a definition may have, and what must stand there. */
const KEYS: Readonly<Record<keyof TaskDefinition, readonly [kind: string, needed?: "needed"]>> = {
  id: ["string", "needed"],
  title: ["string"],
  options: ["object"],
  observation: ["object", "needed"],
  action: ["object", "needed"],
  horizon: ["number", "needed"],
  controlStep: ["number", "needed"],
  reward: ["function", "needed"],
  isTerminal: ["function"],
  graphs: ["object"],
  isSuccess: ["function"],
  episodeSuccess: ["function"],
  goalError: ["object"],
  policyInputScale: ["object"],
  solvedReturn: ["number"],
  dynamics: ["object"],
  createWorld: ["function"],
  scene: ["object"],
  pose: ["function"],
  openStage: ["function"],
};

/**
 * A task of one's own: checks the definition and fills in what was left out. `checkTask` then plays it.
 *
 * @throws {ConfigError} where a key is unknown, missing or of the wrong kind, or where sizes do not fit
 */
export function defineTask(definition: TaskDefinition): Task {
  checkKeys(definition);
  const { id } = definition;
  const where = (key: string) => `${id}.${key}`;
  if (!/^[a-z0-9][a-z0-9-]*-v\d+$/.test(id)) {
    throw new ConfigError("task.id", `got ${JSON.stringify(id)}`, 'Use small letters and a version: "my-task-v0"');
  }
  const { horizon, controlStep } = definition;
  if (!Number.isInteger(horizon) || horizon < 1) {
    throw new ConfigError(where("horizon"), `must be a whole number of steps, at least 1, got ${horizon}`, "Change it");
  }
  if (!(controlStep > 0 && Number.isFinite(controlStep))) {
    throw new ConfigError(where("controlStep"), `must be a positive time in seconds, got ${controlStep}`, "Change it");
  }
  const observation = space(where("observation"), definition.observation);
  const action = space(where("action"), definition.action);
  if (![...action.low, ...action.high].every(Number.isFinite)) {
    throw new ConfigError(where("action"), "low and high must be finite", "Give the range of every motor");
  }
  const scale = definition.policyInputScale;
  if (scale && !(scale.length === observation.size && scale.every((x) => Number.isFinite(x) && x !== 0))) {
    throw new ConfigError(
      where("policyInputScale"),
      `must be ${observation.size} finite numbers other than 0, got ${JSON.stringify(scale)}`,
      "Give one factor for each entry of the observation, or leave it out",
    );
  }
  const { dynamics, createWorld, isSuccess, episodeSuccess, goalError, solvedReturn } = definition;
  if (episodeSuccess && !isSuccess) {
    throw new ConfigError(
      where("episodeSuccess"),
      "came without isSuccess",
      "Add isSuccess, whose answers it is given",
    );
  }
  if (goalError && !(typeof goalError.name === "string" && typeof goalError.of === "function")) {
    throw new ConfigError(
      where("goalError"),
      "needs a name and a function `of` observations",
      'For instance { name: "distance to the goal [m]", of: (s) => Math.abs(s[0]) }',
    );
  }
  if ((dynamics === undefined) === (createWorld === undefined)) {
    throw new ConfigError(
      id,
      dynamics ? "has both dynamics and createWorld" : "has neither dynamics nor createWorld",
      "Give dynamics { start, step }, or createWorld for a simulator of your own",
    );
  }
  if (dynamics && !(typeof dynamics.start === "function" && typeof dynamics.step === "function")) {
    throw new ConfigError(where("dynamics"), "needs the functions start and step", "Add what is missing");
  }
  const { scene, pose, openStage } = definition;
  if ((scene === undefined) !== (pose === undefined) || (scene && (openStage || !dynamics))) {
    throw new ConfigError(
      id,
      `has ${Object.entries({ scene, pose, openStage, createWorld })
        .flatMap(([key, value]) => (value ? [key] : []))
        .join(", ")}`,
      "A picture is given by scene and pose together, beside dynamics; or by openStage, for a simulator of your own",
    );
  }
  const simple: SimpleTask = {
    id,
    observation,
    action,
    horizon,
    reward: definition.reward,
    isTerminal: definition.isTerminal ?? (() => false),
    ...(isSuccess && { isSuccess }),
  };
  const task: Task = checkedTask({
    ...simple,
    title: definition.title ?? id,
    options: definition.options ?? {},
    controlStep,
    ...graphsOf(definition),
    ...(episodeSuccess && { episodeSuccess }),
    ...(goalError && { goalError }),
    ...(scale && { policyInputScale: scale }),
    ...(solvedReturn !== undefined && { solvedReturn }),
    createWorld: async () => (dynamics ? new SimpleWorld(task, dynamics) : createWorld!()),
    ...(openStage && { openStage }),
    ...(scene && { openStage: async () => openSimpleStage(id, dynamics!, scene, pose!) }),
  });
  return task;
}

/** @throws {ConfigError} where a key of the graphs is unknown, or termination is not among them though there is some */
function graphsOf({ id, isTerminal, graphs }: TaskDefinition): Pick<Task, "graphs"> {
  if (isTerminal && !graphs) return {};
  const known = ["reward", "alive", "room"];
  for (const key of Object.keys(graphs ?? {})) {
    if (!known.includes(key)) throw new ConfigError(`${id}.graphs.${key}`, "there is no such key", suggest(key, known));
  }
  const alive = graphs?.alive ?? (isTerminal ? undefined : alwaysAlive);
  if (alive === undefined)
    throw new ConfigError(
      `${id}.graphs`,
      "came without alive",
      "Add it: the task has isTerminal, and graphs need it too",
    );
  return { graphs: { ...graphs, alive } };
}

function checkKeys(definition: TaskDefinition): void {
  if (typeof definition !== "object" || definition === null) {
    throw new ConfigError("task", `a definition is an object, got ${definition}`, "See examples/my-task.mjs");
  }
  const known = Object.keys(KEYS);
  for (const key of Object.keys(definition)) {
    if (!known.includes(key)) throw new ConfigError(`task.${key}`, "there is no such key", suggest(key, known));
  }
  for (const [key, [kind, needed]] of Object.entries(KEYS)) {
    const value = definition[key as keyof TaskDefinition];
    if (value === undefined ? !needed : typeof value === kind && value !== null) continue;
    const came = value === undefined ? "it is missing" : `got ${value === null ? "null" : typeof value}`;
    throw new ConfigError(`task.${key}`, `must be a ${kind}, ${came}`, "See examples/my-task.mjs");
  }
}

/** @throws {ConfigError} where names are missing or doubled, or bounds do not fit */
function space(where: string, { names, low, high }: SpaceDefinition): Space {
  const strings = Array.isArray(names) && names.every((name) => typeof name === "string" && name.trim() !== "");
  if (!strings || names.length === 0 || new Set(names).size < names.length) {
    throw new ConfigError(`${where}.names`, `got ${JSON.stringify(names)}`, "Give each entry a name of its own");
  }
  const size = names.length;
  const bounds = { low: low ?? names.map(() => -Infinity), high: high ?? names.map(() => Infinity) };
  for (const [key, list] of Object.entries(bounds)) {
    if (Array.isArray(list) && list.length === size && list.every((bound) => !Number.isNaN(bound))) continue;
    throw new ConfigError(`${where}.${key}`, `must be ${size} numbers, got ${JSON.stringify(list)}`, "One per name");
  }
  const crossed = names.findIndex((_, i) => !(bounds.low[i] < bounds.high[i]));
  if (crossed >= 0) {
    const range = `${bounds.low[crossed]} … ${bounds.high[crossed]}`;
    throw new ConfigError(where, `${names[crossed]} has the range ${range}`, "low must be below high");
  }
  return { size, names, ...bounds };
}
