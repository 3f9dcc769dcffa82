import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runOf, type Suite } from "../../../src/suites/frozen-suite.js";
import { elsewhereText, lackingText, readSuiteRuns } from "../../../src/suites/report/suite-runs.js";
import { fakeEvent, temporaryDirectory } from "../../runs/support/fake.js";
import { tinySuite } from "../support/tiny-suite.js";

/** A run of the suite's game, as reports read it. */
function writeRun(
  run: string,
  { games: [game] }: Suite,
  seed: number,
  iterations: number,
  change = (text: string) => text,
) {
  mkdirSync(run, { recursive: true });
  const config = {
    format: "stackelberg-run/1",
    algorithm: game.algorithm,
    task: game.world,
    preset: game.preset,
    seed,
    settings: game.settings,
    workers: null,
    provider: "cpu",
    keepEvery: null,
    created: "2026-01-01T00:00:00.000Z",
    versions: {},
  };
  writeFileSync(join(run, "config.json"), change(JSON.stringify(config)));
  const lines = Array.from({ length: iterations }, (_, i) => JSON.stringify(fakeEvent(i + 1)));
  writeFileSync(join(run, "metrics.jsonl"), lines.map((line) => `${line}\n`).join(""));
}
const silent = () => {};

test("seeds without a run are missing, runs that are not finished are not at their end, and one that cannot be read is told", () => {
  const suite = tinySuite(temporaryDirectory(), 3);
  writeRun(runOf(suite, suite.jobs[0].id), suite, 1, 3);
  writeRun(runOf(suite, suite.jobs[1].id), suite, 2, 3, () => "{}");
  const warnings: string[] = [];
  const all = readSuiteRuns(suite, [], (message) => warnings.push(message));
  expect(lackingText(all, suite.games)).toBe("PAL seeds 2, 3 missing, PAL seed 1 not at its end");
  expect(warnings).toEqual([expect.stringContaining(suite.jobs[1].id)]);
});

test("runs made elsewhere stand in for seeds that the suite lacks: of the same game, those with the nearest settings first", () => {
  const suite = tinySuite(temporaryDirectory(), 2);
  const elsewhere = temporaryDirectory();
  writeRun(runOf(suite, suite.jobs[0].id), suite, 1, 3);
  writeRun(join(elsewhere, "a/own-seed"), suite, 1, 9);
  writeRun(join(elsewhere, "a/far"), suite, 2, 9, (text) => text.replace('"gaeLambda":0.9', '"gaeLambda":0.5'));
  writeRun(join(elsewhere, "b/near"), suite, 2, 8);
  writeRun(join(elsewhere, "b/other-task"), suite, 2, 9, (text) => text.replaceAll("point-mass-v0", "hopper-v2"));
  writeRun(join(elsewhere, "b/other-preset"), suite, 2, 9, (text) =>
    text.replace('"preset":"default"', '"preset":"paper"'),
  );
  cpSync(join(elsewhere, "a/far"), join(elsewhere, "c"), { recursive: true });
  const all = readSuiteRuns(suite, [elsewhere], silent);
  expect(all.runs.map(({ data, seed, differing }) => [data.name, seed, differing])).toEqual([
    [suite.jobs[0].id, 1, undefined],
    ["near", 2, 0],
  ]);
  expect(elsewhereText(all)).toBe("point-mass-pal seed 2: near");
});
