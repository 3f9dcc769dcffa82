import type { Compute } from "../compute/engine.js";
import { jacobianVectorProducts } from "../compute/forward-mode.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { add, input, mul, square, sub, sum } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { conjugateGradient, type LinearMap } from "../math/conjugate-gradient.js";
import { meanAndStd } from "../math/statistics.js";
import { addScaled, type Vector } from "../math/vector.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import { type Rollouts, TERMINAL } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import {
  dynamicsNetwork,
  type Ensemble,
  type ModelData,
  type ModelShape,
  modelNodes,
  modelTensors,
} from "../model/ensemble.js";
import { layoutInputs, layoutOutputs, unflatten } from "../nn/layout.js";
import { mlp, mlpLayout } from "../nn/mlp.js";
import { type GaussianPolicy, policyLayout, policyTensors } from "../policy/gaussian-policy.js";
import type { ValueFunction } from "../policy/value.js";
import { policyGradientGraph } from "./policy-gradient.js";
import { bindRowSums, rowSumGraph } from "./row-sums.js";

/** What PAL's follower was fitted to, and the part of it that the present policy gathered. */
export interface FollowerData {
  readonly buffer: ModelData;
  readonly fresh: ModelData;
  /** The episode of each fresh sample, in the order in which they were gathered. */
  readonly freshEpisodes: readonly number[];
  /** Factor on each entry's error in ℓ, [observation size]: 1/σ_Δ for a normalised loss. */
  readonly units: Float32Array;
}

/** Conjugate-gradient iterations, and what is added to the diagonal, where inputs and errors have unit spread. */
export const LEADER_CG = { iterations: 10, damping: 0.01 } as const;

/** The model's side of (12), or of the dropped term, for every member; and what it took. */
export interface LeaderTerm {
  /** −(∂²ℓ/∂θ∂φᵀ) (∂²ℓ/∂φ∂φᵀ)⁻¹ ∂J/∂φ, mean over members, in the units of g, [policy parameters]. */
  readonly gradient: Vector;
  /** ‖b − Hx‖ / ‖b‖ that conjugate gradients ended with, mean over members. */
  readonly cgResidual: number;
}

/**
 * The indirect part of PAL's total gradient (12), (13): how J(π, M) changes because π changes the data that M is fitted to.
 *
 *   ∂J/∂φ = E_{D_τ}[(∂M_φ(s, a)/∂φ)ᵀ ∂(R + γV_ψ)/∂s′]        through one predicted state, V_ψ for all that follows
 *   ∂²ℓ/∂φ∂φᵀ ≈ E_D[(∂M_φ/∂φ)ᵀ units² (∂M_φ/∂φ)] + damping     Gauss and Newton's, which is never indefinite
 *   ∂²ℓ/∂θ∂φᵀ x = ∇_θ E_{μ_W^{π_θ}}[ℓ′_x] = E[∇_θ log π_θ(u|s) Σ_{t′≥t} ℓ′_x(t′)],  ℓ′_x = xᵀ ∂ℓ/∂φ of a sample
 *
 * The last is a policy gradient on real episodes whose reward is the directional derivative ℓ′_x: the likelihood-ratio
 * form. It takes the fresh episodes for the whole distribution, and actions that were clipped for samples at the box's
 * faces.
 *
 * @param rollouts D_τ, one per member, of π
 * @param spread what advantages were divided by: the term is divided by it too
 */
export async function leaderTerm(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  value: ValueFunction,
  ensemble: Ensemble,
  data: FollowerData,
  rollouts: readonly Rollouts[],
  { discount, spread }: { readonly discount: number; readonly spread: number },
): Promise<LeaderTerm> {
  let gradient: Vector = new Float64Array(policy.parameters.length);
  let cgResidual = 0;
  for (let member = 0; member < rollouts.length; member++) {
    const slope = await modelSlope(compute, task, value, ensemble, member, rollouts[member]!, discount);
    const hessian = await gaussNewton(compute, ensemble, member, data);
    try {
      const { x, relativeResidual } = await conjugateGradient(hessian.map, slope, LEADER_CG.iterations);
      const mixed = await mixedProduct(compute, task, policy, ensemble, member, data, x);
      gradient = addScaled(gradient, mixed, -1 / (rollouts.length * spread));
      cgResidual += relativeResidual / rollouts.length;
    } finally {
      await hessian.release();
    }
  }
  return { gradient, cgResidual };
}

const graphs = new Map<string, Graph>();

function cached(key: unknown, build: () => Graph): Graph {
  const text = JSON.stringify(key);
  const built = graphs.get(text) ?? build();
  graphs.set(text, built);
  return built;
}

/** A member as nodes, φ by itself. */
function memberNodes(shape: ModelShape) {
  const model = modelNodes(shape);
  const layout = mlpLayout(dynamicsNetwork(shape));
  return { model, layout, parameters: model.inputs.slice(0, layout.tensors.length) };
}

const flat = (parts: Readonly<Record<string, Float64Array>>, names: readonly string[], rows: number): Vector =>
  Float64Array.from(names.flatMap((name) => Array.from(parts[name]!, (x) => x / rows)));

const stateActionTables = ({ observationSize, actionSize }: ModelShape) => [
  { name: "observations", width: observationSize },
  { name: "executed", width: actionSize },
];

/** ∂J/∂φ of one member, mean over the rows of its rollouts, [member's parameters]. */
export async function modelSlope(
  compute: Compute,
  task: Task,
  value: ValueFunction,
  ensemble: Ensemble,
  member: number,
  rollouts: Rollouts,
  discount: number,
): Promise<Vector> {
  const { shape } = ensemble;
  const n = shape.observationSize;
  const executed = executedActions(actionBox(task.action), rollouts.actions);
  const slopeGraph = cached(["model slope", shape, value.shape, value.targetScale], () => {
    const { model, layout, parameters } = memberNodes(shape);
    const baseline = layoutInputs(mlpLayout(value.shape), "value");
    const [shift, factor] = [input("shift", [n]), input("factor", [n])];
    const tables = [
      ...stateActionTables(shape),
      { name: "rewardSlopes", width: n },
      { name: "continues", width: 1 }, // γ, or 0 behind a terminal step
    ];
    return rowSumGraph(
      "model slope",
      [...model.inputs, ...baseline, shift, factor],
      tables,
      (observations, actions, rewardSlopes, continues) => {
        const next = model.next(observations!, actions!);
        const worth = mul(mlp(value.shape, baseline, mul(sub(next, shift), factor)), value.targetScale);
        const objective = add(sum(mul(rewardSlopes!, next)), sum(mul(continues!, worth)));
        return layoutOutputs(layout, "slope", gradients([objective], parameters));
      },
    );
  });
  const next = await predictions(compute, ensemble, member, rollouts.observations, executed);
  const tables = {
    observations: { data: rollouts.observations, width: n },
    executed: { data: executed, width: shape.actionSize },
    rewardSlopes: { data: rewardSlopes(task, rollouts.observations, executed, next), width: n },
    continues: { data: continuing(rollouts, discount), width: 1 },
  };
  const sums = await bindRowSums(compute, slopeGraph, tables, {
    ...modelTensors(ensemble, ensemble.members[member]!),
    ...unflatten(mlpLayout(value.shape), "value", value.learner.parameters),
    shift: { shape: [n], data: value.inputs.shift },
    factor: { shape: [n], data: value.inputs.factor },
  });
  try {
    return flat(await sums.sum({}), Object.keys(slopeGraph.outputs), sums.size);
  } finally {
    await sums.release();
  }
}

/** M_φ(s, a) for each row. */
async function predictions(
  compute: Compute,
  ensemble: Ensemble,
  member: number,
  observations: Float32Array,
  executed: Float32Array,
): Promise<Float32Array> {
  const { observationSize: n, actionSize: m } = ensemble.shape;
  const rows = observations.length / n;
  const nextGraph = cached(["predictions", ensemble.shape], () => {
    const model = modelNodes(ensemble.shape);
    const [s, a] = [input("observations", ["rows", n]), input("executed", ["rows", m])];
    return graph("predictions", [...model.inputs, s, a], { next: model.next(s, a) });
  });
  const program = await compute.engines[0]!.load(nextGraph);
  const { next } = await program.run({
    ...modelTensors(ensemble, ensemble.members[member]!),
    observations: { shape: [rows, n], data: observations },
    executed: { shape: [rows, m], data: executed },
  });
  return next!.data as Float32Array;
}

/** Step of the reward's central differences, as a share of the entry's size, at least of 1. */
const REWARD_STEP = 1e-4;

/** ∂R(s, a, s′)/∂s′ of the task's reward by central differences, [rows, observation size]. */
function rewardSlopes(task: Task, states: Float32Array, actions: Float32Array, next: Float32Array): Float32Array {
  const [n, m] = [task.observation.size, task.action.size];
  const slopes = new Float32Array(next.length);
  for (let row = 0; row < next.length / n; row++) {
    const state = Float64Array.from(states.subarray(row * n, (row + 1) * n));
    const action = Float64Array.from(actions.subarray(row * m, (row + 1) * m));
    const after = Float64Array.from(next.subarray(row * n, (row + 1) * n));
    for (let i = 0; i < n; i++) {
      const here = after[i]!;
      const step = REWARD_STEP * Math.max(1, Math.abs(here));
      after[i] = here + step;
      const ahead = task.reward(state, action, after);
      after[i] = here - step;
      slopes[row * n + i] = (ahead - task.reward(state, action, after)) / (2 * step);
      after[i] = here;
    }
  }
  return slopes;
}

/** γ for each row, 0 for a row whose next state is terminal. */
function continuing({ size, trajectory, lengths, outcomes, stepStarts }: Rollouts, discount: number): Float32Array {
  const factors = new Float32Array(size).fill(discount);
  for (let t = 0; t + 1 < stepStarts.length; t++) {
    for (let row = stepStarts[t]!; row < stepStarts[t + 1]!; row++) {
      const i = trajectory[row]!;
      if (outcomes[i] === TERMINAL && lengths[i] === t + 1) factors[row] = 0;
    }
  }
  return factors;
}

/** v ↦ (E_D[Jᵀ units² J] + damping) v with J = ∂M_φ/∂φ of one member, in place on the engines. */
export async function gaussNewton(
  compute: Compute,
  ensemble: Ensemble,
  member: number,
  { buffer, units }: Pick<FollowerData, "buffer" | "units">,
): Promise<{ readonly map: LinearMap; release(): Promise<void> }> {
  const { shape } = ensemble;
  const { layout } = memberNodes(shape);
  const productGraph = cached(["gauss-newton", shape], () => {
    const { model, parameters } = memberNodes(shape);
    const vector = layoutInputs(layout, "vector");
    const factor = input("units", [shape.observationSize]);
    return rowSumGraph("gauss-newton", [...model.inputs, factor, ...vector], stateActionTables(shape), (s, a) => {
      const next = model.next(s!, a!);
      const [tangent] = jacobianVectorProducts([next], parameters, vector);
      return layoutOutputs(layout, "product", gradients([next], parameters, [mul(tangent!, square(factor))]));
    });
  });
  const tables = {
    observations: { data: buffer.observations, width: shape.observationSize },
    executed: { data: buffer.actions, width: shape.actionSize },
  };
  const sums = await bindRowSums(compute, productGraph, tables, {
    ...modelTensors(ensemble, ensemble.members[member]!),
    units: { shape: [units.length], data: units },
  });
  const names = Object.keys(productGraph.outputs);
  return {
    async map(v) {
      const product = flat(await sums.sum(unflatten(layout, "vector", Float32Array.from(v))), names, sums.size);
      return addScaled(product, v, LEADER_CG.damping);
    },
    release: () => sums.release(),
  };
}

/** (∂²ℓ/∂θ∂φᵀ) x for one member, by the likelihood-ratio form, [policy parameters]. */
async function mixedProduct(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  ensemble: Ensemble,
  member: number,
  { fresh, freshEpisodes, units }: FollowerData,
  x: Vector,
): Promise<Vector> {
  const slopes = await lossSlopes(compute, ensemble, member, fresh, units, x);
  const box = actionBox(task.action);
  const m = task.action.size;
  const tables = {
    observations: { data: fresh.observations, width: task.observation.size },
    actions: {
      data: fresh.actions.map((a, i) => (a - box.centre[i % m]!) / box.halfWidth[i % m]!),
      width: m,
    },
    advantages: { data: Float32Array.from(visitationWeights(slopes, freshEpisodes)), width: 1 },
  };
  const sums = await bindRowSums(compute, policyGradientGraph(policy.shape), tables, policyTensors(policy));
  try {
    const names = policyLayout(policy.shape).tensors.map(({ name }) => `gradient.${name}`);
    return flat(await sums.sum({}), names, sums.size);
  } finally {
    await sums.release();
  }
}

/** ℓ′_x of each sample: xᵀ ∂/∂φ of ½ Σ (units · (M_φ(s, a) − s′))², [samples], by forward mode. */
export async function lossSlopes(
  compute: Compute,
  ensemble: Ensemble,
  member: number,
  data: ModelData,
  units: Float32Array,
  x: Vector,
): Promise<Float64Array> {
  const { shape } = ensemble;
  const { observationSize: n, actionSize: m } = shape;
  const { layout } = memberNodes(shape);
  const slopesGraph = cached(["loss slopes", shape], () => {
    const { model, parameters } = memberNodes(shape);
    const vector = layoutInputs(layout, "vector");
    const [s, a, next] = [
      input("observations", ["rows", n]),
      input("executed", ["rows", m]),
      input("next", ["rows", n]),
    ];
    const factor = input("units", [n]);
    const losses: Node = mul(sum(square(mul(sub(model.next(s, a), next), factor)), [1]), 0.5);
    const [slopes] = jacobianVectorProducts([losses], parameters, vector);
    return graph("loss slopes", [...model.inputs, ...vector, s, a, next, factor], { slopes: slopes! });
  });
  const program = await compute.engines[0]!.load(slopesGraph);
  const { slopes } = await program.run({
    ...modelTensors(ensemble, ensemble.members[member]!),
    ...unflatten(layout, "vector", Float32Array.from(x)),
    observations: { shape: [data.samples, n], data: data.observations },
    executed: { shape: [data.samples, m], data: data.actions },
    next: { shape: [data.samples, n], data: data.next },
    units: { shape: [n], data: units },
  });
  return Float64Array.from(slopes!.data);
}

/**
 * What each action is to blame for: the sum of f from its step to its episode's end, less a baseline that its own episode
 * has no part in: the mean of that sum over the other episodes at the same time. Where no other episode got so far, the
 * mean of f for each step that is left.
 *
 * @param f a number per sample
 * @param episodes the episode of each sample, in the order of time
 */
export function visitationWeights(f: Float64Array, episodes: readonly number[]): Float64Array {
  const sums = f.slice();
  const [steps, left] = [new Int32Array(f.length), new Int32Array(f.length).fill(1)];
  for (let i = 1; i < f.length; i++) if (episodes[i] === episodes[i - 1]) steps[i] = steps[i - 1]! + 1;
  const totals = new Map<number, { sum: number; count: number }>();
  for (let i = f.length - 1; i >= 0; i--) {
    if (episodes[i] === episodes[i + 1]) {
      sums[i]! += sums[i + 1]!;
      left[i] = left[i + 1]! + 1;
    }
    const before = totals.get(steps[i]!) ?? { sum: 0, count: 0 };
    totals.set(steps[i]!, { sum: before.sum + sums[i]!, count: before.count + 1 });
  }
  const { mean } = meanAndStd(f);
  return sums.map((own, i) => {
    const { sum: all, count } = totals.get(steps[i]!)!;
    return own - (count > 1 ? (all - own) / (count - 1) : left[i]! * mean);
  });
}
