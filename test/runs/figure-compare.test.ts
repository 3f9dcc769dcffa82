import { expect, test } from "vitest";
import { groupCurve } from "../../src/runs/figure-compare.js";

test("mean and range are taken where every run has data, on straight lines between a run's own points", () => {
  const curve = groupCurve("PAL", "black", [
    [
      [0, 0],
      [10, 10],
      [30, 10],
    ],
    [
      [5, 1],
      [15, 3],
    ],
  ]);
  expect(curve.points).toEqual([
    [5, 3], // (5 + 1) / 2
    [10, 6], // (10 + 2) / 2
    [15, 6.5], // (10 + 3) / 2
  ]);
  expect(curve.band).toEqual([
    { x: 5, low: 1, high: 5 },
    { x: 10, low: 2, high: 10 },
    { x: 15, low: 3, high: 10 },
  ]);
  expect(curve.label).toBe("PAL 6.50 (n = 2)");
});

test("runs that have no samples in common, or one point each, are drawn without inventing any", () => {
  expect(groupCurve("MAL", "black", [[[0, 1]], [[5, 2]]])).toMatchObject({ label: "MAL (n = 2)", band: [] });
  expect(groupCurve("MAL", "black", [[[5, 1]], [[5, 2]]]).points).toEqual([[5, 1.5]]);
});
