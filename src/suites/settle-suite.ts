import { ConfigError } from "../errors/errors.js";
import { type FrozenSuite, isSuite, readSuite, type Suite, writeSuite } from "./frozen-suite.js";

type Fresh = Omit<FrozenSuite, "format" | "hash">;

/**
 * Keeps a suite that was just resolved, or goes on with the one that its directory holds. Runs that are there stay what
 * they are; with `extend` runs may be added, at the end, so that indices keep their meaning.
 *
 * @throws {ConfigError} where the directory holds a suite with other runs
 */
export function settleSuite(directory: string, fresh: Fresh, extend: boolean): Suite {
  if (!isSuite(directory)) return writeSuite(directory, fresh);
  const kept = readSuite(directory);
  const gameOf = (games: FrozenSuite["games"], id: string) => {
    const game = games.find((each) => each.id === id);
    if (game === undefined) return undefined;
    const { cores, memory, minutes, ...played } = game; // what an engine gives a run does not change it
    return JSON.stringify(played);
  };
  const freshIds = new Set(fresh.jobs.map(({ id }) => id));
  const keptIds = new Set(kept.jobs.map(({ id }) => id));
  const changed = fresh.games.filter(({ id }) => {
    const before = gameOf(kept.games, id);
    return before !== undefined && before !== gameOf(fresh.games, id);
  });
  const [first] = changed;
  if (first !== undefined)
    throw other(directory, `${changed.length} of its games have other settings now, such as ${first.id}`);
  const gone = kept.jobs.filter(({ id }) => !freshIds.has(id));
  if (gone.length > 0 && !extend)
    throw other(directory, `${gone.length} of its runs are not in the file now, such as ${gone[0].id}`);
  const added = fresh.jobs.filter(({ id }) => !keptIds.has(id));
  if (added.length > 0 && !extend)
    throw other(
      directory,
      `the file has ${added.length} runs that it has not, such as ${added[0].id}`,
      "--extend adds them. ",
    );
  const isSame = added.length === 0 && JSON.stringify(fresh.figures) === JSON.stringify(kept.figures);
  if (isSame) return kept;
  const { format, hash, directory: _, ...before } = kept;
  return writeSuite(directory, {
    ...before,
    figures: fresh.figures,
    games: [...kept.games, ...fresh.games.filter(({ id }) => gameOf(kept.games, id) === undefined)],
    jobs: [...kept.jobs, ...added].map((job, index) => ({ ...job, index })),
  });
}

const other = (directory: string, what: string, first = ""): ConfigError =>
  new ConfigError(
    directory,
    `holds another suite than this file: ${what}`,
    `${first}Begin it in another directory with --out, or go on with the one that is there by naming its directory`,
  );
