import type { Tensor } from "../compute/engine.js";
import { graph } from "../compute/graph.js";
import { encodeOnnx, type Weights } from "../compute/onnx.js";
import { add, clip, concat, constant, input, mul, reshape } from "../compute/operators.js";
import { ConfigError } from "../errors/errors.js";
import { actionBox } from "../mdp/action-box.js";
import { predicts } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { policyMetadata } from "./policy-metadata.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { SnapshotReader } from "./snapshot-reader.js";
import { type OwnPlayers, openPlayers } from "./ways.js";

const weights = (tensors: Readonly<Record<string, Tensor>>): Weights =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array]));

/** Whether the policy player has a network, rather than planning in the model: else there is no policy.onnx. */
export const hasPolicyNetwork = (settings: Settings, task: Task): boolean =>
  openPlayers(task, settings).policy.network !== undefined;

/**
 * The mean policy as an ONNX file: `observations` [batch, n] → `actions` [batch, m], as executed (within the action box).
 * The file says for which task it is, and what its numbers mean (`readPolicyMetadata`).
 *
 * @param players as `train` was given them
 * @throws {ConfigError} where the policy player plans instead of having a network
 */
export function policyToOnnx(snapshot: Snapshot, settings: Settings, task: Task, players?: OwnPlayers): Uint8Array {
  const { policy } = openPlayers(task, settings, players);
  const net = policy.network?.(policy.recall(new SnapshotReader(snapshot)));
  if (net === undefined) {
    throw new ConfigError(
      "policy.onnx",
      `the policy player ${settings.players.policy} plans in the model, and has no network`,
      "Export the model",
    );
  }
  const nodes = net.nodes("policy");
  const m = task.action.size;
  const observations = input("observations", ["batch", task.observation.size]);
  const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
  const actions = add(mul(clip(nodes.mean(observations), -1, 1), halfWidth), centre);
  return encodeOnnx(
    graph("policy", [...nodes.inputs, centre, halfWidth, observations], { actions }),
    { ...weights(net.tensors("policy")), ...actionBox(task.action) },
    policyMetadata(task, snapshot.meta),
  );
}

/**
 * The model as one ONNX file: `observations` [batch, n] and executed `actions` [batch, m] → `next`
 * [members, batch, n], each member's prediction of s′, without noise. Null where there is no model.
 */
export function modelToOnnx(snapshot: Snapshot, settings: Settings, task: Task): Uint8Array | null {
  const { model } = openPlayers(task, settings);
  const seen = model.view(model.recall(new SnapshotReader(snapshot)));
  if (!predicts(seen)) return null;
  const [n, m] = [task.observation.size, task.action.size];
  const observations = input("observations", ["batch", n]);
  const actions = input("actions", ["batch", m]);
  const stored: Record<string, Float32Array> = {};
  const members = seen.members.map((member, i) => {
    const nodes = member.nodes(`member${i}`);
    Object.assign(stored, weights(member.tensors(`member${i}`)));
    const still =
      member.noiseSize === 0 ? undefined : constant(new Array(member.noiseSize).fill(0), [member.noiseSize]);
    const { next } = nodes.step(observations, actions, still);
    return { inputs: nodes.inputs, next: reshape(next, [1, "batch", n]) };
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
