/**
 * Claim: the physics of every task runs at 10 times real time or more on one core. A run is a second of simulated time under
 * random actions, rewards and observations included, so that runs per second are the times by which it beats the clock.
 * By CPU time: reacher 900, claw 105. Wall time on a busy machine: humanoid 17, walker 47, claw 66, hopper 67, ant 110, the
 * others 470 and more.
 * Run: npx vitest bench --run bench/physics-speed.bench.ts
 */
import { afterAll, bench, describe } from "vitest";
import { createTask, taskIds } from "../src/envs/index.js";
import type { World } from "../src/mdp/task.js";
import { seeded } from "../src/random/rng.js";

const opened: World[] = [];
afterAll(() => {
  for (const world of opened) world.close();
});

describe("a second of simulated time", async () => {
  for (const id of taskIds()) {
    const task = createTask(id);
    const world = await task.createWorld();
    opened.push(world);
    world.reset({ seed: 0 });
    const rng = seeded(0);
    const { low, high } = task.action;
    const steps = Math.ceil(1 / task.controlStep);
    bench(
      id,
      () => {
        for (let t = 0; t < steps; t++) {
          const step = world.step(low.map((least, i) => least + (high[i] - least) * rng.uniform()));
          if (step.terminated || step.truncated) world.reset();
        }
      },
      { time: 1000, iterations: 5, warmupTime: 100, warmupIterations: 1 },
    );
  }
});
