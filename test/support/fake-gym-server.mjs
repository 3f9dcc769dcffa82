// Speaks the protocol of python/gym_server.py without Python: worlds on a line that are the same number twice.
//   Walk-v0: x′ = x + 0.2 a; terminal beyond |x| > 1; cut at step 8; pays the worlds of the call
//   Short-v0: the same, but cut at step 6 already
//   Crash-v0, Raise-v0, Nan-v0, Garbled-v0, Silent-v0: what their names say, at the third step
import { createInterface } from "node:readline";

const worlds = [];
const inSpace = (low, high, names) => ({ low, high, names });
const fail = (code, message, data) => ({ error: { code, message, ...(data && { data }) } });

function make({ id, options }) {
  if (id === "Lost-v0") return fail(-32001, "No module named 'gymnasium'");
  if (id === "Wlk-v0") return fail(-32002, "NameNotFound: Environment `Wlk` doesn't exist. Did you mean: `Walk`?");
  if (id === "Discrete-v0") return fail(-32003, "its actions are Discrete(2), not a Box");
  worlds.push({ id, x: 0, steps: 0, scale: options.scale ?? 1 });
  return {
    result: {
      world: worlds.length - 1,
      observation_space: inSpace(["-inf", -3.4028234663852886e38], ["inf", 5], ["x", "steps"]),
      action_space: inSpace([-2], [2], ["push"]),
      max_episode_steps: id === "Endless-v0" ? null : 8,
      reward_threshold: 6,
      step_seconds: null,
      gymnasium: "0.0",
    },
  };
}

const seen = ({ x, steps }) => [x, steps / 2];

function reset({ worlds: which, seeds }) {
  for (const [i, w] of which.entries()) Object.assign(worlds[w], { x: (seeds[i] % 100) / 200, steps: 0 });
  return { result: [which.map((w) => seen(worlds[w])), which.map(() => ({}))] };
}

function step({ worlds: which, actions }) {
  const results = [[], [], [], []];
  for (const [i, w] of which.entries()) {
    const world = worlds[w];
    world.steps++;
    world.x += 0.2 * actions[i][0] * world.scale;
    if (world.steps === 3) {
      if (world.id === "Crash-v0") {
        console.error("loading the robot\nSegmentation fault of the fake");
        process.exit(7);
      }
      if (world.id === "Raise-v0") return fail(-32004, "ValueError: the robot is gone", { place: "robot.py:12" });
      if (world.id === "Garbled-v0") return null;
    }
    const isNan = world.id === "Nan-v0" && world.steps === 3;
    [
      isNan ? ["nan", 1] : seen(world),
      which.length,
      Math.abs(world.x) > 1,
      world.steps >= (world.id === "Short-v0" ? 6 : 8),
    ].forEach((x, k) => {
      results[k].push(x);
    });
  }
  return { result: [...results, which.map(() => ({}))] };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (method === "step" && worlds[params.worlds[0]].id === "Silent-v0") continue;
  const answer = { make, reset, step }[method](params);
  console.log(answer === null ? "hello from print()" : JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
}
