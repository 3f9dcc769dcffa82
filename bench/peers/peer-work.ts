import type { NamedTensor } from "../../dist/agents/snapshot.js";
import type { Compute } from "../../dist/compute/engine.js";
import type { Scale } from "../claim.js";
import type { Work } from "../timing.js";

/** A piece of work that another library does too: ours, and what the other side needs to do the same. */
export interface PeerWork extends Work {
  readonly unit: string;
  /** How many units a run is. */
  readonly units: number;
  /** Its module beside this file, by which Python knows it. */
  readonly peer: string;
  /** Whose work it is compared with. */
  readonly against: "torch" | "Stable-Baselines3";
  /** How many times as fast as the other's fastest way it is to be. */
  readonly target: number;
  /** Largest difference of the checked step, relative to the largest number in it. */
  readonly tolerance: number;
  readonly sizes: Readonly<Record<string, number>>;
  /** Inputs, and under `ours.…` what our checked step gave. */
  readonly tensors: Readonly<Record<string, NamedTensor>>;
}

/** A work by its sizes and engines, its checked step done. */
export type MakePeerWork = (compute: Compute, scale: PeerScale) => Promise<PeerWork>;

/** Sizes of the works. */
export interface PeerScale extends Scale {
  /** Rows of a policy gradient. */
  readonly gradientRows: number;
  /** Rows and minibatches of a value fit: one epoch. */
  readonly valueRows: number;
  /** Steps of the trajectories whose advantages are estimated, and how many there are. */
  readonly advantages: { readonly steps: number; readonly trajectories: number };
}

/** A tensor of these numbers. */
export const named = (data: NamedTensor["data"], ...shape: readonly number[]): NamedTensor => ({ shape, data });

/** Networks of one layout, a tensor [networks, parameters]. */
export function stacked(networks: readonly Float32Array[]): NamedTensor {
  const size = networks[0].length;
  const data = new Float32Array(networks.length * size);
  for (const [i, network] of networks.entries()) data.set(network, i * size);
  return named(data, networks.length, size);
}
