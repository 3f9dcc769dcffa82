/** Plays an episode of the inverted pendulum with a policy.onnx, in a worker: posts where cart and pole are at each step. */
import { createTask } from "stackelberg";
import { loadPolicy } from "stackelberg/web";

/** Longest episode that is drawn, control steps: 10 s. */
const SHOWN_STEPS = 250;

const task = createTask("inverted-pendulum");
const opened = task.createWorld();

self.onmessage = async ({ data: { file, seed } }) => {
  try {
    const [world, policy] = await Promise.all([opened, loadPolicy(file)]);
    const episode = [];
    let { observation } = world.reset({ seed });
    for (let t = 0; t < SHOWN_STEPS; t++) {
      episode.push([observation[0], observation[1]]);
      const step = world.step(await policy.act(observation));
      observation = step.observation;
      if (step.terminated) break;
    }
    await policy.close();
    self.postMessage({ episode, controlStep: task.controlStep, iteration: seed });
  } catch (error) {
    self.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
};
