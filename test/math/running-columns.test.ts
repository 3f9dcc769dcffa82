import * as fc from "fast-check";
import { expect, test } from "vitest";
import { noColumns, spreadOf, withTable } from "../../src/math/running-columns.js";
import { columnStatistics } from "../../src/math/statistics.js";

const tables = fc.array(
  fc.array(fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })), {
    maxLength: 6,
  }),
  { minLength: 1, maxLength: 6 },
);

test("tables one after the other have the mean and the spread of all their rows", () =>
  fc.assert(
    fc.property(tables, (all) => {
      const rows = all.flat(2);
      const running = all.reduce((before, table) => withTable(before, table.flat()), noColumns(2));
      expect(running.rows).toBe(rows.length / 2);
      if (rows.length === 0) return;
      const { mean, spread } = columnStatistics(rows, 2, "std");
      for (const j of [0, 1]) {
        expect(running.mean[j]).toBeCloseTo(mean[j], 9);
        expect(spreadOf(running)[j]).toBeCloseTo(spread[j], 6); // of squares that nearly cancel
      }
    }),
  ));

test("a table is added to a copy", () => {
  const before = withTable(noColumns(1), [1, 2]);
  const copy = structuredClone(before);
  withTable(before, [5]);
  expect(before).toEqual(copy);
  expect(spreadOf(noColumns(2))).toEqual(Float64Array.of(0, 0));
});
