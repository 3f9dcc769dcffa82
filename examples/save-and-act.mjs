/**
 * A run that is kept on the disk, and its policy acting in a world.
 *
 *   node examples/save-and-act.mjs [directory]
 */
import { createTask, resolveSettings } from "stackelberg";
import { loadPolicy, openNodeCompute, openRun, saveRun } from "stackelberg/node";

const directory = process.argv[2] ?? "runs/example";
const task = createTask("point-mass");
const settings = resolveSettings({ algorithm: "pal", task, patches: [{ data: { maxSamples: 1500 } }] });
const compute = await openNodeCompute();

try {
  // Stop it whenever you like: the same call goes on from the last iteration, bit for bit.
  await saveRun(directory, {
    algorithm: "pal",
    task,
    settings,
    seed: 0,
    compute,
    onIteration: ({ iteration, evaluation }) => console.log(`iteration ${iteration}: ${evaluation.return.mean}`),
  });
} finally {
  await compute.close();
}

const run = await openRun(directory);
const policy = await loadPolicy(run);
const world = await run.task.createWorld();
let { observation } = world.reset({ seed: 7 });
let total = 0;
for (let over = false; !over; ) {
  const { observation: next, reward, terminated, truncated } = world.step(await policy.act(observation));
  observation = next;
  total += reward;
  over = terminated || truncated;
}
console.log(`an episode on ${policy.metadata.task}: ${total}`);
world.close();
await policy.close();
