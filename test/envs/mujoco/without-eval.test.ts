import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Plays a task in a process of its own, with the code that `npm run build` made. */
const played = (task: string, ...flags: readonly string[]): string => {
  const from = new URL("../../../dist/index.js", import.meta.url).href;
  const code = `
    const { createTask } = await import(${JSON.stringify(from)});
    const task = createTask("${task}");
    const world = await task.createWorld();
    let { observation } = world.reset({ seed: 3 });
    const seen = [[...observation]];
    for (let t = 0; t < 40; t++) {
      const step = world.step(Float64Array.from({ length: task.action.size }, (_, i) => Math.sin(t + i)));
      seen.push([...step.observation, step.reward]);
    }
    const stage = await task.openStage();
    seen.push([...stage.posesOfState(world.saveState())]);
    console.log(JSON.stringify(seen));`;
  return execFileSync(process.execPath, [...flags, "--input-type=module", "-e", code], { encoding: "utf8" });
};

test.each(["inverted-pendulum", "hopper", "inhand-pen"])(
  "%s plays where no code may be made of text, with the same bits",
  (task) => {
    expect(played(task, "--disallow-code-generation-from-strings")).toBe(played(task));
  },
);
