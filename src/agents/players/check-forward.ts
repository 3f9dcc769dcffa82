import { ConfigError } from "../../errors/errors.js";

/** Refuses a schedule that ends before it begins, each end with its setting's name. @throws {ConfigError} */
export function checkForward(
  [fromName, from]: readonly [name: string, value: number],
  [toName, to]: readonly [name: string, value: number],
): void {
  if (to < from) {
    throw new ConfigError(
      toName,
      `must be at least ${fromName} (${from}), got ${to}`,
      "A schedule goes forward: raise it",
    );
  }
}
