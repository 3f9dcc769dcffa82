import { expect, test } from "vitest";
import { initialStates, worldPool } from "../../../src/agents/world/pool.js";
import { seeded } from "../../../src/random/rng.js";
import { lineTask } from "../../support/line-task.js";

test("start states are those that worlds begin in, and no step is taken for them", async () => {
  const pool = worldPool(lineTask());
  const [world] = await pool.worlds(1);
  world.step = () => expect.unreachable("a step would be a sample");
  const draw = await initialStates(pool);
  const states = draw(500, seeded(0));
  expect(draw(500, seeded(0))).toEqual(states);
  expect(states).toHaveLength(1000);
  expect(Math.min(...states)).toBeGreaterThan(-1);
  expect(Math.max(...states)).toBeLessThan(1);
  // Uniform in ±1: mean 0 ± 1/√3000, six standard deviations.
  expect(Math.abs(states.reduce((sum, x) => sum + x, 0) / 1000)).toBeLessThan(0.11);
  expect(new Set(states).size).toBe(1000);
  pool.close();
});

test("a pool makes a world once and keeps it, and after closing makes new ones", async () => {
  let made = 0;
  const task = lineTask();
  const pool = worldPool({
    ...task,
    createWorld: () => {
      made++;
      return task.createWorld();
    },
  });
  const two = await pool.worlds(2);
  expect(await pool.worlds(1)).toEqual(two.slice(0, 1));
  expect((await pool.worlds(3))[0]).toBe(two[0]);
  expect(made).toBe(3);
  pool.close();
  await pool.worlds(1);
  expect(made).toBe(4);
});
