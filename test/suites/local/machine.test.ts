import { describe, expect, test } from "vitest";
import { enginesFor, fits } from "../../../src/suites/local/machine.js";

const MACHINE = { cores: 4, memory: 1000 };
const run = (cores: number, memory = 1) => ({ cores, memory });

describe("what has room on a machine", () => {
  test("as many runs as their cores allow", () => {
    expect(fits(run(1), [run(1), run(1), run(1)], MACHINE, 99)).toBe(true);
    expect(fits(run(1), [run(2), run(2)], MACHINE, 99)).toBe(false);
  });
  test("and their memory", () => {
    expect(fits(run(1, 500), [run(1, 500)], MACHINE, 99)).toBe(true);
    expect(fits(run(1, 501), [run(1, 500)], MACHINE, 99)).toBe(false);
  });
  test("and no more than was said", () => {
    expect(fits(run(1), [run(1)], MACHINE, 1)).toBe(false);
  });
  test("a run that wants more than there is has the machine to itself", () => {
    expect(fits(run(9, 9999), [], MACHINE, 99)).toBe(true);
    expect(fits(run(1), [run(9, 9999)], MACHINE, 99)).toBe(false);
  });
});

test.each([
  [1, 1, 4], // alone: all of it
  [1, 2, 2],
  [1, 3, 1],
  [1, 4, 1],
  [2, 4, 2], // what it asked for, whatever the share
  [9, 1, 4], // never more than there are
])("a run that asked for %i cores, %i at once, gets %i of 4 engines", (cores, atOnce, engines) => {
  expect(enginesFor(run(cores), atOnce, MACHINE)).toBe(engines);
});
