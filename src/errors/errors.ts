import { onOneLine, printable } from "./printable.js";

/** Base of every error thrown on purpose. `code` is stable for programs; the message is for people. */
export abstract class StackelbergError extends Error {
  abstract readonly code: string;
  /**
   * @param where the setting, file, function or player concerned
   * @param what what was wrong, with the value that came
   * @param mend what the user can do about it
   */
  constructor(
    readonly where: string,
    readonly what: string,
    readonly mend: string,
    options?: ErrorOptions,
  ) {
    const [said, wayOut] = [printable(what, LONGEST), printable(mend, LONGEST)];
    super(`${onOneLine(where, LONGEST_NAME)}: ${said}. ${wayOut}${wayOut.endsWith("?") ? "" : "."}`, options);
    this.name = new.target.name;
  }
}

/** Characters of a name, and of what is said about it: enough for every path and every list of names. */
const LONGEST_NAME = 500;
const LONGEST = 2000;

/** A setting, an argument or a name given by the user cannot be used. */
export class ConfigError extends StackelbergError {
  readonly code = "E_CONFIG";
}

/** Arrays or tensors whose shapes do not fit together. */
export class ShapeError extends StackelbergError {
  readonly code = "E_SHAPE";
}

/** Numbers that stopped being numbers, or a quantity with an impossible sign: a player diverged. */
export class DivergenceError extends StackelbergError {
  readonly code = "E_DIVERGED";
}

/** A file or directory that is missing, damaged or of another version. */
export class StorageError extends StackelbergError {
  readonly code = "E_STORAGE";
}

/** A graph that cannot be built, differentiated or run, or an engine that is not there. */
export class ComputeError extends StackelbergError {
  readonly code = "E_COMPUTE";
}

/** A world that broke its contract: wrong sizes, numbers that are not finite, a model file that does not compile. */
export class WorldError extends StackelbergError {
  readonly code = "E_WORLD";
}
