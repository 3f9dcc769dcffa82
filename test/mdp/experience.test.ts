import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appended,
  type Experience,
  type ExperienceRow,
  emptyExperience,
  gatheredSince,
  newest,
} from "../../src/mdp/experience.js";

/** Sample number i of a run, told by every number in it. */
const row = (i: number): ExperienceRow => ({
  observation: [i, i + 0.5],
  action: [-i],
  next: [i + 1, i + 1.5],
  reward: i / 3,
  terminal: i % 5 === 4,
  episode: Math.floor(i / 5),
});
const rows = (from: number, count: number) => Array.from({ length: count }, (_, i) => row(from + i));
const copy = (data: Experience) => structuredClone({ ...data });

/** What an experience that holds samples from…to must be. */
function expectHolds(data: Experience, from: number, to: number): void {
  const held = rows(from, to - from);
  expect(data.size).toBe(held.length);
  expect(Array.from(data.observations)).toEqual(held.flatMap(({ observation }) => Array.from(observation)));
  expect(Array.from(data.actions)).toEqual(held.flatMap(({ action }) => Array.from(action)));
  expect(Array.from(data.next)).toEqual(held.flatMap(({ next }) => Array.from(next)));
  expect(Array.from(data.rewards)).toEqual(held.map(({ reward }) => reward));
  expect(Array.from(data.terminal)).toEqual(held.map(({ terminal }) => Number(terminal)));
  expect(Array.from(data.episode)).toEqual(held.map(({ episode }) => episode));
}

const sizes = fc.array(fc.nat({ max: 9 }), { maxLength: 12 });
const bounds = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Number.POSITIVE_INFINITY));

describe("D ∪ D_k", () => {
  test("is what was gathered, in order, without what is older than the newest B samples", () =>
    fc.assert(
      fc.property(sizes, bounds, (counts, bufferSize) => {
        let data = emptyExperience(2, 1);
        let gathered = 0;
        for (const count of counts) {
          data = appended(data, rows(gathered, count), bufferSize);
          gathered += count;
          expect(data.gathered).toBe(gathered);
          expect(data.episodes).toBe(Math.ceil(gathered / 5));
          expectHolds(data, Math.max(0, gathered - bufferSize), gathered);
        }
      }),
    ));

  test("leaves every value that it was made from as it was, appended to once or more often", () =>
    fc.assert(
      fc.property(sizes, bounds, fc.nat(), (counts, bufferSize, pick) => {
        const seen = [emptyExperience(2, 1)];
        for (const count of counts) {
          const last = seen[seen.length - 1];
          seen.push(appended(last, rows(last.gathered, count), bufferSize));
        }
        const copies = seen.map(copy);
        const old = seen[pick % seen.length];
        const branch = appended(old, rows(old.gathered, 3), bufferSize);
        expectHolds(branch, Math.max(0, branch.gathered - bufferSize), branch.gathered);
        expect(seen.map(copy)).toEqual(copies);
      }),
    ));

  test("copies rows only when they have doubled", () => {
    let data = emptyExperience(2, 1);
    const arrays = new Set<ArrayBufferLike>();
    for (let i = 0; i < 1000; i++) {
      data = appended(data, [row(i)], 100);
      arrays.add(data.observations.buffer);
    }
    expect(arrays.size).toBeLessThan(25);
  });
});

describe("what the policy drew", () => {
  const drew = (i: number): ExperienceRow => ({ ...row(i), drawn: [10 * i] });
  const drawn = (from: number, count: number) => Array.from({ length: count }, (_, i) => drew(from + i));

  test("is kept beside what was executed where D is to keep it, through every bound and branch", () =>
    fc.assert(
      fc.property(sizes, bounds, (counts, bufferSize) => {
        let data = emptyExperience(2, 1, true);
        for (const count of counts) data = appended(data, drawn(data.gathered, count), bufferSize);
        expectHolds(data, data.gathered - data.size, data.gathered);
        expect(Array.from(data.drawn!)).toEqual(Array.from(data.actions, (a) => -10 * a));
        expect(newest(data, 2).drawn).toEqual(data.drawn!.slice(-2));
      }),
    ));

  test("is left out where it is not", () => {
    expect(appended(emptyExperience(2, 1), drawn(0, 3), 8)).not.toHaveProperty("drawn");
  });
});

test("the newest rows, and those that were gathered since, are views of the same rows", () => {
  const data = appended(appended(emptyExperience(2, 1), rows(0, 10), 8), rows(10, 3), 8);
  expectHolds(data, 5, 13);
  expectHolds(newest(data, 2), 11, 13);
  expectHolds(newest(data, 100), 5, 13);
  expectHolds(gatheredSince(data, 10), 10, 13);
  expect(gatheredSince(data, 13).size).toBe(0);
  expect(newest(data, 2).observations.buffer).toBe(data.observations.buffer);
});
