import type { Scene, Stage } from "../../mdp/scene.js";
import type { NumberRow } from "../../mdp/task.js";
import { seeded } from "../../random/rng.js";
import { framed } from "../framing.js";
import { addGeoms, type GeomDefinition, type Places, posesAtOrigin, putPlaces } from "../scene.js";
import { type Dynamics, seenOf, stateOfSaved } from "./simple-world.js";

/** What a task without a simulator looks like. */
export interface SceneDefinition {
  /** Bodies come into being where a solid names them. */
  readonly geoms: readonly GeomDefinition[];
  /** From the side of everything that is there at a start, where it is left out. */
  readonly camera?: Partial<Scene["camera"]>;
}

/**
 * The stage of a task that is made of `Dynamics`: each body is where `pose` puts it for what is observed.
 *
 * @throws {ConfigError} where a solid does not make sense, or `pose` names a body that has none
 * @throws {WorldError} where `observe` gives something else than a row of numbers
 */
export function openSimpleStage(
  id: string,
  dynamics: Dynamics,
  { geoms: definitions, camera }: SceneDefinition,
  pose: (observation: NumberRow) => Places,
): Stage {
  const { bodies, geoms } = addGeoms(`${id}.scene.geoms`, ["world"], definitions);
  const posesOfObservation = (observation: NumberRow): Float32Array => {
    const poses = posesAtOrigin(bodies.length);
    putPlaces(`${id}.pose`, bodies, pose(observation), poses);
    return poses;
  };
  const observe = (state: Float64Array): NumberRow => seenOf(id, dynamics, state);
  const start = Float64Array.from(dynamics.start(seeded(0).stream("reset", 0)));
  return {
    scene: { bodies, geoms, camera: { ...framed(geoms, posesOfObservation(observe(start))), ...camera } },
    posesOfState: (saved) => posesOfObservation(observe(stateOfSaved(saved))),
    posesOfObservation,
    close() {},
  };
}
