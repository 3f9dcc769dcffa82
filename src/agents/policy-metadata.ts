import { z } from "zod";
import { describeOnnx, type OnnxMetadata } from "../compute/onnx.js";
import { StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";

/** The key under which `policy.onnx` says what it is. */
const KEY = "stackelberg.policy";

const numbers = z.array(z.number().nullable());
const schema = z.object({
  format: z.literal(1),
  /** The task's id. */
  task: z.string(),
  /** Seconds between two actions. */
  controlStep: z.number(),
  /** A name with its unit for each entry; bounds are null where there is none. */
  observation: z.object({ names: z.array(z.string()), low: numbers, high: numbers }),
  action: z.object({ names: z.array(z.string()), low: numbers, high: numbers }),
  /** Of the run, as its log counts them. */
  iteration: z.number(),
  samples: z.number(),
});

/** What a policy's file says of itself: for which task it is, and what its numbers mean. */
export type PolicyMetadata = Readonly<z.infer<typeof schema>>;

/** JSON has no infinite numbers. */
const bounds = (values: readonly number[]) => values.map((x) => (Number.isFinite(x) ? x : null));

export function policyMetadata(
  { id, controlStep, observation, action }: Task,
  { iteration, samples }: { readonly iteration: number; readonly samples: number },
): OnnxMetadata {
  const space = ({ names, low, high }: Task["action"]) => ({
    names: [...names],
    low: bounds(low),
    high: bounds(high),
  });
  const said: PolicyMetadata = {
    format: 1,
    task: id,
    controlStep,
    observation: space(observation),
    action: space(action),
    iteration,
    samples,
  };
  return { [KEY]: JSON.stringify(said) };
}

/**
 * What `policy.onnx` says of itself; undefined where it says nothing, as files of before 0.2 and of others do.
 *
 * @throws {StorageError} where the bytes are no ONNX file, or what it says is damaged
 */
export function readPolicyMetadata(bytes: Uint8Array): PolicyMetadata | undefined {
  const text = describeOnnx(bytes).metadata[KEY];
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new StorageError("the ONNX file", `what it says under ${KEY} is damaged`, "Export it again", {
      cause: error,
    });
  }
}
