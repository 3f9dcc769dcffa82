import type { Compute } from "../compute/engine.js";
import type { DynamicsNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import type { Rng } from "../random/rng.js";
import { judgeIn } from "./judge.js";
import type { FoundPlans, PlanSearch } from "./plan.js";
import type { Rehearsal, ReturnUnits } from "./rehearsal.js";
import type { TerminalValue } from "./terminal-value.js";

/** What a search has to plan in. */
export interface PlannedIn {
  readonly compute: Compute;
  readonly task: Task;
  readonly members: readonly DynamicsNet[];
  /** V of what lies beyond the horizon, where there is one. */
  readonly value: TerminalValue | undefined;
  /** The same members, ready to try plans out. */
  readonly rehearsal: Rehearsal;
  readonly particles: number;
  readonly terminalMargin: number;
  readonly units: ReturnUnits;
}

/** A search made ready. */
export interface Searcher {
  /**
   * Plans for worlds, each for itself. Draws from rng.
   *
   * @param states of the worlds, [worlds, observation size]
   * @param starts where the search begins, [worlds, horizon, action size]
   */
  find(states: Float32Array, starts: Float32Array, rng: Rng): Promise<FoundPlans>;
  release(): Promise<void>;
}

/** Makes a search ready in a model. */
export type OpenSearch = (within: PlannedIn) => Promise<Searcher>;

/** A search that does nothing but judge candidates: by their mean return over all particles. */
export const byCandidates =
  (search: PlanSearch): OpenSearch =>
  async ({ rehearsal, particles, units }) => ({
    find: (states, starts, rng) => search(starts, judgeIn(rehearsal, states, particles, units), rng),
    release: async () => {},
  });
