import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parts } from "../../../src/cli/parts.js";
import type { BoundRow } from "../../../src/experiments/bounds.js";
import type { ExactStudy } from "../../../src/experiments/exact-games/study.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { cli, jsonLines } from "../support/harness.js";

/** Everything is real, with few MDPs for the bounds; the whole takes 3 s on two idle cores. */
test("theory plays the games, tries the bounds, and writes figures and tables", { timeout: 120_000 }, async () => {
  const cwd = temporaryDirectory();
  const { code, out } = await cli(["theory", "--out", "t", "--mdps", "20", "--json"], { cwd });
  expect(code).toBe(0);
  const [{ games, bounds, files }] = jsonLines(out) as [
    { games: Omit<ExactStudy, "axes">[]; bounds: BoundRow[]; files: string[] },
  ];

  const endOf = (game: string, algorithm: string) =>
    games.find(({ name }) => name === game)!.runs.find((run) => run.algorithm === algorithm)!;
  for (const { name, runs } of games) {
    const pal = runs.find(({ algorithm }) => algorithm === "PAL")!;
    expect(pal.verdict, name).toEqual({ kind: "converges" });
    expect(Math.max(...pal.toNash), name).toBeLessThan(1e-6);
    expect(Math.max(...endOf(name, "PAL, total gradient").toPolicyLed), name).toBeLessThan(1e-3);
    expect(endOf(name, "MAL").toNash[1], name).toBeLessThan(2e-3); // the model; answers of the policy may flip
    expect(Math.max(...endOf(name, "GDA").toNash), name).toBeLessThan(1e-6);
  }
  expect(endOf("circle", "BR").verdict).toEqual({ kind: "cycles", period: 4 });
  expect(endOf("rope bridge", "BR").verdict).toEqual({ kind: "cycles", period: 4 });
  expect(endOf("spiral", "BR").verdict).toEqual({ kind: "diverges" });
  expect(endOf("spiral", "GDA, large steps").verdict).toEqual({ kind: "diverges" });

  expect(bounds.map(({ claim }) => claim)).toEqual(["Lemma 1", "Lemma 2", "Lemma 3", "Theorem 1"]);
  for (const { smallestSlack, worstCase } of bounds) {
    expect(smallestSlack).toBeGreaterThan(-1e-9);
    expect(worstCase.ratio).toBeGreaterThan(0.99);
  }

  expect(readdirSync(join(cwd, "t")).sort()).toEqual(files.map((file) => file.slice("t/".length)).sort());
  const portraits = readFileSync(join(cwd, "t", "portraits.svg"), "utf8");
  for (const { name } of games) expect(portraits).toContain(name);
  expect(portraits).not.toContain("NaN");
  const tables = readFileSync(join(cwd, "t", "tables.md"), "utf8");
  expect(tables).toContain("| rope bridge | BR | 400 | circle of 4 |");
  expect(readFileSync(join(cwd, "t", "games.csv"), "utf8").split("\n")[0]).toContain("game,played by,iterations");
});

test("for people: two tables and the files", async () => {
  const cwd = temporaryDirectory();
  const few = { ...parts.theory, exactGames: async () => [], tightness: () => [] };
  const figures = { portraits: () => "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>" };
  const theory = { ...few, ...figures, tightnessFigure: figures.portraits };
  const { out } = await cli(["theory", "--mdps", "2"], { cwd, parts: { theory } });
  expect(out).toContain("played by");
  expect(out).toContain("Theorem 1");
  expect(out).toContain(join("theory", "bounds.csv"));
});
