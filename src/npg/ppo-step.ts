import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  clip,
  exp,
  gatherRows,
  input,
  loop,
  mean,
  minimum,
  mul,
  reshape,
  rows,
  sub,
  sum,
} from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { ConfigError, DivergenceError } from "../errors/errors.js";
import { addScaled, allFinite, norm } from "../math/vector.js";
import { type AdamState, adamSchedule, adamStep } from "../nn/adam.js";
import { flatten, layoutInputs, layoutOutputs, unflatten } from "../nn/layout.js";
import {
  type GaussianPolicy,
  type PolicyShape,
  policyLayout,
  policyNodes,
  policyOf,
  policyTensors,
} from "../policy/gaussian-policy.js";
import { permutation, type Rng } from "../random/rng.js";
import type { PolicyBatch } from "./model-batch.js";
import { logLikelihood } from "./policy-gradient.js";
import { moved, type PolicyStep, policyChange, surrogateGradient } from "./policy-step.js";

/** How PPO goes through a batch; names as in the settings. */
export interface PpoSettings {
  /** ε: how far a likelihood ratio may go from 1 before it earns no more. */
  readonly clipRange: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Ends the epochs where the KL divergence of the step so far is over this; null for no check. */
  readonly targetKl: number | null;
  readonly entropyCoefficient: number;
  readonly minLogStd: number | null;
}

/** Minibatch steps in a loop: parameters and moments in and out, the batch and π_old's log-likelihoods in place. */
const ppoGraph = (shape: PolicyShape, clipRange: number, batchSize: number, entropyCoefficient: number): Graph =>
  cached(["ppo", shape, clipRange, batchSize, entropyCoefficient], () => {
    const layout = policyLayout(shape);
    const policy = policyNodes(shape);
    const [shift, factor] = policy.inputs.slice(-2) as [Node, Node];
    const firsts = layoutInputs(layout, "first");
    const seconds = layoutInputs(layout, "second");
    const observations = input("observations", ["size", shape.observationSize]);
    const actions = input("actions", ["size", shape.actionSize]);
    const advantages = input("advantages", ["size", 1]);
    const before = input("before", ["size", 1]);
    const order = input("order", ["draws"], "int32");
    const [rates, epsilons] = [input("rates", ["steps"]), input("epsilons", ["steps"])];
    const steps = input("steps", [], "int32");
    const n = policy.parameters.length;
    const { carried } = loop(steps, [...policy.parameters, ...firsts, ...seconds], (round, ...state) => {
      const present = policyOf(shape, state.slice(0, n), { shift, factor });
      const batch = rows(order, round, batchSize, "minibatch");
      const pick = (table: Node) => gatherRows(table, batch);
      const likelihood = logLikelihood(present, pick(observations), pick(actions));
      const ratio = exp(sub(likelihood, pick(before)));
      const gain = minimum(
        mul(ratio, pick(advantages)),
        mul(clip(ratio, 1 - clipRange, 1 + clipRange), pick(advantages)),
      );
      const objective = mean(gain);
      const bonus = mul(sum(present.logStd), entropyCoefficient); // entropy, up to a constant
      const loss = sub(mul(objective, -1), bonus);
      const at = (values: Node) => reshape(rows(values, round, 1, "step"), []);
      const updated = gradients([loss], present.parameters).map((gradient, i) =>
        adamStep(
          { parameter: state[i], gradient, first: state[n + i], second: state[2 * n + i] },
          at(rates),
          at(epsilons),
        ),
      );
      return {
        next: [...updated.map((u) => u.parameter), ...updated.map((u) => u.first), ...updated.map((u) => u.second)],
      };
    });
    const tables = [observations, actions, advantages, before, order, rates, epsilons, steps];
    return graph("ppo", [...policy.inputs, ...firsts, ...seconds, ...tables], {
      ...layoutOutputs(layout, "newPolicy", carried.slice(0, n)),
      ...layoutOutputs(layout, "newFirst", carried.slice(n, 2 * n)),
      ...layoutOutputs(layout, "newSecond", carried.slice(2 * n)),
    });
  });

/** log π(u|s) of each row, up to a constant that is the same for all policies of this shape, [size]. */
async function logLikelihoods(compute: Compute, policy: GaussianPolicy, batch: PolicyBatch): Promise<Float32Array> {
  const { shape } = policy;
  const likelihoodGraph = cached(["log-likelihood", shape], () => {
    const nodes = policyNodes(shape);
    const [s, u] = [
      input("observations", ["size", shape.observationSize]),
      input("actions", ["size", shape.actionSize]),
    ];
    return graph("log-likelihood", [...nodes.inputs, s, u], { likelihood: logLikelihood(nodes, s, u) });
  });
  const program = await compute.engines[0].load(likelihoodGraph);
  const { likelihood } = await program.run({ ...policyTensors(policy), ...tablesOf(batch, shape) });
  return likelihood.data as Float32Array;
}

const tablesOf = ({ size, observations, actions }: PolicyBatch, shape: PolicyShape) => ({
  observations: { shape: [size, shape.observationSize], data: observations },
  actions: { shape: [size, shape.actionSize], data: actions },
});

/** Random minibatches of one epoch; a last one that is not full is filled up from another order. */
function epochOrder(size: number, batchSize: number, rng: Rng): Int32Array {
  const order = new Int32Array(Math.ceil(size / batchSize) * batchSize);
  for (let start = 0; start < order.length; start += size)
    order.set(permutation(size, rng).subarray(0, Math.min(size, order.length - start)), start);
  return order;
}

/**
 * A step of proximal policy optimisation (Schulman et al. 2017, equation 7): minibatch epochs of Adam on
 *
 *   E[min(r_θ Â, clip(r_θ, 1 − ε, 1 + ε) Â)] + c · entropy,   r_θ = π_θ(u|s) / π_old(u|s)
 *
 * Draws from rng. The moments of Adam go on from step to step.
 *
 * @throws {DivergenceError} where θ is no longer finite
 * @throws {ConfigError} where something is to be added to g, which the clipped objective has no place for
 */
export const ppoStep =
  (settings: PpoSettings): PolicyStep<AdamState> =>
  async (compute, policy, batch, { gradient: extra, state, reach = 1 }, rng) => {
    if (extra !== undefined)
      throw new ConfigError("npg.stackelberg", "PPO has no gradient to add a term to", "Leave it at none");
    const { clipRange, epochs, batchSize, learningRate, targetKl, entropyCoefficient, minLogStd } = settings;
    const gradientNorm = norm(await surrogateGradient(compute, policy, batch, entropyCoefficient));
    const { shape } = policy;
    const layout = policyLayout(shape);
    const stepGraph = ppoGraph(shape, clipRange, batchSize, entropyCoefficient);
    const before = await logLikelihoods(compute, policy, batch);
    const program = await (await compute.engines[0].load(stepGraph)).bind({
      ...tablesOf(batch, shape),
      advantages: { shape: [batch.size, 1], data: batch.advantages },
      before: { shape: [batch.size, 1], data: before },
    });
    const change = await policyChange(compute, policy, batch);
    let [now, adam] = [policy, state];
    let { kl, surrogateGain } = { kl: 0, surrogateGain: 0 };
    try {
      for (let epoch = 0; epoch < epochs && (targetKl === null || kl <= targetKl); epoch++) {
        const order = epochOrder(batch.size, batchSize, rng.stream("epoch", epoch));
        const steps = order.length / batchSize;
        const { rates, epsilons } = adamSchedule(adam, learningRate * reach, steps);
        const results = await program.run({
          ...policyTensors(now),
          ...unflatten(layout, "first", adam.first),
          ...unflatten(layout, "second", adam.second),
          order: { shape: [order.length], data: order },
          rates: { shape: [steps], data: rates },
          epsilons: { shape: [steps], data: epsilons },
          steps: { shape: [], data: Int32Array.of(steps) },
        });
        const parameters = flatten(layout, "newPolicy", results);
        if (!allFinite(parameters)) {
          throw new DivergenceError(
            "policy player, PPO",
            `θ is no longer finite after epoch ${epoch + 1}`,
            "Lower ppo.learningRate",
          );
        }
        now = moved({ ...policy, parameters }, new Float64Array(parameters.length), 0, minLogStd);
        adam = {
          first: flatten(layout, "newFirst", results),
          second: flatten(layout, "newSecond", results),
          steps: adam.steps + steps,
        };
        ({ kl, surrogateGain } = await change.of(now));
      }
    } finally {
      await program.release();
      await change.release();
    }
    const way = norm(addScaled(now.parameters, policy.parameters, -1));
    return {
      policy: now,
      state: adam,
      report: { kl, surrogateGain, stepLength: way, cgResidual: 0, cgValue: 0, backtracks: 0, gradientNorm },
    };
  };
