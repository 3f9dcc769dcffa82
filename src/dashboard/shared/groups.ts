import { interpolated } from "../../math/interpolated.js";
import type { RunEntry, RunIdentity } from "./protocol.js";
import type { Compared, Curves } from "./run-curves.js";

const listed = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .sort()
    .map(([name, value]) => `${name}=${value}`)
    .join();

/** Algorithm, players, task with its options, preset. */
export const kindOf = ({ algorithm, players, task, options, preset }: Omit<RunIdentity, "differs">): string =>
  [algorithm, players.policy.name, players.model.name, task, listed(options), preset].join(" · ");

/** What makes runs comparable as seeds of one game: their kind, and the settings that were chosen for them. */
export const gameOf = (identity: RunIdentity): string => [kindOf(identity), listed(identity.differs)].join(" · ");

/** The runs that differ from this one in their seed alone, as far as their identity tells; each seed once. */
export function otherSeeds(run: RunEntry, runs: readonly RunEntry[]): readonly RunEntry[] {
  const { identity } = run;
  if (identity === null) return [];
  const seen = new Set([identity.seed]);
  return runs.filter((other) => {
    if (other.identity === null || gameOf(other.identity) !== gameOf(identity) || seen.has(other.identity.seed))
      return false;
    seen.add(other.identity.seed);
    return true;
  });
}

/** Least and most of a scalar over several runs, at places on the axis of samples. */
export function across(
  logs: readonly Curves[],
  name: Compared,
  places: ArrayLike<number>,
): { readonly low: Float64Array; readonly high: Float64Array } {
  const low = new Float64Array(places.length).fill(Number.NaN);
  const high = low.slice();
  for (const log of logs) {
    const values = interpolated(log.column("samples"), log.column(name), places);
    for (let p = 0; p < places.length; p++) {
      const value = values[p];
      if (Number.isNaN(value)) continue;
      low[p] = Number.isNaN(low[p]) ? value : Math.min(low[p], value);
      high[p] = Number.isNaN(high[p]) ? value : Math.max(high[p], value);
    }
  }
  return { low, high };
}
