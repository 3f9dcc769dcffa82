import { describe, expect, test } from "vitest";
import { episodesOnLine } from "../../support/line-actor.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();

const play = episodesOnLine(compute);

describe("playing episodes", () => {
  test("by the mean is certain: it follows from the seeds, one by one", async () => {
    const { returns } = await play([3, 4, 5], "mean");
    expect((await play([3, 4, 5], "mean")).returns).toEqual(returns);
    expect((await play([4], "mean")).returns[0]).toBeCloseTo(returns[1], 5);
    expect(new Set(returns).size).toBe(3);
  });

  test("with noise follows from its stream", async () => {
    const { returns } = await play([3, 4, 5], 1);
    expect((await play([3, 4, 5], 1)).returns).toEqual(returns);
    expect((await play([3, 4, 5], 2)).returns).not.toEqual(returns);
  });
});
