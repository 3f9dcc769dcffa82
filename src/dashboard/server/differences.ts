import { LATER_GROUPS } from "../../agents/defaults.js";
import { flatSettings } from "../../runs/same-game.js";
import { kindOf } from "../shared/groups.js";
import type { RunEntry } from "../shared/protocol.js";

/** Settings at which a group of them does nothing: a run that has them is a plain one, however few are. */
const WITHOUT_EFFECT = flatSettings(LATER_GROUPS);

/**
 * Gives every run the settings in which it differs from most runs of its kind: `robust.worstShare=0.5`. Where no value is
 * that of most, all of them are named; where one is without effect, all others. A setting that a run does not have, because
 * it came later, says nothing.
 *
 * @param settings of each run, as `flatSettings` of `src/runs/same-game.ts` gives them
 */
export function withDifferences(
  runs: readonly RunEntry[],
  settings: readonly Readonly<Record<string, string>>[],
): readonly RunEntry[] {
  const kinds = new Map<string, number[]>();
  runs.forEach(({ identity }, i) => {
    if (identity !== null) kinds.set(kindOf(identity), [...(kinds.get(kindOf(identity)) ?? []), i]);
  });
  const differs: Record<string, string>[] = runs.map(() => ({}));
  for (const members of kinds.values()) {
    for (const key of new Set(members.flatMap((i) => Object.keys(settings[i])))) {
      const counts = new Map<string, number>();
      for (const i of members) {
        const value = settings[i][key];
        if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      if (counts.size < 2) continue;
      const usual = usualOf(counts, WITHOUT_EFFECT[key]);
      for (const i of members) {
        const value = settings[i][key];
        if (value !== undefined && value !== usual) differs[i][key] = value;
      }
    }
  }
  return runs.map((run, i) =>
    run.identity === null ? run : { ...run, identity: { ...run.identity, differs: differs[i] } },
  );
}

/** The value that goes without saying; undefined where several are equally frequent. */
function usualOf(counts: ReadonlyMap<string, number>, withoutEffect: string | undefined): string | undefined {
  if (withoutEffect !== undefined && counts.has(withoutEffect)) return withoutEffect;
  const most = Math.max(...counts.values());
  const usual = [...counts].filter(([, count]) => count === most);
  return usual.length === 1 ? usual[0][0] : undefined;
}
