// Speaks the protocol of python/gym_server.py without Python: worlds on a line that are the same number twice.
//   Walk-v0: x′ = x + 0.2 a; terminal beyond |x| > 1; cut at step 8; pays the worlds of the call
//   Short-v0: the same, but cut at step 6 already
//   Crash-v0, Raise-v0, Nan-v0, Garbled-v0, Silent-v0: what their names say, at the third step
import { createInterface } from "node:readline";

const [id, options] = [process.argv[2], JSON.parse(process.argv[3])];
const worlds = [];
const inSpace = (low, high, names) => ({ low, high, names });
const fail = (code, message, data) => ({ error: { code, message, ...(data && { data }) } });

function spec() {
  if (id === "Lost-v0") return fail(-32002, "No module named 'gymnasium'");
  if (id === "Wlk-v0") return fail(-32003, "NameNotFound: Environment `Wlk` doesn't exist. Did you mean: `Walk`?");
  if (id === "Discrete-v0") return fail(-32004, "its actions are Discrete(2), not a Box");
  return {
    result: {
      id,
      title: `${id} of nothing`,
      options,
      observation: inSpace([null, -3.4028234663852886e38], [null, 5], ["x", "steps"]),
      action: inSpace([-2], [2], ["push"]),
      horizon: id === "Endless-v0" ? null : 8,
      controlStep: null,
      solvedReturn: 6,
      version: "0.0",
    },
  };
}

const make = () => ({ result: worlds.push({ x: 0, steps: 0, scale: options.scale ?? 1 }) - 1 });

const seen = ({ x, steps }) => [x, steps / 2];

function reset({ worlds: which, seeds }) {
  for (const [i, w] of which.entries()) Object.assign(worlds[w], { x: (seeds[i] % 100) / 200, steps: 0 });
  return { result: { observations: which.map((w) => seen(worlds[w])) } };
}

function step({ worlds: which, actions }) {
  const [observations, rewards, terminations, truncations] = [[], [], [], []];
  for (const [i, w] of which.entries()) {
    const world = worlds[w];
    world.steps++;
    world.x += 0.2 * actions[i][0] * world.scale;
    if (world.steps === 3) {
      if (id === "Crash-v0") {
        console.error("loading the robot\nSegmentation fault of the fake");
        process.exit(7);
      }
      if (id === "Raise-v0") return fail(-32001, "ValueError: the robot is gone", { place: "robot.py:12" });
      if (id === "Garbled-v0") return null;
    }
    const isNan = id === "Nan-v0" && world.steps === 3;
    observations.push(isNan ? [null, 1] : seen(world));
    rewards.push(which.length);
    terminations.push(Math.abs(world.x) > 1);
    truncations.push(world.steps >= (id === "Short-v0" ? 6 : 8));
  }
  return { result: { observations, rewards, terminations, truncations } };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id: number, method, params } = JSON.parse(line);
  if (method === "step" && id === "Silent-v0") continue;
  const answer = { spec, make, reset, step }[method](params);
  console.log(answer === null ? "hello from print()" : JSON.stringify({ jsonrpc: "2.0", id: number, ...answer }));
}
