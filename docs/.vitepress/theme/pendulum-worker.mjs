/** Trains PAL on the inverted pendulum in a worker: posts a line for each iteration, with an episode of the mean policy to draw. */
import { createTask, resolveSettings, train } from "stackelberg";
import { openWebCompute } from "stackelberg/web";
import { snapshotActor } from "#stackelberg/agents/record.js";
import { seeded } from "#stackelberg/random/rng.js";

/** Longest episode that is drawn, control steps: 10 s. */
const SHOWN_STEPS = 250;

const task = createTask("inverted-pendulum");
const settings = resolveSettings({
  algorithm: "pal",
  task,
  patches: [
    {
      data: { maxSamples: 1200 },
      model: { hidden: [64, 64], ensembleSize: 2 },
      npg: { trajectoriesPerModel: 60 },
      evaluation: { episodes: 3 },
    },
  ],
});

async function episode(compute, snapshot, seed) {
  const [world, actor] = await Promise.all([task.createWorld(), snapshotActor(compute, { snapshot, settings, task }, false)]);
  const shown = [];
  actor.begin();
  let { observation } = world.reset({ seed });
  for (let t = 0; t < SHOWN_STEPS; t++) {
    shown.push([observation[0], observation[1]]);
    const step = world.step(await actor.act(observation, seeded(0)));
    observation = step.observation;
    if (step.terminated) break;
  }
  world.close();
  await actor.release();
  return shown;
}

self.onmessage = async ({ data: { seed } }) => {
  try {
    const compute = await openWebCompute();
    self.postMessage({ type: "ready" });
    const onProgress = ({ phase, done, total }) => self.postMessage({ type: "progress", phase, share: total > 0 ? done / total : 0 });
    for await (const { metrics, snapshot } of train({ algorithm: "pal", task, settings, seed, compute, onProgress })) {
      const { iteration, samples, evaluation, model } = metrics;
      const played = await episode(compute, snapshot(), iteration);
      self.postMessage({
        type: "iteration",
        iteration,
        samples,
        score: evaluation?.return.mean ?? null,
        imagined: model.return.mean,
        controlStep: task.controlStep,
        episode: played,
      });
    }
    self.postMessage({ type: "end" });
  } catch (error) {
    self.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};
