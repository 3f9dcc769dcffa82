import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ended, start } from "../cli/support/process.js";
import { temporaryDirectory } from "../runs/support/fake.js";

/** Runs that last some seconds each, as a suite's shortest would. */
const SAMPLES = 750;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Seconds that something takes. */
async function timed(body: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await body();
  return (performance.now() - began) / 1000;
}

async function byHand(cwd: string): Promise<void> {
  const left = [...SEEDS];
  const next = async (): Promise<void> => {
    const seed = left.shift();
    if (seed === undefined) return;
    const line = ["train", "pal", "point-mass", "--seed", String(seed), "--samples", String(SAMPLES)];
    const child = start(cwd, [...line, "--workers", "1", "--out", `hand-${seed}`, "--quiet"]);
    expect(await ended(child), child.said().err).toMatchObject({ code: 0 });
    await next();
  };
  await Promise.all([next(), next()]);
}

async function bySuite(cwd: string): Promise<void> {
  const suite = { name: "overhead", ways: ["pal"], tasks: ["point-mass"], seeds: SEEDS, samples: SAMPLES };
  writeFileSync(join(cwd, "overhead.yaml"), JSON.stringify(suite));
  const child = start(cwd, ["suite", "run", "overhead.yaml", "--with", "jobs=2", "--with", "cores=2"]);
  expect(await ended(child), child.said().err).toMatchObject({ code: 0 });
}

/** On cores that others use as well the two cannot be compared: their cores have to be free. */
test("eight runs take by a suite at most 1.1 times what they take by hand, two at a time", async () => {
  const cwd = temporaryDirectory();
  const [hand, suite] = [await timed(() => byHand(cwd)), await timed(() => bySuite(cwd))];
  console.log(`by hand ${hand.toFixed(1)} s, by a suite ${suite.toFixed(1)} s`);
  expect(suite / hand).toBeLessThanOrEqual(1.1);
});
