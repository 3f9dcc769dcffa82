import { describe, expect, test } from "vitest";
import { freezeSuite } from "../../../src/suites/freeze.js";
import { BUDGETS, PAPER_NAMES, PAPER_SUITES, paperSpec, paperSuite } from "../../../src/suites/paper/suites.js";
import { catalogue } from "../support/tiny-suite.js";

const NAMES = Object.keys(PAPER_SUITES).filter((name) => name !== "table-theory");

test("the paper's figures and tables have their suites, figure 5 being figure 3", () => {
  expect([...PAPER_NAMES].sort()).toEqual(["fig2", "fig3", "fig4", "fig5", "fig6", "robust", "table-theory"]);
  expect(paperSuite("fig5").name).toBe("fig3");
  expect(() => paperSuite("fig7")).toThrow(/Did you mean "fig/);
});

describe.each(NAMES)("%s", (name) => {
  test.each(BUDGETS)("with the budget %s, every run has settings that are valid", async (budget) => {
    const { jobs, games } = await freezeSuite(paperSpec(name, budget)!, catalogue, "now");
    expect(jobs.length).toBeGreaterThanOrEqual(2);
    if (budget === "smoke") {
      expect(jobs.length).toBeLessThanOrEqual(20);
      for (const { settings } of games) expect(settings.data.maxSamples).toBeLessThanOrEqual(1200);
    }
  });
});

test("figure 2 on the paper's budget is four ways on four robots with five seeds, and SAC with three; GDA has half a million samples on the claw", async () => {
  const { jobs, games } = await freezeSuite(paperSpec("fig2", "paper")!, catalogue, "now");
  expect([games.length, jobs.length]).toEqual([20, 92]);
  expect(games.find(({ id }) => id === "dclaw-turn-gda")!.settings.data.maxSamples).toBe(500_000);
});

test("figure 4 changes the forearm at 10,000 samples and the goals at 8,000", async () => {
  const { games } = await freezeSuite(paperSpec("fig4", "paper")!, catalogue, "now");
  expect(games.map(({ variant, settings }) => [variant, settings.task.changes])).toEqual(
    expect.arrayContaining([
      ["dynamics", [{ atSamples: 10_000, options: { forearm: "1.2" } }]],
      ["goals", [{ atSamples: 8000, options: { goals: "0,0,0.1" } }]],
    ]),
  );
});
