import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstReach, meanHeight, medianReach } from "../../src/experiments/samples-to-threshold.js";

const line = { x: [100, 200, 300, 400], y: [0, 0.5, Number.NaN, 0.9] };

describe("samples to a threshold", () => {
  test("are those of the first evaluation that is there", () => {
    expect(firstReach(line, 0.5)).toEqual({ x: 200, reached: true });
    expect(firstReach(line, 0.6)).toEqual({ x: 400, reached: true });
  });
  test("of a run that was never there are said to be more than it has", () => {
    expect(firstReach(line, 0.95)).toEqual({ x: 400, reached: false });
    expect(firstReach({ x: [100, 200], y: [0, Number.NaN] }, 0.5)).toEqual({ x: 100, reached: false });
  });

  const at = (x: number) => ({ x, reached: true });
  const ended = (x: number) => ({ x, reached: false });

  test("have the plain lower median where all runs came there", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 }), (xs) => {
        const sorted = [...xs].sort((a, b) => a - b);
        expect(medianReach(xs.map(at)).median).toBe(sorted[Math.ceil(xs.length / 2) - 1]);
      }),
    );
  });
  test("have a median where runs that did not come there went further", () => {
    expect(medianReach([at(10), at(20), at(30), ended(99), ended(99)])).toEqual({ median: 30, censored: 2, runs: 5 });
  });
  test("have none where half of the runs never came there", () => {
    expect(medianReach([at(10), ended(99), ended(99)]).median).toBeNaN();
    expect(medianReach([]).median).toBeNaN();
  });
  test("are later where a run that ended early says nothing of the time after: Kaplan–Meier by hand", () => {
    // 5 at risk: S = 4/5 at 10; one leaves at 15; 3 at risk: 4/5 · 2/3 = 0.533 at 20; 2 at risk: 0.267 at 30
    expect(medianReach([at(10), ended(15), at(20), at(30), ended(40)]).median).toBe(30);
  });
});

describe("area under a curve, over its length", () => {
  test("of a straight line is its middle", () => {
    expect(meanHeight({ x: [0, 50, 100], y: [0, 1, 2] }, 0, 100)).toBeCloseTo(1, 12);
    expect(meanHeight({ x: [0, 100], y: [0, 2] }, 25, 50)).toBeCloseTo(0.75, 12);
  });
  test("counts the first value back to the beginning, and is unknown where a run ended too early", () => {
    expect(meanHeight({ x: [50, 100], y: [1, 1] }, 0, 100)).toBe(1);
    expect(meanHeight({ x: [50, 100], y: [1, 1] }, 0, 101)).toBeNaN();
  });
});
