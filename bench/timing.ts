/** A piece of work to time; `run` is the whole of it. */
export interface Work {
  readonly name: string;
  run(): Promise<void>;
}

/** The least that a piece of work took. */
export interface Least {
  /** Wall time, s. */
  readonly seconds: number;
  /** CPU time of the whole process, all threads together, s: says the same when other processes take the cores away. */
  readonly cpuSeconds: number;
}

/**
 * Runs all works in turn, `rounds` times over, and keeps the least time of each: what disturbs the machine for a while
 * then hits all of them alike. Each runs once before, so that programs are loaded and memory is taken.
 */
export async function leastTimes(works: readonly Work[], rounds: number): Promise<ReadonlyMap<string, Least>> {
  const least = new Map<string, Least>();
  for (const { run } of works) await run();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of works) {
      const [start, cpuStart] = [performance.now(), process.cpuUsage()];
      await run();
      const seconds = (performance.now() - start) / 1e3;
      const { user, system } = process.cpuUsage(cpuStart);
      const before = least.get(name) ?? { seconds: Number.POSITIVE_INFINITY, cpuSeconds: Number.POSITIVE_INFINITY };
      least.set(name, {
        seconds: Math.min(before.seconds, seconds),
        cpuSeconds: Math.min(before.cpuSeconds, (user + system) / 1e6),
      });
    }
  }
  return least;
}
