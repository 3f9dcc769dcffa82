import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runsIn } from "../../src/cli/runs.js";
import { RunFinder } from "../../src/dashboard/server/find-runs.js";
import { ConfigError } from "../../src/errors/errors.js";
import { temporaryDirectory } from "../runs/support/fake.js";

test("commands and the dashboard find the same runs below a directory, three levels down", () => {
  const root = temporaryDirectory();
  for (const run of ["one", "a/two", "a/b/three", "a/b/c/four", "checkpoints/five"]) {
    mkdirSync(join(root, run), { recursive: true });
    writeFileSync(join(root, run, "config.json"), "{}");
  }
  const found = ["a/b/three", "a/two", "one"].map((run) => join(root, run));
  expect([...runsIn(root)].sort()).toEqual(found);
  expect([...new RunFinder([root]).find()].sort()).toEqual(found);
  expect(runsIn(join(root, "a/b/c/four"))).toEqual([join(root, "a/b/c/four")]);
  mkdirSync(join(root, "empty"));
  expect(() => runsIn(join(root, "empty"))).toThrow(ConfigError);
});
