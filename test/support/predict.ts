import { input } from "../../src/compute/operators.js";
import { type Ensemble, type ModelData, modelNodes, modelTensors } from "../../src/model/ensemble.js";
import { rewardNodes, rewardTensors } from "../../src/model/learned-reward.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "./agreement.js";
import { evaluate, feedsOf, value } from "./interpreter.js";

/** s′ that a member predicts for each row, [rows, observation size], in float64. */
export function predict(
  ensemble: Ensemble,
  member: number,
  observations: ArrayLike<number>,
  actions: ArrayLike<number>,
): Float64Array {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const rows = observations.length / n;
  const model = modelNodes(ensemble.shape);
  const [s, a] = [input("s", ["rows", n]), input("a", ["rows", m])];
  const feeds = {
    ...valuesOf(modelTensors(ensemble, ensemble.members[member])),
    s: value([rows, n], Array.from(observations)),
    a: value([rows, m], Array.from(actions)),
  };
  return evaluate([model.next(s, a)], feedsOf([...model.inputs, s, a], feeds))[0].data;
}

/** R(s, a, s′) that a member has learned, [rows], in float64. */
export function predictReward(
  ensemble: Ensemble,
  member: number,
  { size, observations, actions, next }: ModelData,
): Float64Array {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const reward = rewardNodes(ensemble.shape);
  const [s, a, after] = [input("s", ["rows", n]), input("a", ["rows", m]), input("after", ["rows", n])];
  const feeds = {
    ...valuesOf(rewardTensors(ensemble, ensemble.members[member])),
    s: value([size, n], observations),
    a: value([size, m], actions),
    after: value([size, n], next),
  };
  return evaluate([reward.said(s, a, after).reward], feedsOf([...reward.inputs, s, a, after], feeds))[0].data;
}

/**
 * Samples of s = (position, speed, goal), a: speed′ = 0.9 speed + 0.3 tanh(a), position′ = position + 0.1 speed + 0.02;
 * the goal is fixed within an episode of ten steps. R = −(position′ − goal)² − 0.1 a².
 */
export function gliderData(size: number, seed = 0): ModelData {
  const rng = seeded(seed).stream("glider");
  const data = {
    size,
    observations: new Float32Array(3 * size),
    actions: new Float32Array(size),
    next: new Float32Array(3 * size),
    rewards: new Float32Array(size),
  };
  let goal = 0;
  for (let i = 0; i < size; i++) {
    if (i % 10 === 0) goal = Math.fround(rng.normal());
    const [position, speed, a] = [rng.normal(), rng.normal(), Math.fround(rng.normal())];
    data.observations.set([position, speed, goal], 3 * i);
    data.actions[i] = a;
    data.next.set([position + 0.1 * speed + 0.02, 0.9 * speed + 0.3 * Math.tanh(a), goal], 3 * i);
    data.rewards[i] = -((data.next[3 * i] - goal) ** 2) - 0.1 * a * a;
  }
  return data;
}
