import { rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { parseYaml } from "../../src/cli/yaml.js";
import { createTask } from "../../src/envs/index.js";
import { parseSuite } from "../../src/suites/suite-file.js";
import { DOC_PAGES } from "../support/doc-pages.js";
import { type BlockKind, blocksOf, kindOf, placeOf } from "./support/blocks.js";
import { runScript, typeErrors, writeScripts } from "./support/scripts.js";
import { checkCommand, commandsIn } from "./support/shell.js";

/*
 * A block that cannot be run has `<!-- not run: why -->` before it, or `<!-- types only: why -->`. What is run is what `npm run build` made.
 */
const blocks = DOC_PAGES.flatMap(blocksOf);
const of = (kind: BlockKind) => blocks.filter((block) => kindOf(block) === kind && block.notRun === undefined);

describe("code in the documentation", () => {
  const shells = of("shell").map((block) => [placeOf(block), block.text] as const);
  test.each(shells)("%s has commands that the program understands", async (_, text) => {
    const commands = commandsIn(text);
    expect(commands.length).toBeGreaterThan(0);
    for (const words of commands) {
      const wrong = await checkCommand(words).then(
        () => "",
        (error: Error) => `${words.join(" ")}: ${error.message}`,
      );
      expect(wrong).toBe("");
    }
  });

  const files = of("yaml").map((block) => [placeOf(block), block.text] as const);
  test.each(files)("%s is a suite, a part of one, or settings", (place, text) => {
    const value = parseYaml(text) as Readonly<Record<string, unknown>>;
    if ("figures" in value || "ways" in value)
      parseSuite({ name: "part", ways: ["pal"], tasks: ["hopper"], ...value }, place);
    else resolveSettings({ algorithm: "pal", task: createTask("reacher-7dof"), patches: [value] });
  });

  const { directory, scripts } = writeScripts(of("script"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("scripts use what the package exports, as its types say", { timeout: 120_000 }, () => {
    expect(typeErrors(scripts)).toEqual([]);
  });

  const run = scripts
    .filter(({ isExample, block }) => !isExample && block.typesOnly === undefined)
    .map((script) => [placeOf(script.block), script] as const);
  describe.concurrent("scripts", () => {
    test.each(run)("%s runs", { timeout: 120_000 }, async (_, script) => {
      await runScript(script, directory);
    });
  });

  test("a block that is not run says why", () => {
    const reasons = blocks.map((block) => [placeOf(block), block.notRun ?? block.typesOnly ?? "it is run"] as const);
    expect(reasons.filter(([, reason]) => !/\w{3}/.test(reason))).toEqual([]);
    const counts = (["shell", "script", "yaml"] as const).map((kind) => `${of(kind).length} ${kind}`);
    const left = blocks.filter(({ notRun }) => notRun !== undefined).length;
    console.info(`code blocks: ${counts.join(", ")} run or checked, ${left} left out with a reason`);
  });
});
