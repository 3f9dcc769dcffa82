import type { Tensor } from "../compute/engine.js";
import { graph } from "../compute/graph.js";
import { encodeOnnx, type Weights } from "../compute/onnx.js";
import { add, clip, concat, input, mul, reshape } from "../compute/operators.js";
import { actionBox } from "../mdp/action-box.js";
import type { Task } from "../mdp/task.js";
import { modelNodes, modelTensors } from "../model/ensemble.js";
import { policyNodes, policyTensors } from "../policy/gaussian-policy.js";
import { seeded } from "../random/rng.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { decodeSnapshot } from "./snapshot-codec.js";

const weights = (tensors: Readonly<Record<string, Tensor>>): Weights =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));

/** The mean policy as an ONNX file: `observations` [batch, n] → `actions` [batch, m], as executed (within the action box). */
export function policyToOnnx(snapshot: Snapshot, settings: Settings, task: Task): Uint8Array {
  const { policy } = decodeSnapshot(snapshot, task, settings, seeded(0)).state.policy;
  const nodes = policyNodes(policy.shape);
  const m = task.action.size;
  const observations = input("observations", ["batch", task.observation.size]);
  const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
  const actions = add(mul(clip(nodes.mean(observations), -1, 1), halfWidth), centre);
  return encodeOnnx(graph("policy", [...nodes.inputs, centre, halfWidth, observations], { actions }), {
    ...weights(policyTensors(policy)),
    ...actionBox(task.action),
  });
}

/**
 * The ensemble as one ONNX file: `observations` [batch, n] and executed `actions` [batch, m] → `next`
 * [members, batch, n], each member's prediction of s′.
 */
export function modelToOnnx(snapshot: Snapshot, settings: Settings, task: Task): Uint8Array {
  const { model } = decodeSnapshot(snapshot, task, settings, seeded(0)).state;
  const [n, m] = [task.observation.size, task.action.size];
  const observations = input("observations", ["batch", n]);
  const actions = input("actions", ["batch", m]);
  const stored: Record<string, Float32Array> = {};
  const members = model.members.map((member, i) => {
    const nodes = modelNodes(model.shape, `member${i}`);
    Object.assign(stored, weights(modelTensors(model, member, `member${i}`)));
    return { inputs: nodes.inputs, next: reshape(nodes.next(observations, actions), [1, "batch", n]) };
  });
  const next = concat(
    members.map((member) => member.next),
    0,
  );
  return encodeOnnx(
    graph("model", [...members.flatMap((member) => member.inputs), observations, actions], { next }),
    stored,
  );
}
