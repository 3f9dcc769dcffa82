import type { Compute, Engine, Program } from "../../compute/engine.js";
import { shareOut } from "../../compute/share.js";
import { actionBox } from "../../mdp/action-box.js";
import type { Nominal } from "./follow.js";
import type { Opened } from "./opened.js";
import { type Place, pieces, rowsAt, table } from "./places.js";
import { rewardGraph } from "./slope-graphs.js";

/** Rows of a run; rewards have no networks. */
const ROWS_PER_RUN = 8192;

/** Derivatives of costs −r by (s, u, s′), as the task's graph has them. */
export interface OwnSlope {
  /** [d + n] */
  readonly slope: Float64Array;
  /** [d + n, d + n] */
  readonly curvature: Float64Array;
}

/** Slopes and curvatures of a task's costs at places of a path. */
export type RewardSlopes = (nominal: Nominal, places: readonly Place[]) => Promise<readonly OwnSlope[]>;

export async function rewardSlopes(compute: Compute, opened: Opened): Promise<RewardSlopes> {
  const { task } = opened;
  const [n, m] = [task.observation.size, task.action.size];
  const d = n + m;
  const width = d + n;
  const { halfWidth } = actionBox(task.action);
  const programs = new Map<Engine, Program>();
  for (const engine of compute.engines) programs.set(engine, await engine.load(rewardGraph(task, task.graphs!)));
  const names = ["States", "Actions", "Next"] as const;

  return async (nominal, places) => {
    const jobs = pieces(places, Math.max(1, Math.floor(ROWS_PER_RUN / width)));
    const found = await shareOut(compute, jobs, async (engine, own) => {
      const at = rowsAt(opened, nominal, own, width);
      const along = {
        states: new Float32Array(at.states.length),
        actions: new Float32Array(at.actions.length),
        next: new Float32Array(at.next.length),
      };
      for (let row = 0; row < own.length * width; row++) {
        const j = row % width;
        if (j < n) along.states[row * n + j] = 1;
        else if (j < d) along.actions[row * m + j - n] = halfWidth[j - n];
        else along.next[row * n + j - d] = 1;
      }
      const outputs = await programs.get(engine)!.run({
        atStates: table(at.states, n),
        atActions: table(at.actions, m),
        atNext: table(at.next, n),
        alongStates: table(along.states, n),
        alongActions: table(along.actions, m),
        alongNext: table(along.next, n),
      });
      const [slope, curve] = ["slope", "curve"].map((kind) => {
        const [byState, byAction, byNext] = names.map((name) => outputs[`${kind}${name}`].data as Float32Array);
        return (row: number, j: number) =>
          j < n ? byState[row * n + j] : j < d ? byAction[row * m + j - n] * halfWidth[j - n] : byNext[row * n + j - d];
      });
      return own.map((_, i): OwnSlope => {
        const row = i * width;
        const curvature = new Float64Array(width * width);
        for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) curvature[a * width + b] = -curve(row + a, b);
        return { slope: Float64Array.from({ length: width }, (_own, j) => -slope(row, j)), curvature };
      });
    });
    return found.flat();
  };
}
