import { describe, expect, test } from "vitest";
import { evaluateInWorld, evaluatePolicy, summarize } from "../../src/agents/evaluate.js";
import { openPlayers } from "../../src/agents/ways.js";
import { worldPool } from "../../src/agents/world/pool.js";
import { lineTask } from "../support/line-task.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();

test("scores are means over episodes; success is a share, or null; so is the distance to the goal", () => {
  const goalErrors = [
    { mean: 0.5, last: 0.1 },
    { mean: 1, last: 0.3 },
  ];
  expect(summarize({ returns: [1, 3], lengths: [2, 2], successes: [true, false], goalErrors })).toEqual({
    return: { mean: 2, std: 1, episodes: 2 },
    success: 0.5,
    goalError: { mean: 0.75, last: 0.2 },
  });
  const without = summarize({ returns: [1], lengths: [2], successes: null, goalErrors: null });
  expect([without.success, without.goalError]).toEqual([null, null]);
});

describe("evaluation", () => {
  test("of a snapshot gives what the run itself measured, and the same every time", async () => {
    const setup = tinySetup("pal", task, compute());
    const [{ metrics, snapshot }] = (await playAll(setup, 1)) as [Awaited<ReturnType<typeof playAll>>[number]];
    const { episodes, seed } = setup.settings.evaluation;
    const evaluate = (
      more: { readonly stochastic?: boolean; readonly seed?: number; readonly episodes?: number } = {},
    ) => evaluatePolicy({ snapshot, settings: setup.settings, task, compute: compute(), episodes, seed, ...more });
    const own = await evaluate();
    expect({ return: own.return, success: own.success, goalError: own.goalError }).toEqual(metrics.evaluation);
    expect(await evaluate()).toEqual(own);
    expect(own.returns).toHaveLength(3);
    expect((await evaluate({ seed: seed + 1 })).returns.slice(0, 2)).toEqual(
      own.returns.slice(1).map((x) => expect.closeTo(x, 5)),
    );
    const stochastic = await evaluate({ stochastic: true });
    expect(stochastic.returns).not.toEqual(own.returns);
    expect(await evaluate({ stochastic: true })).toEqual(stochastic);
  });

  test("starts episode i from seed + i, in whatever state the worlds were left", async () => {
    const setup = tinySetup("pal", task, compute());
    const [{ state }] = (await playAll(setup, 1)) as [Awaited<ReturnType<typeof playAll>>[number]];
    const pool = worldPool(task);
    const { policy } = openPlayers(task, setup.settings);
    const acting = await policy.actor(compute(), state.policy);
    const once = await evaluateInWorld(acting, pool, { episodes: 4, seed: 10 });
    for (const world of await pool.worlds(4)) world.reset({ seed: 99 });
    expect(await evaluateInWorld(acting, pool, { episodes: 4, seed: 10 })).toEqual(once);
    // A hundred worlds are played at a time: seeds go on where the last hundred ended.
    const many = await evaluateInWorld(acting, pool, { episodes: 103, seed: 10 - 100 });
    expect(many.returns).toHaveLength(103);
    expect(many.returns.slice(100)).toEqual(once.returns.slice(0, 3).map((x) => expect.closeTo(x, 3))); // rows of another batch round differently
    await acting.release();
    pool.close();
  });
});
