import type { Tensors } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, clip, concat, exp, input, maximum, minimum, mul, reshape, slice, sub } from "../compute/operators.js";
import type { DynamicsNet, DynamicsNodes, Model } from "../mdp/parametric.js";
import { layoutInputs, networksSideBySide, unflatten } from "../nn/layout.js";
import { lastAxis, type ModelScaling } from "./ensemble.js";
import type { GaussianEnsemble } from "./gaussian-ensemble.js";
import { type GaussianShape, gaussianLayout, predicted } from "./gaussian-network.js";
import { aliveBelow } from "./learned-ends.js";

/** {M_φ} as everybody sees it: a step takes a standard normal number per entry, where there is noise. */
export function gaussianModel({ shape, scaling, members, seenSamples }: GaussianEnsemble): Model {
  const each = members.map(({ parameters }) => parameters);
  return {
    seenSamples,
    stateFactor: scaling.inputFactor.subarray(0, shape.observationSize),
    deltaScale: scaling.deltaScale,
    members: each.map((parameters) => dynamicsNet(shape, scaling, parameters)),
    together: dynamicsNet({ ...shape, members: each.length }, scaling, networksSideBySide(gaussianLayout(shape), each)),
  };
}

function dynamicsNet(shape: GaussianShape, scaling: ModelScaling, parameters: Float32Array): DynamicsNet {
  return {
    key: ["gaussian ensemble", shape],
    noiseSize: shape.noise === "none" ? 0 : shape.observationSize + (shape.noisyReward ? 1 : 0),
    learnsReward: shape.learnsReward,
    ...(shape.learnsEnds && { learnsEnds: true }),
    nodes: (prefix) => gaussianNodes(shape, prefix),
    tensors: (prefix) => ({
      ...unflatten(gaussianLayout(shape), prefix, parameters),
      ...scalingTensors(scaling, prefix, shape.learnsReward),
    }),
  };
}

/** The nodes of a member, or of all side by side, its inputs named `prefix.…`. */
function gaussianNodes(shape: GaussianShape, prefix: string): ReturnType<DynamicsNet["nodes"]> {
  const { observationSize: n, actionSize: m, learnsReward } = shape;
  const parameters = layoutInputs(gaussianLayout(shape), prefix);
  const named = (name: string, size: readonly number[]) => input(`${prefix}.${name}`, size);
  const [inputShift, inputFactor] = [named("inputShift", [n + m]), named("inputFactor", [n + m])];
  const [deltaCentre, deltaScale] = [named("deltaCentre", [n]), named("deltaScale", [n])];
  const [low, high] = [named("low", [n]), named("high", [n])];
  const [rewardShift, rewardScale] = [named("rewardShift", []), named("rewardScale", [])];
  const heads: (...of: Parameters<DynamicsNodes["change"]>) => ReturnType<typeof predicted> = (observations, actions) =>
    predicted(
      shape,
      parameters,
      mul(sub(concat([observations, actions], lastAxis(observations)), inputShift), inputFactor),
    );
  const entries = (x: ReturnType<typeof heads>["mean"]) => slice(x, lastAxis(x), 0, n);
  return {
    inputs: [
      ...parameters,
      ...[inputShift, inputFactor, deltaCentre, deltaScale, low, high],
      ...(learnsReward ? [rewardShift, rewardScale] : []),
    ],
    change: (observations, actions) => add(entries(heads(observations, actions).mean), deltaCentre),
    step(observations, actions, noise) {
      const { mean, logStd } = heads(observations, actions);
      const change = add(entries(mean), deltaCentre);
      const moved =
        noise === undefined || logStd === undefined ? change : add(change, mul(exp(entries(logStd)), entries(noise)));
      // A real state may lie outside of the range of older data: it may stay there, but goes no further out.
      const [floor, ceiling] = [minimum(low, observations), maximum(high, observations)];
      const next = clip(add(observations, mul(moved, deltaScale)), floor, ceiling);
      if (!learnsReward) return { next };
      const last = (x: Node) => slice(x, lastAxis(x), n, n + 1);
      const said =
        shape.noisyReward && noise !== undefined && logStd !== undefined
          ? add(last(mean), mul(exp(last(logStd)), last(noise)))
          : last(mean);
      const reward = add(mul(said, rewardScale), rewardShift);
      return {
        next,
        reward: reshape(reward, reward.shape.slice(0, -1)),
        ...(shape.learnsEnds && { alive: aliveBelow(slice(mean, lastAxis(mean), n + 1, n + 2)) }),
      };
    },
  };
}

function scalingTensors(scaling: ModelScaling, prefix: string, learnsReward: boolean): Tensors {
  const { inputShift, inputFactor, deltaShift, deltaScale, low, high, rewardShift, rewardScale } = scaling;
  const deltaCentre = deltaShift.map((x, i) => (deltaScale[i] === 0 ? 0 : x / deltaScale[i])); // in units of σ_Δ
  const vectors = { inputShift, inputFactor, deltaCentre, deltaScale, low, high };
  const scalars = learnsReward ? { rewardShift, rewardScale } : {};
  return Object.fromEntries([
    ...Object.entries(vectors).map(([name, data]) => [`${prefix}.${name}`, { shape: [data.length], data }]),
    ...Object.entries(scalars).map(([name, x]) => [`${prefix}.${name}`, { shape: [], data: Float32Array.of(x) }]),
  ]);
}
