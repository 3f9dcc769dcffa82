import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MODEL_NAMES, modelKind, POLICY_NAMES, policyKind } from "../../src/agents/ways.js";

const PAGES = fileURLToPath(new URL("../../docs/players/", import.meta.url));
/** The paper's players have the pages of its algorithms. */
const PAPERS = ["npg", "ensemble"];
/** Settings that players of one family share are told where the first of them is, or on a page of their own. */
const SHARED = ["policy", "value", "npg", "robust", "mpc", "sac"];
const kinds = [
  ...POLICY_NAMES.map((name) => [name, policyKind(name)] as const),
  ...MODEL_NAMES.map((name) => [name, modelKind(name)] as const),
].filter(([name]) => !PAPERS.includes(name));

describe("docs/players", () => {
  test.each(kinds)("%s has its row in the list, and a page with each of its settings", (name, kind) => {
    expect(readFileSync(join(PAGES, "README.md"), "utf8")).toContain(`| \`${name}\` |`);
    const path = join(PAGES, `${name}.md`);
    expect(existsSync(path)).toBe(true);
    const page = readFileSync(path, "utf8");
    const settings = Object.entries(kind.groups)
      .filter(([group]) => !SHARED.includes(group) || group === name)
      .flatMap(([group, { shape }]) => Object.keys(shape).map((setting) => ({ group, setting })));
    const silent = settings.filter(({ group, setting }) =>
      [`\`${setting}\``, `\`${group}.${setting}\``].every((told) => !page.includes(told)),
    );
    expect(silent).toEqual([]);
  });

  test("what all planners share is told once", () => {
    const page = readFileSync(join(PAGES, "mpc.md"), "utf8");
    expect(
      Object.keys(policyKind("cem").groups.mpc.shape).filter((setting) => !page.includes(`\`${setting}\``)),
    ).toEqual([]);
  });
});
