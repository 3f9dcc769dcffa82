import { describe, expect, test } from "vitest";
import type { Compute } from "../../src/compute/engine.js";
import { input, matmul, mul, sum } from "../../src/compute/operators.js";
import { bindRowSums, rowSumGraph } from "../../src/compute/row-sums.js";
import { ShapeError } from "../../src/errors/errors.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { normals } from "../support/some-policy.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(3);
const [w, factor] = [input("w", [2, 2]), input("factor", [])];
/** Σ factor · x W, [2], and Σ x₀ y, []. */
const sums = rowSumGraph(
  "sums",
  [w, factor],
  [
    { name: "x", width: 2 },
    { name: "y", width: 1 },
  ],
  (x, y) => ({
    product: mul(sum(matmul(x, w), [0]), factor),
    moment: sum(mul(matmul(x, w), y)),
  }),
);
const W = { shape: [2, 2], data: Float32Array.of(1, 0.5, -1, 2) };
const scalar = (x: number) => ({ shape: [], data: Float32Array.of(x) });

async function summed(on: Compute, x: Float32Array, y: Float32Array) {
  const bound = await bindRowSums(on, sums, { x: { data: x, width: 2 }, y: { data: y, width: 1 } }, { w: W });
  const { product, moment } = await bound.sum({ factor: scalar(0.5) });
  await bound.release();
  return { product: product, moment: moment, size: bound.size };
}

function directly(x: Float32Array, y: Float32Array) {
  const product = [0, 0];
  let moment = 0;
  y.forEach((weight, i) => {
    const [a, b] = [x[2 * i] - x[2 * i + 1], 0.5 * x[2 * i] + 2 * x[2 * i + 1]];
    product[0] += 0.5 * a;
    product[1] += 0.5 * b;
    moment += (a + b) * weight;
  });
  return { product, moment };
}

describe("sums over rows", () => {
  // Around the edges of shards (8) and of a shard's chunks (512 rows): 4,097 rows make shards of 513, 32,769 of 4,097.
  test.each([1, 7, 8, 9, 4096, 4097, 32_768, 32_769, 50_000])(
    "of %d rows are what a plain loop gives",
    async (rows) => {
      const [x, y] = [normals(2 * rows, 0), normals(rows, 1)];
      const { product, moment, size } = await summed(compute(), x, y);
      const expected = directly(x, y);
      expect(size).toBe(rows);
      // Chunks are added up in float32: relative to the sum of absolute values (about 1 a row) 1e-6.
      for (const i of [0, 1])
        expect(Math.abs(product[i] - expected.product[i])).toBeLessThan(1e-6 * Math.max(rows, 10));
      expect(Math.abs(moment[0] - expected.moment)).toBeLessThan(4e-6 * Math.max(rows, 10));
    },
  );

  test("do not depend on the number of engines, bit for bit", async () => {
    const [x, y] = [normals(2 * 9000, 2), normals(9000, 3)];
    const one = await summed(only(compute(), 1), x, y);
    expect(await summed(only(compute(), 2), x, y)).toEqual(one);
    expect(await summed(compute(), x, y)).toEqual(one);
  });

  test("are shared out evenly over the engines", async () => {
    const { compute: on, runs } = recordedCompute(only(compute(), 2));
    await summed(on, normals(2 * 80, 4), normals(80, 5));
    expect(runs.map(({ inputs }) => inputs.y.shape[0])).toEqual(new Array(8).fill(10));
    expect(runs.filter(({ engine }) => engine === 0)).toHaveLength(4);
  });

  test("that would keep an axis of unknown length are refused", () => {
    expect(() => rowSumGraph("bad", [], [{ name: "x", width: 2 }], (x) => ({ all: x }))).toThrow(ShapeError);
  });
});
