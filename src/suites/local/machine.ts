import { availableParallelism, totalmem } from "node:os";

/** What runs of a suite may use of this machine. */
export interface Machine {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
}

/** Share of the memory that is left to others. */
const LEFT = 0.1;

export const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  memory: Math.floor((1 - LEFT) * totalmem()),
});

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
