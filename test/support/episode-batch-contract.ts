import { describe, expect, test } from "vitest";
import { actionBox, executedActions } from "../../src/mdp/action-box.js";
import type { Episodes } from "../../src/mdp/rollouts.js";
import { takeRows } from "../../src/mdp/rollouts.js";
import type { Task } from "../../src/mdp/task.js";
import { normals } from "./some-policy.js";

/** Episodes that can be begun. */
export interface EpisodeBatch {
  readonly task: Task;
  /** Whether rewards are the task's own. */
  readonly ownReward: boolean;
  /** Whether π draws within the action box, whatever its noise; default: no, samples are clipped to it. */
  readonly bounded?: boolean;
  /** Episodes from these starts of the batch: [rows, observation size] of all of them, in this order. */
  begin(which: readonly number[]): Promise<Episodes>;
  /** s_0 of all of them. */
  readonly starts: Float32Array;
}

/** What every batch of episodes must do, in W or in M. @param open four episodes or more */
export function episodeBatchContract(title: string, open: () => Promise<EpisodeBatch>): void {
  describe(`episodes ${title}, as all,`, { timeout: 60_000 }, () => {
    const ALL = [0, 1, 2, 3];
    const near = (x: ArrayLike<number>) => Array.from(x, (each) => expect.closeTo(each, 5)); // rows of another batch round differently

    test("begin where they were asked to, and stay there until they are told who goes on", async () => {
      const { task, starts, begin } = await open();
      const [n, m] = [task.observation.size, task.action.size];
      const episodes = await begin(ALL);
      expect([episodes.observationSize, episodes.actionSize]).toEqual([n, m]);
      const from = takeRows(starts, ALL, n);
      expect(episodes.observations).toEqual(from);
      const noise = normals(4 * m, 1);
      const copy = noise.slice();
      const { actions, next, rewards, terminal } = await episodes.step(noise);
      expect([actions.length, next.length, rewards.length, terminal.length]).toEqual([4 * m, 4 * n, 4, 4]);
      expect(episodes.observations).toEqual(from);
      expect(noise).toEqual(copy);
      episodes.keep([1, 3], next);
      expect(episodes.observations).toEqual(takeRows(next, [1, 3], n));
    });

    test("obey the task: its reward and its terminal states, on actions within its box, of which the samples are kept", async () => {
      const { task, ownReward, bounded = false, begin } = await open();
      const [n, m] = [task.observation.size, task.action.size];
      for (const size of [1, 100]) {
        const episodes = await begin(ALL);
        const states = episodes.observations.slice();
        const { actions, next, rewards, terminal } = await episodes.step(normals(4 * m, 2).map((z) => size * z));
        if (size > 1) expect(Math.max(...actions.map(Math.abs)) > 1).toBe(!bounded);
        const executed = executedActions(actionBox(task.action), actions);
        const row = (table: Float32Array, width: number, i: number) =>
          Float64Array.from(table.subarray(i * width, (i + 1) * width));
        for (const i of ALL) {
          const [s, a, after] = [row(states, n, i), row(executed, m, i), row(next, n, i)];
          if (ownReward) expect(rewards[i]).toBeCloseTo(task.reward(s, a, after), 4);
          expect(terminal[i]).toBe(task.isTerminal(after, 0));
        }
      }
    });

    test("are a function of their starts and noise: begun again, they are the same, bit for bit", async () => {
      const play = async () => {
        const { task, begin } = await open();
        const episodes = await begin(ALL);
        const steps = [];
        for (const t of [0, 1, 2]) {
          const step = await episodes.step(normals(4 * task.action.size, 10 + t));
          steps.push(structuredClone(step));
          episodes.keep(ALL, step.next);
        }
        return steps;
      };
      expect(await play()).toEqual(await play());
    });

    test("go on each for itself: who else is there, and who has left, changes nothing", async () => {
      const { task, begin } = await open();
      const [n, m] = [task.observation.size, task.action.size];
      const noise = [0, 1].map((t) => normals(4 * m, 20 + t));
      const all = await begin(ALL);
      const first = await all.step(noise[0]);
      const some = await begin([2, 0]);
      expect(Array.from((await some.step(takeRows(noise[0], [2, 0], m))).next)).toEqual(
        near(takeRows(first.next, [2, 0], n)),
      );
      all.keep(ALL, first.next);
      const second = structuredClone(await all.step(noise[1]));
      const again = await begin(ALL);
      again.keep([3, 1], (await again.step(noise[0])).next);
      const left = await again.step(takeRows(noise[1], [3, 1], m));
      expect(Array.from(left.next)).toEqual(near(takeRows(second.next, [3, 1], n)));
      expect(Array.from(left.rewards)).toEqual([3, 1].map((i) => expect.closeTo(second.rewards[i], 4)));
    });

    test("give steps that later ones leave as they were", async () => {
      const { task, begin } = await open();
      const episodes = await begin(ALL);
      const step = await episodes.step(normals(4 * task.action.size, 30));
      const copy = structuredClone(step);
      episodes.keep(ALL, step.next);
      await episodes.step(normals(4 * task.action.size, 31));
      expect(step).toEqual(copy);
    });
  });
}
