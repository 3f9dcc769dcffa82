import { expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { heardCompute } from "../../src/compute/heard-compute.js";
import { add, input } from "../../src/compute/operators.js";
import { openTestCompute } from "../support/engines.js";

test("every run is heard before it begins, bound or not, gives what it gave, and is stopped by a throw", async () => {
  const compute = await openTestCompute();
  let [heard, most] = [0, 2];
  const { engines, provider } = heardCompute(compute, () => {
    if (heard >= most) throw new Error("enough");
    heard++;
  });
  expect(provider).toBe(compute.provider);
  const [a, b] = [input("a", [1]), input("b", [1])];
  const program = await engines[0].load(graph("sum", [a, b], { sum: add(a, b) }));
  const one = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
  expect([...(await program.run({ a: one(1), b: one(2) })).sum.data]).toEqual([3]);
  const bound = await program.bind({ a: one(10) });
  expect([...(await bound.run({ b: one(2) })).sum.data]).toEqual([12]);
  await expect(bound.run({ b: one(2) })).rejects.toThrow("enough");
  most = 3;
  expect([...(await bound.run({ b: one(5) })).sum.data]).toEqual([15]);
  await bound.release();
  await compute.close();
});
