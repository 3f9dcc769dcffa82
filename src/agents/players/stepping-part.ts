import { mlpLayout } from "../../nn/mlp.js";
import type { GaussianPlayer } from "../../npg/model-based-step.js";
import { type PolicyShape, policyLayout } from "../../policy/gaussian-policy.js";
import { learnersPart, type Part, vector } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";

/** How a step's own state (an optimiser's moments) begins, is kept and comes back. */
export interface KeptState<State> {
  /** What its first step is given, for so many parameters of π. */
  initialState(parameters: number): State;
  keepState(state: State): Pick<Part, "tensors" | "adamSteps">;
  recallState(from: SnapshotReader, parameters: number): State;
}

/** Of a step that leaves nothing behind. */
export const STATELESS: KeptState<undefined> = {
  initialState: () => undefined,
  keepState: () => ({ tensors: {}, adamSteps: {} }),
  recallState: () => undefined,
};

/** A policy with its baseline, as a checkpoint holds it. @param meta what else its player keeps */
export function keepPlayer<State>(
  { policy: { parameters, inputs }, value: { learner }, state }: GaussianPlayer<State>,
  { keepState }: KeptState<State>,
  meta: Part["meta"],
): Part {
  const own = keepState(state);
  const learned = learnersPart({ "value/network": learner });
  return {
    tensors: {
      "policy/parameters": vector(parameters),
      "policy/inputs.shift": vector(inputs.shift),
      "policy/inputs.factor": vector(inputs.factor),
      ...own.tensors,
      ...learned.tensors,
    },
    meta,
    adamSteps: { ...own.adamSteps, ...learned.adamSteps },
  };
}

/** The same again. @throws {StorageError} where a tensor is missing or has another size */
export function recallPlayer<State>(
  from: SnapshotReader,
  {
    shape,
    value: { hidden, targetScale },
  }: {
    readonly shape: PolicyShape;
    readonly value: { readonly hidden: readonly number[]; readonly targetScale: number };
  },
  { recallState }: KeptState<State>,
): GaussianPlayer<State> {
  const n = shape.observationSize;
  const parameters = policyLayout(shape).size;
  const inputs = {
    shift: from.tensor("policy/inputs.shift", Float32Array, n),
    factor: from.tensor("policy/inputs.factor", Float32Array, n),
  };
  const valueShape = { inputSize: n, hidden, outputSize: 1, activation: "relu" } as const;
  return {
    policy: { shape, parameters: from.tensor("policy/parameters", Float32Array, parameters), inputs },
    value: {
      shape: valueShape,
      learner: from.learner("value/network", mlpLayout(valueShape).size),
      inputs,
      targetScale,
    },
    state: recallState(from, parameters),
  };
}
