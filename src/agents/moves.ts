import type { Compute } from "../compute/engine.js";
import type { Moves } from "../game/game.js";
import type { Experience } from "../mdp/experience.js";
import type { FitReport, PolicyReport, Scene } from "./player.js";
import type { Settings } from "./settings.js";
import type { OpenPlayers } from "./ways.js";
import { gather } from "./world/gather.js";
import { initialStates, type WorldPool } from "./world/pool.js";
import type { EpisodeScores } from "./world/scores.js";

/** Hears what each move did, and how far it is. */
export interface MoveListener {
  /** `headReturns`: the same episodes' returns within H, the horizon of imagined rollouts. */
  collected(scores: EpisodeScores, headReturns: readonly number[]): void;
  fitted(report: FitReport): void;
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

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** Seats two players and a world at the game. */
export function agentMoves({ policy, model }: OpenPlayers, table: Table): Moves<unknown, unknown, Experience> {
  const { compute, pool, settings, listener } = table;
  const { bufferSize, wholeEpisodes, continueEpisodes } = settings.data;
  return {
    async collect(pi, data, n, rng) {
      const acting = await policy.actor(compute.engines[0]!, pi);
      try {
        const gathered = await gather(
          acting,
          pool,
          data,
          n,
          { wholeEpisodes, continueEpisodes, bufferSize: bufferSize ?? Number.POSITIVE_INFINITY },
          rng,
          (done) => listener.progress("sample", done, n),
        );
        const { rolloutHorizon } = policy.lookAhead;
        listener.collected(
          gathered.scores,
          gathered.rewards.map((rewards) => sum(rewards.slice(0, rolloutHorizon))),
        );
        return gathered.data;
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
