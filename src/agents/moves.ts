import type { Compute } from "../compute/engine.js";
import type { Moves } from "../game/game.js";
import type { Experience } from "../mdp/experience.js";
import { isOffline } from "./offline.js";
import type { FitReport, PolicyReport, Scene } from "./player.js";
import type { Settings } from "./settings.js";
import type { OpenPlayers } from "./ways.js";
import { type Gathered, gather } from "./world/gather.js";
import { initialStates, type WorldPool } from "./world/pool.js";

/** Hears what each move did, and how far it is. */
export interface MoveListener {
  collected(gathered: Pick<Gathered, "scores" | "headReturns" | "ended">): void;
  /** Null where the model player saw too little that is new to fit again, and where there is no model. */
  fitted(report: FitReport | null): void;
  improved(report: PolicyReport): void;
  progress(phase: "sample" | "fit" | "improve", done: number, total: number): void;
}

/** Where a game of agents is played. */
export interface Table {
  readonly compute: Compute;
  /** Its task may change between iterations. */
  readonly pool: WorldPool;
  readonly settings: Pick<Settings, "data">;
  readonly listener: MoveListener;
  /** k of the iteration under way; default 0. */
  readonly iteration?: () => number;
}

/** What players may use in a move. */
export const sceneOf = (
  { compute, pool, settings, iteration = () => 0 }: Omit<Table, "listener">,
  progress: Scene["progress"] = () => {},
): Scene => ({
  compute,
  task: pool.task,
  iteration: iteration(),
  samplesPerIteration: settings.data.samplesPerIteration,
  initialStates: () => initialStates(pool),
  progress,
});

/** Seats two players and a world at the game. */
export function agentMoves({ policy, model }: OpenPlayers, table: Table): Moves<unknown, unknown, Experience> {
  const { compute, pool, settings, listener, iteration = () => 0 } = table;
  const { bufferSize, wholeEpisodes, continueEpisodes } = settings.data;
  return {
    async collect(pi, data, n, rng) {
      if (n === 0) return data; // it began as a dataset
      const offline = isOffline(settings, iteration());
      // Then a line of the log still says what π does in the world: an episode or so, which is not kept, as an evaluation is not.
      const count = offline ? pool.task.horizon : n;
      const acting = await policy.actor(compute, pi);
      try {
        const gathered = await gather(
          acting,
          pool,
          data,
          count,
          {
            wholeEpisodes,
            continueEpisodes,
            bufferSize: bufferSize ?? Number.POSITIVE_INFINITY,
            headSteps: policy.lookAhead.rolloutHorizon,
          },
          rng,
          (done) => listener.progress("sample", done, count),
        );
        listener.collected(gathered);
        return offline ? data : gathered.data;
      } finally {
        await acting.release();
      }
    },
    async fitModel(m, data, rng) {
      const scene = sceneOf(table, (done, total) => listener.progress("fit", done, total));
      const { model: fitted, report } = await model.fit(scene, m, data, rng);
      listener.fitted(report);
      return fitted;
    },
    async improvePolicy(pi, m, data, rng) {
      const scene = sceneOf(table, (done, total) => listener.progress("improve", done, total));
      const { policy: improved, report } = await policy.improve(scene, pi, model.view(m), data, rng);
      listener.improved(report);
      return improved;
    },
  };
}
