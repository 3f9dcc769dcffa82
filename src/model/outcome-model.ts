import type { Tensors } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, clip, concat, input, mul, neg, reshape, sigmoid, slice, sub } from "../compute/operators.js";
import type { DynamicsNet, Model, OutcomeNodes, Parametric } from "../mdp/parametric.js";
import { layoutInputs, networksSideBySide, unflatten } from "../nn/layout.js";
import { mlp } from "../nn/mlp.js";
import { lastAxis, type ModelScaling } from "./ensemble.js";
import {
  type OutcomeEnsemble,
  type OutcomePart,
  type OutcomeShape,
  outcomeLayout,
  outcomeNetwork,
  partOf,
} from "./outcome-ensemble.js";

/** {M_φ} as everybody sees it: members that say a reward of their own, and all that is said of a step's outcome. */
export function outcomeModel({ shape, scaling, members, seenSamples }: OutcomeEnsemble): Model {
  const each = members.map(({ parameters }) => parameters);
  const beside = { ...shape, members: each.length };
  const all = networksSideBySide(outcomeLayout(shape), each);
  return {
    seenSamples,
    stateFactor: scaling.inputFactor.subarray(0, shape.observationSize),
    deltaScale: scaling.deltaScale,
    members: each.map((parameters) => dynamicsNet(shape, scaling, parameters)),
    together: dynamicsNet(beside, scaling, all),
    outcomes: outcomesNet(beside, scaling, all),
  };
}

/** The networks as nodes of rows as they are, their inputs named `prefix.…`. */
function networkNodes(shape: OutcomeShape, prefix: string) {
  const { observationSize: n, actionSize: m } = shape;
  const parameters = layoutInputs(outcomeLayout(shape), prefix);
  const named = (name: string, size: readonly number[]) => input(`${prefix}.${name}`, size);
  const scales = {
    inputShift: named("inputShift", [2 * n + m]),
    inputFactor: named("inputFactor", [2 * n + m]),
    deltaCentre: named("deltaCentre", [n]),
    deltaScale: named("deltaScale", [n]),
    low: named("low", [n]),
    high: named("high", [n]),
    rewardShift: named("rewardShift", []),
    rewardScale: named("rewardScale", []),
  };
  const { inputShift, inputFactor, deltaCentre } = scales;
  const normalized = (parts: readonly Node[], shift: Node, factor: Node) =>
    mul(sub(concat(parts, lastAxis(parts[0])), shift), factor);
  const own = (part: OutcomePart, x: Node) => mlp(outcomeNetwork(shape, part), partOf(shape, part, parameters), x);
  const [shift, factor] = [inputShift, inputFactor].map((x) => slice(x, 0, 0, n + m)) as [Node, Node]; // without s′
  return {
    inputs: [...parameters, ...Object.values(scales)],
    scales,
    change: (s: Node, a: Node) => add(own("dynamics", normalized([s, a], shift, factor)), deltaCentre),
    /** What the reward network says, [...rows]. */
    reward(s: Node, a: Node, next: Node): Node {
      const said = own("reward", normalized([s, a, next], inputShift, inputFactor));
      return reshape(add(mul(said, scales.rewardScale), scales.rewardShift), said.shape.slice(0, -1));
    },
    /** The logit of s′ being terminal, [...rows]. */
    end(s: Node, a: Node, next: Node): Node {
      const logit = own("end", normalized([s, a, next], inputShift, inputFactor));
      return reshape(logit, logit.shape.slice(0, -1));
    },
  };
}

function tensorsOf(shape: OutcomeShape, scaling: ModelScaling, parameters: Float32Array, prefix: string): Tensors {
  const { inputShift, inputFactor, deltaShift, deltaScale, low, high, rewardShift, rewardScale } = scaling;
  const n = shape.observationSize;
  const withNext = (x: Float32Array) => Float32Array.of(...x, ...x.subarray(0, n)); // s′ like s
  const vectors = {
    inputShift: withNext(inputShift),
    inputFactor: withNext(inputFactor),
    deltaCentre: deltaShift.map((x, i) => (deltaScale[i] === 0 ? 0 : x / deltaScale[i])), // in units of σ_Δ
    deltaScale,
    low,
    high,
  };
  return {
    ...unflatten(outcomeLayout(shape), prefix, parameters),
    ...Object.fromEntries(
      Object.entries(vectors).map(([name, data]) => [`${prefix}.${name}`, { shape: [data.length], data }]),
    ),
    [`${prefix}.rewardShift`]: { shape: [], data: Float32Array.of(rewardShift) },
    [`${prefix}.rewardScale`]: { shape: [], data: Float32Array.of(rewardScale) },
  };
}

function dynamicsNet(shape: OutcomeShape, scaling: ModelScaling, parameters: Float32Array): DynamicsNet {
  return {
    key: ["outcome ensemble", shape],
    noiseSize: 0,
    learnsReward: true,
    nodes(prefix) {
      const { inputs, change, reward, scales } = networkNodes(shape, prefix);
      return {
        inputs,
        change,
        step(observations, actions) {
          const moved = add(observations, mul(change(observations, actions), scales.deltaScale));
          const next = clip(moved, scales.low, scales.high);
          return { next, reward: reward(observations, actions, next) };
        },
      };
    },
    tensors: (prefix) => tensorsOf(shape, scaling, parameters, prefix),
  };
}

/** Every reward network looks at all rows; the ends of episodes are each member's own, as with the authors. */
function outcomesNet(
  shape: OutcomeShape & { readonly members: number },
  scaling: ModelScaling,
  parameters: Float32Array,
): Parametric<OutcomeNodes> {
  const { members } = shape;
  return {
    key: ["outcomes", shape],
    nodes(prefix) {
      const { inputs, reward, end } = networkNodes(shape, prefix);
      const forEach = (x: Node) => {
        const [, rows, width] = x.shape as [number, number, number];
        const one = reshape(x, [1, members * rows, width]);
        return concat(
          Array.from({ length: members }, () => one),
          0,
        );
      };
      return {
        inputs,
        rewards: (s, a, next) => reshape(reward(forEach(s), forEach(a), forEach(next)), [members, members, s.shape[1]]),
        goesOn: (s, a, next) => sigmoid(neg(end(s, a, next))),
      };
    },
    tensors: (prefix) => tensorsOf(shape, scaling, parameters, prefix),
  };
}
