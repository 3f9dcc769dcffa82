import { describe, expect, test } from "vitest";
import { nearestGoals, startStates } from "../../src/mdp/start-states.js";
import { type Rng, seeded } from "../../src/random/rng.js";
import { recordedRng } from "../support/recorded-rng.js";

/** States of ρ are (−1, draw); the buffer's are (row, row + 0.5). */
const initial = (count: number, rng: Rng) =>
  Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? -1 : rng.uniform()));
const data = {
  size: 30,
  observations: Float32Array.from({ length: 60 }, (_, i) => Math.floor(i / 2) + (i % 2) / 2),
};
const rows = (observations: Float32Array) =>
  Array.from({ length: observations.length / 2 }, (_, i) => [observations[2 * i], observations[2 * i + 1]]);

describe("start states", () => {
  test.each([
    [200, 0.5, 100],
    [200, 0, 200],
    [10, 0.25, 7], // 2.5 from the buffer, rounded to 3
    [5, 0.999, 0],
  ])(
    "of %d rollouts, a share of %d from real states leaves %d from ρ, which come first",
    (count, share, fromInitial) => {
      const starts = startStates(count, share, initial, data, seeded(0));
      expect(starts.fromInitial).toBe(fromInitial);
      const states = rows(starts.observations);
      expect(states).toHaveLength(count);
      for (const [i, [x, y]] of states.entries()) {
        if (i < fromInitial) expect(x).toBe(-1);
        else expect([Number.isInteger(x) && x >= 0 && x < 30, y]).toEqual([true, x + 0.5]); // whole rows of the buffer
      }
    },
  );

  test("from the buffer reach all of it, each row as likely as any other", () => {
    const { observations } = startStates(30_000, 1, initial, data, seeded(1));
    const counts = new Array(30).fill(0);
    for (const [x] of rows(observations)) counts[x]++;
    // Each count is 1000 ± 31: six standard deviations.
    for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(186);
  });

  test("from ρ and from the buffer have streams of their own", () => {
    const { rng, record } = recordedRng(0);
    const mixed = startStates(10, 0.5, initial, data, rng);
    expect(record.drawn).toEqual(["initial", "intermediate"]);
    const more = startStates(20, 0.5, initial, data, seeded(0));
    expect(rows(more.observations).slice(0, 5)).toEqual(rows(mixed.observations).slice(0, 5)); // ρ's are a prefix
    expect(rows(more.observations).slice(10, 15)).toEqual(rows(mixed.observations).slice(5)); // and so are the buffer's
  });
});

describe("the nearest goals first", () => {
  const distance = ([, y]: Float32Array) => y;

  test("are those of count / share draws that are nearest, in the order in which they were drawn", () => {
    const nearest = rows(nearestGoals(initial, distance, 0.25)(10, seeded(3)));
    const all = rows(initial(40, seeded(3)));
    const limit = all.map(([, y]) => y).sort((a, b) => a - b)[9];
    expect(nearest).toEqual(all.filter(([, y]) => y <= limit));
  });

  test("are all of ρ, to the bit, at a share of 1", () => {
    expect(nearestGoals(initial, distance, 1)).toBe(initial);
  });

  test("are none where none are asked for", () => {
    expect(nearestGoals(initial, distance, 0.5)(0, seeded(3))).toHaveLength(0);
  });
});
