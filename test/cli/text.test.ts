import { expect, test } from "vitest";
import { aboutTwice } from "../../src/cli/text.js";

test("about twice as many samples is a round number beyond them", () => {
  expect([1, 50, 300, 1000, 4678, 7000, 12_000, 50_300].map(aboutTwice)).toEqual([
    2, 100, 600, 2000, 10_000, 15_000, 25_000, 100_000,
  ]);
  for (let samples = 1; samples < 3000; samples++) {
    expect(Number.isInteger(aboutTwice(samples))).toBe(true);
    expect(aboutTwice(samples)).toBeGreaterThan(1.6 * samples);
    expect(aboutTwice(samples)).toBeLessThan(2.5 * samples);
  }
});
