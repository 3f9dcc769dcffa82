import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MODEL_NAMES, modelKind, POLICY_NAMES, policyKind } from "../../src/agents/ways.js";

const PAGES = fileURLToPath(new URL("../../docs/players/", import.meta.url));
/** The paper's players have the pages of its algorithms. */
const PAPERS = ["npg", "ensemble"];
/** Settings that players of one family share are told where the first of them is, or on a page of their own. */
const SHARED = ["policy", "value", "npg", "robust", "mpc", "sac", "onPolicy"];
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

  test.each([
    ["planners", "mpc.md", policyKind("cem").groups.mpc],
    ["players without a model", "model-free.md", policyKind("model-free-ppo").groups.onPolicy],
  ])("what all %s share is told once, in %s", (_, name, { shape }) => {
    const page = readFileSync(join(PAGES, name), "utf8");
    expect(Object.keys(shape).filter((setting) => !page.includes(`\`${setting}\``))).toEqual([]);
  });
});
