/** Plays an episode of a robot with a policy.onnx, in a worker: posts what is to be drawn of each step. */
import { createTask } from "stackelberg";
import { loadPolicy } from "stackelberg/web";

/** Longest episode that is drawn, control steps. */
const SHOWN_STEPS = 250;

/** What is drawn of a state, by task: made once, with the stage that says where bodies are. */
const SHAPES = {
  "inverted-pendulum": () => ([x, angle]) => [x, angle],
  // The joints of the arm from the column on, the fingertip last; and the goal. x, y, z in m.
  "reacher-7dof": (stage) => {
    const links = stage.scene.bodies.flatMap((name, i) => (name.endsWith("_link") ? [i] : []));
    return (observation, state) => {
      const poses = stage.posesOfState(state);
      const joints = links.map((i) => Array.from(poses.subarray(7 * i, 7 * i + 3)));
      return { arm: [...joints, Array.from(observation.slice(14, 17))], goal: Array.from(observation.slice(17, 20)) };
    };
  },
};

let opened;
async function open(name) {
  const task = createTask(name);
  const [world, stage] = await Promise.all([task.createWorld(), task.openStage()]);
  return { task, world, shape: SHAPES[name](stage) };
}

self.onmessage = async ({ data: { robot, file, seed } }) => {
  try {
    opened ??= open(robot);
    const [{ task, world, shape }, policy] = await Promise.all([opened, loadPolicy(file)]);
    const episode = [];
    let { observation } = world.reset({ seed });
    for (let t = 0; t < SHOWN_STEPS; t++) {
      episode.push(shape(observation, world.saveState()));
      const step = world.step(await policy.act(observation));
      observation = step.observation;
      if (step.terminated || step.truncated) break;
    }
    await policy.close();
    self.postMessage({ episode, controlStep: task.controlStep, iteration: seed });
  } catch (error) {
    self.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
};
