import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../../errors/errors.js";
import { suggest } from "../../../errors/nearest.js";
import { isSuite, readSuite, type Suite } from "../../../suites/frozen-suite.js";

/** How this command is called by an engine: Node and the command's own file. */
export const OWN_COMMAND: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL("../../main.js", import.meta.url)),
];

/** Where suites go without --out. */
export const SUITES = "suites";

/** The suite that was named on the command line: a directory, or the name of one in `suites`. */
export function suiteNamed(name: string, cwd: string): Suite {
  const places = [resolve(cwd, name), resolve(cwd, SUITES, name)];
  return readSuite(places.find(isSuite) ?? places[0]);
}

/** Ids of jobs, each checked. @throws {ConfigError} where the suite has no such run */
export function jobsNamed({ jobs, directory }: Suite, ids: readonly string[]): readonly string[] {
  const known = jobs.map(({ id }) => id);
  for (const id of ids)
    if (!known.includes(id))
      throw new ConfigError(directory, `the suite has no run ${JSON.stringify(id)}`, suggest(id, known));
  return ids;
}
