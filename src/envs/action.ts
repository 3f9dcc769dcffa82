import { WorldError } from "../errors/errors.js";
import type { NumberRow, Task } from "../mdp/task.js";

/**
 * The action as executed: clipped to the action box, a fresh array.
 *
 * @throws {WorldError} where it has the wrong size or is not finite
 */
export function clipAction({ id, action: box }: Pick<Task, "id" | "action">, action: NumberRow): Float64Array {
  if (action.length !== box.size) {
    throw new WorldError(id, `an action has ${box.size} entries, got ${action.length}`, "Give one number per motor");
  }
  const executed = new Float64Array(box.size);
  for (let i = 0; i < box.size; i++) {
    const value = action[i];
    if (!Number.isFinite(value)) {
      throw new WorldError(id, `action entry ${i} (${box.names[i]}) is ${value}`, "Find out why the policy diverged");
    }
    executed[i] = Math.min(Math.max(value, box.low[i]), box.high[i]);
  }
  return executed;
}
