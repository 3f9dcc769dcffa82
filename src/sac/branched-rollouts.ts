import { cached } from "../compute/cached.js";
import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, input, mul, reshape } from "../compute/operators.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import type { Experience } from "../mdp/experience.js";
import { emptyMinibatches, type Minibatches } from "../mdp/minibatches.js";
import type { ActingNet, DynamicsNet, Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { fillNormal, permutation, type Rng } from "../random/rng.js";

/** Rows of each member in one run: intermediates stay in cache. */
const ROWS = 512;

/** One step of π in each member, on rows of its own: actions, next states and learned rewards. */
const stepGraph = (policy: ActingNet, model: DynamicsNet, members: number, n: number, m: number): Graph =>
  cached(["branched rollouts", policy.key, model.key, members, n, m], () => {
    const [pi, dynamics] = [policy.nodes("policy"), model.nodes("model")];
    const batch = members * ROWS;
    const [states, noise] = [input("states", [batch, n]), input("noise", [batch, m])];
    const chance = model.noiseSize === 0 ? undefined : input("chance", [batch, model.noiseSize]);
    const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
    const actions = pi.act(states, noise);
    const beside = (x: typeof states) => reshape(x, [members, ROWS, x.shape[1]]);
    const executed = add(mul(actions, halfWidth), centre);
    const { next, reward, alive } = dynamics.step(beside(states), beside(executed), chance && beside(chance));
    return graph(
      "branched rollouts",
      [...pi.inputs, ...dynamics.inputs, states, noise, ...(chance === undefined ? [] : [chance]), centre, halfWidth],
      {
        actions,
        next: reshape(next, [batch, n]),
        ...(reward && { rewards: reshape(reward, [batch]) }),
        ...(alive && { alive: reshape(alive, [batch]) }),
      },
    );
  });

/**
 * Rollouts of `length` steps that branch off from real states, drawn from all of D with replacement: each step of each
 * rollout in a member drawn anew, its reward the model's where the model learns it and the task's own elsewhere. A rollout
 * ends in a terminal state, which the task tells, or the model where it learns it. Draws from rng.
 *
 * @returns all their steps
 */
export async function branchedRollouts(
  engine: Engine,
  task: Task,
  policy: ActingNet,
  model: Model,
  data: Experience,
  { rollouts, length }: { readonly rollouts: number; readonly length: number },
  rng: Rng,
): Promise<Minibatches> {
  const [n, m, members] = [task.observation.size, task.action.size, model.members.length];
  const { together } = model;
  const box = actionBox(task.action);
  const program = await (await engine.load(stepGraph(policy, together, members, n, m))).bind({
    ...policy.tensors("policy"),
    ...together.tensors("model"),
    centre: { shape: [m], data: box.centre },
    halfWidth: { shape: [m], data: box.halfWidth },
  });
  const starts = rng.stream("starts");
  let states: Float32Array = new Float32Array(rollouts * n);
  for (let i = 0; i < rollouts; i++) {
    const row = starts.integer(data.size);
    states.set(data.observations.subarray(row * n, (row + 1) * n), i * n);
  }
  const batch = members * ROWS;
  const made: Minibatches[] = [];
  try {
    for (let t = 0; t < length && states.length > 0; t++) {
      const own = rng.stream("step", t);
      const going = states.length / n;
      const [noise, chance] = [own.stream("noise"), own.stream("chance")];
      const step = emptyMinibatches(going, n, m);
      step.observations.set(states);
      for (let start = 0; start < going; start += batch) {
        const size = Math.min(batch, going - start);
        const place = permutation(batch, own.stream("members", start)); // and with it the member that a row goes to
        const from = new Float32Array(batch * n);
        for (let i = 0; i < batch; i++) {
          const row = start + (i % size); // filled up where there are too few
          from.set(states.subarray(row * n, (row + 1) * n), place[i] * n);
        }
        const normals = (stream: Rng, width: number) => ({
          shape: [batch, width],
          data: fillNormal(new Float32Array(batch * width), stream),
        });
        const results = await program.run({
          states: { shape: [batch, n], data: from },
          noise: normals(noise, m),
          ...(together.noiseSize > 0 && { chance: normals(chance, together.noiseSize) }),
        });
        const [u, next] = [results.actions.data as Float32Array, results.next.data as Float32Array];
        const executed = executedActions(box, u);
        for (let i = 0; i < size; i++) {
          const [row, at] = [start + i, place[i]];
          const to = next.subarray(at * n, (at + 1) * n);
          step.actions.set(u.subarray(at * m, (at + 1) * m), row * m);
          step.next.set(to, row * n);
          step.goesOn[row] = results.alive?.data[at] ?? (task.isTerminal(to, 0) ? 0 : 1);
          step.rewards[row] =
            results.rewards === undefined
              ? task.reward(from.subarray(at * n, (at + 1) * n), executed.subarray(at * m, (at + 1) * m), to)
              : results.rewards.data[at];
        }
      }
      made.push(step);
      states = goingOn(step, n);
    }
  } finally {
    await program.release();
  }
  return concatenated(made, n, m);
}

/** s′ of the rows that go on. */
function goingOn({ next, goesOn }: Minibatches, n: number): Float32Array {
  const rows = Array.from(goesOn.keys()).filter((row) => goesOn[row] === 1);
  const states = new Float32Array(rows.length * n);
  rows.forEach((row, i) => {
    states.set(next.subarray(row * n, (row + 1) * n), i * n);
  });
  return states;
}

/** Steps one after the other. */
function concatenated(parts: readonly Minibatches[], n: number, m: number): Minibatches {
  const all = emptyMinibatches(
    parts.reduce((total, { rewards }) => total + rewards.length, 0),
    n,
    m,
  );
  let row = 0;
  for (const { observations, actions, rewards, next, goesOn } of parts) {
    all.observations.set(observations, row * n);
    all.actions.set(actions, row * m);
    all.rewards.set(rewards, row);
    all.next.set(next, row * n);
    all.goesOn.set(goesOn, row);
    row += rewards.length;
  }
  return all;
}
