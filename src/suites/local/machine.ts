import { availableParallelism, totalmem } from "node:os";
import { ConfigError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";

/** What runs of a suite may use of this machine. */
export interface Machine {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** Share of the memory that is left to others. */
const LEFT = 0.1;

/** What may be said of it: runs at once, cores and GiB to use, each as text. */
export interface MachineOptions {
  readonly jobs?: string;
  readonly cores?: string;
  readonly memory?: string;
}

/**
 * What runs may use here, all of the machine where nothing else is said, and how many may be under way at once.
 *
 * @param called what people call an option
 * @throws {ConfigError} where one makes no sense
 */
export function machineOf(
  { jobs, cores, memory }: MachineOptions,
  called: (name: string) => string,
): { readonly machine: Machine; readonly most: number } {
  return {
    machine: {
      cores: cores === undefined ? availableParallelism() : positive(called("cores"), cores),
      memory:
        memory === undefined
          ? Math.floor((1 - LEFT) * totalmem())
          : positive(called("memory"), memory, false) * 2 ** 30,
    },
    most: jobs === undefined ? Number.POSITIVE_INFINITY : positive(called("jobs"), jobs),
  };
}

function positive(name: string, text: string, whole = true): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < 1e6 && (!whole || Number.isInteger(value))) return value;
  throw new ConfigError(
    name,
    `must be a ${whole ? "whole number" : "number"} above 0, got ${shown(text)}`,
    `For instance ${name}${name.startsWith("--with ") ? "=" : " "}2`,
  );
}

/** What a run asks for. */
export interface Wants {
  readonly cores: number;
  readonly memory: number;
}

/** Whether one more run has room beside others. One that wants more than there is has the machine to itself. */
export function fits(wants: Wants, others: readonly Wants[], { cores, memory }: Machine, most: number): boolean {
  if (others.length === 0) return true;
  const all = [wants, ...others];
  return (
    all.length <= most &&
    all.reduce((sum, each) => sum + each.cores, 0) <= cores &&
    all.reduce((sum, each) => sum + each.memory, 0) <= memory
  );
}

/**
 * Engines for a run that is about to start: what it asked for, and its fair share of the cores that nobody asked for where
 * fewer runs are left than the machine has room for.
 *
 * @param atOnce runs that will be under way together, this one included
 */
export const enginesFor = ({ cores: wanted }: Wants, atOnce: number, { cores }: Machine): number =>
  Math.max(Math.min(wanted, cores), Math.floor(cores / Math.max(1, atOnce)));
