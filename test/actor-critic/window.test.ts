import { describe, expect, test } from "vitest";
import { actorValue } from "../../src/actor-critic/returns.js";
import { byTime, imaginedWindow, underWay } from "../../src/actor-critic/window.js";
import type { Node } from "../../src/compute/node.js";
import { concat, constant, input, mean, mul, slice, sum } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { actionBox } from "../../src/mdp/action-box.js";
import { unflattened } from "../../src/nn/flat.js";
import { type CriticShape, criticLayout, criticOutputs, valuesOf } from "../../src/policy/critics.js";
import { scaled } from "../../src/policy/input-scaling.js";
import { type ActorShape, actorLayout } from "../../src/policy/squashed-policy.js";
import { valuesOf as asValues } from "../support/agreement.js";
import { differences, relativeDistance } from "../support/differences.js";
import { evaluate, type Value, value } from "../support/interpreter.js";
import { lineTask } from "../support/line-task.js";
import { type PlainScene, plainActorValue, plainCritic, plainWindows } from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";
import { type ToyOptions, toyModel } from "../support/toy-dynamics.js";

const task = lineTask();
const actor: ActorShape = { observationSize: 2, hidden: [4], actionSize: 1 };
const inputs = { shift: Float32Array.of(0.25, -0.5), factor: Float32Array.of(1.5, 0.75) };
const [members, rows, horizon] = [2, 3, 4];
const batch = members * rows;
/** Some near the end of the line at ±2, where windows end. */
const starts = [
  [0, 0.5],
  [1.9, -0.3],
  [-1.95, 1],
  [0.7, -1],
  [1.8, 0],
  [-0.4, 0.2],
];
const noise = normals((horizon + 1) * batch, 1);
const chance = normals(horizon * batch, 2);
const theta = normals(actorLayout(actor).size, 3).map((w) => 0.8 * w);

/** A window as nodes, with what they are fed, and the same by hand. */
function scene(options: ToyOptions) {
  const { model, step } = toyModel([0.6, -0.9], options);
  const { together } = model;
  const dynamics = together.nodes("model");
  const parameters = input("theta", [theta.length]);
  const scaling = { shift: input("shift", [2]), factor: input("factor", [2]) };
  const box = { centre: input("centre", [1]), halfWidth: input("halfWidth", [1]) };
  const [s, z] = [input("s", [batch, 2]), input("z", [(horizon + 1) * batch, 1])];
  const e = together.noiseSize === 0 ? undefined : input("e", [horizon * batch, 1]);
  const window = imaginedWindow(
    {
      task,
      shape: { members, rows, horizon },
      actor,
      parameters: unflattened(actorLayout(actor), parameters),
      scaling,
      model: dynamics,
      noiseSize: together.noiseSize,
      box,
      terminalMargin: 0,
    },
    s,
    z,
    e,
  );
  const { centre, halfWidth } = actionBox(task.action);
  const at = new Map<Node, Value>([
    [parameters, value([theta.length], theta)],
    [scaling.shift, value([2], inputs.shift)],
    [scaling.factor, value([2], inputs.factor)],
    [box.centre, value([1], centre)],
    [box.halfWidth, value([1], halfWidth)],
    [s, value([batch, 2], starts.flat())],
    [z, value([noise.length, 1], noise)],
    ...(e === undefined ? [] : ([[e, value([chance.length, 1], chance)]] as const)),
    ...dynamics.inputs.map((node): [Node, Value] => [node, asValues(together.tensors("model"))[node.attributes.name!]]),
  ]);
  const plain: PlainScene = {
    task,
    actor,
    inputs,
    members,
    rows,
    horizon,
    terminalMargin: 0,
    learnsReward: together.learnsReward,
    step,
  };
  const byHand = (of: ArrayLike<number>) => plainWindows(plain, of, starts, noise, e && chance);
  return { window, at, parameters, scaling, byHand };
}

describe.each([
  ["certain, with the task's reward", {}],
  ["with noise", { noise: 0.3 }],
  ["with noise and a reward of its own", { noise: 0.3, learnsReward: true }],
] as [string, ToyOptions][])("an imagined window in a model %s", (_, options) => {
  const { window, at, byHand } = scene(options);
  const all = byHand(theta);
  const [states, actions, logLikelihoods, rewards, alive] = evaluate(
    [window.states, window.actions, window.logLikelihoods, window.rewards, window.alive],
    at,
  ) as [Value, Value, Value, Value, Value];
  /** The list of a row over times, of a stack. */
  const row = ({ data, shape }: Value, i: number) => {
    const width = shape[1] ?? 1;
    return Array.from({ length: shape[0] / batch }, (_, t) =>
      Array.from(data.subarray((t * batch + i) * width, (t * batch + i + 1) * width)),
    );
  };
  const near = (list: readonly (readonly number[])[]) => list.map((each) => each.map((x) => expect.closeTo(x, 10)));

  test("is what stepping each row by hand in its member gives, with the draws of its time", () => {
    all.forEach((own, i) => {
      expect(row(states, i)).toEqual(near(own.states));
      expect(row(actions, i)).toEqual(near(own.actions));
      expect(row(logLikelihoods, i)).toEqual(near(own.logLikelihoods.map((x) => [x])));
    });
  });

  test("its rewards are the task's of executed actions, or the model's; alive says what isTerminal does not", () => {
    all.forEach((own, i) => {
      expect(row(rewards, i)).toEqual(near(own.rewards.map((x) => [x])));
      expect(row(alive, i)).toEqual(own.alive.map((x) => [x]));
    });
    const flags = all.flatMap((own) => own.alive);
    expect(flags).toContain(0);
    expect(flags).toContain(1);
  });
});

describe("the gradient of what the actor climbs", () => {
  const critic: CriticShape = { observationSize: 2, actionSize: 1, hidden: [4], critics: 2 };
  const psi = normals(criticLayout(critic).size, 4);
  const [discount, alpha, centre, width] = [0.9, 0.3, -2, 5];

  test.each([1, 0.75, 0])(
    "is that of finite differences by hand, through states, actions and critics: λ = %d",
    (lambda) => {
      const { window, at, parameters, scaling, byHand } = scene({ noise: 0.3 });
      const said = criticOutputs(
        critic,
        unflattened(criticLayout(critic), constant(Array.from(psi), [psi.length])),
        concat([scaled(window.states, scaling), window.actions], 1),
      );
      const average = mul(sum(valuesOf(said, { centre: constant(centre), width: constant(width) }), [0]), 0.5);
      const lists = {
        rewards: byTime(window.rewards, horizon),
        alive: byTime(window.alive, horizon),
        price: byTime(mul(window.logLikelihoods, alpha), horizon + 1),
      };
      const objective = mean(actorValue(lists, byTime(average, horizon + 1), discount, lambda));
      const [got, slope] = evaluate([objective, ...gradients([objective], [parameters])], at) as [Value, Value];
      const plain = (of: ArrayLike<number>) =>
        byHand(of).reduce((total, own) => {
          const values = own.states.map((s, t) => {
            const each = [0, 1].map((c) => plainCritic(critic, psi, c, inputs, s, own.actions[t]));
            return centre + (width * (each[0] + each[1])) / 2;
          });
          return total + plainActorValue(own, values, { discount, lambda, alpha }) / batch;
        }, 0);
      // Constants of a graph are float32: the critics' weights and λ come with 6e-8.
      expect(got.data[0]).toBeCloseTo(plain(Float64Array.from(theta)), 5);
      const expected = differences(plain, Float64Array.from(theta));
      expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
      expect(relativeDistance(slope.data, expected)).toBeLessThan(1e-6);
    },
  );
});

test("a stack over times is a list of its parts, and a row is under way until it was not alive", () => {
  const stack = input("stack", [6]);
  const parts = byTime(stack, 3);
  const at = new Map([[stack, value([6], [1, 1, 0, 1, 1, 0])]]);
  expect(evaluate(parts, at).map(({ data }) => [...data])).toEqual([
    [1, 1],
    [0, 1],
    [1, 0],
  ]);
  const first = slice(constant([1, 1], [2]), 0, 0, 2);
  expect(evaluate(underWay(parts, first), at).map(({ data }) => [...data])).toEqual([
    [1, 1],
    [1, 1],
    [0, 1],
  ]);
});
