import { describeOnnx } from "../compute/onnx.js";
import { ShapeError, StorageError } from "../errors/errors.js";
import { type PolicyMetadata, readPolicyMetadata } from "./policy-metadata.js";

/** A mean policy that was loaded from its file: acts, and learns no more. */
export interface LoadedPolicy {
  /** What its file says of itself; undefined where it says nothing. */
  readonly metadata: PolicyMetadata | undefined;
  readonly observationSize: number;
  readonly actionSize: number;
  /**
   * The mean action in a state, as executed (within the action box), [action size].
   *
   * @param observation [observation size]
   * @throws {ShapeError} where it has another number of entries, or one that is not finite
   */
  act(observation: ArrayLike<number>): Promise<Float32Array>;
  /** The same for many states at once: [rows, observation size] → [rows, action size]. */
  actBatch(observations: ArrayLike<number>): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What runs a policy's file: `observations` [rows, observation size] → `actions` [rows, action size]. */
export interface PolicySession {
  run(observations: Float32Array, rows: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * A policy of the bytes of `policy.onnx`.
 *
 * @param open makes a session of them, on whatever runtime there is
 * @throws {StorageError} where they are no policy that stackelberg exported
 */
export async function loadedPolicy(
  bytes: Uint8Array,
  open: (bytes: Uint8Array) => Promise<PolicySession>,
): Promise<LoadedPolicy> {
  const { inputs, outputs } = describeOnnx(bytes);
  const [n, m] = [inputs.observations?.[1], outputs.actions?.[1]];
  if (typeof n !== "number" || typeof m !== "number") {
    throw new StorageError(
      "the ONNX file",
      `takes ${Object.keys(inputs).join(", ")} and gives ${Object.keys(outputs).join(", ")}; a policy takes observations [batch, n] and gives actions [batch, m]`,
      "Give the policy.onnx of a run: `stackelberg export` writes it",
    );
  }
  const metadata = readPolicyMetadata(bytes);
  const session = await open(bytes);
  async function actBatch(observations: ArrayLike<number>): Promise<Float32Array> {
    const rows = observations.length / (n as number);
    if (!Number.isInteger(rows) || rows === 0) {
      throw new ShapeError("observation", `has ${observations.length} numbers`, `Give ${n} for each state`);
    }
    const numbers = Float32Array.from(observations);
    const bad = numbers.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) {
      const name = metadata?.observation.names[bad % (n as number)];
      throw new ShapeError(
        "observation",
        `entry ${bad}${name === undefined ? "" : ` (${name})`} is ${observations[bad]}`,
        "Give finite numbers",
      );
    }
    return session.run(numbers, rows);
  }
  return {
    metadata,
    observationSize: n,
    actionSize: m,
    act(observation) {
      if (observation.length !== n) {
        return Promise.reject(
          new ShapeError("observation", `has ${observation.length} numbers`, `Give ${n}, or use actBatch for many`),
        );
      }
      return actBatch(observation);
    },
    actBatch,
    close: () => session.release(),
  };
}
