import {
  ComputeError,
  ConfigError,
  DivergenceError,
  ShapeError,
  StackelbergError,
  StorageError,
  WorldError,
} from "../errors/errors.js";

/** An error on its way from a worker to its page, which takes plain data only. */
export interface CrossedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** What a `StackelbergError` is made of; absent for others. */
  readonly parts?: readonly [where: string, what: string, mend: string];
}

const KINDS = { ComputeError, ConfigError, DivergenceError, ShapeError, StorageError, WorldError };

/** An error as plain data. */
export function crossed(error: unknown): CrossedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(error instanceof StackelbergError && { parts: [error.where, error.what, error.mend] as const }),
  };
}

/** The error again, of the class that it had if it is one of ours; the worker's own stack is its cause's. */
export function recalled({ name, message, stack, parts }: CrossedError): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  const Kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof typeof KINDS] : undefined;
  if (Kind !== undefined && parts !== undefined) return new Kind(...parts, { cause });
  const error = new Error(message, { cause });
  error.name = name;
  return error;
}
