import { StorageError } from "../errors/errors.js";

/**
 * JSON that gives back what went in: numbers survive to the last bit (but the sign of zero), and what JSON cannot
 * hold is refused instead of turned into `null`.
 *
 * @throws {StorageError} for numbers that are not finite, functions, undefined in lists
 */
export function exactJson(where: string, value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => {
    const lost = typeof item === "function" || typeof item === "bigint" || typeof item === "symbol";
    if (lost || (typeof item === "number" && !Number.isFinite(item))) {
      throw new StorageError(
        `${where}, entry ${JSON.stringify(key)}`,
        `${String(item)} cannot be kept as JSON`,
        "Keep it as a tensor",
      );
    }
    return item;
  });
}
