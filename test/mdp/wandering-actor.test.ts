import { expect, test } from "vitest";
import type { Actor } from "../../src/mdp/actor.js";
import { wanderingActor } from "../../src/mdp/wandering-actor.js";
import { normals } from "../support/some-policy.js";

/** Acts 0 for its mean, and its noise is its own. */
const still: Actor = { act: async (_, noise) => noise.map((z) => 0.1 * z), release: async () => {} };
const OU = { theta: 0.15, sigma: 0.3 };
const states = new Float32Array(2);

test("x ← x − θ x + σ z, moved by the noise of the steps before", async () => {
  const actor = wanderingActor(still, 1, OU);
  actor.begin!([undefined, undefined]);
  const noise = [normals(2, 1), normals(2, 2), normals(2, 3)];
  const x = [0, 0];
  for (const z of noise) {
    const u = await actor.act(states, z);
    x.forEach((own, row) => {
      expect(u[row]).toBeCloseTo(0.1 * z[row] + own, 6);
      x[row] = own - 0.15 * own + 0.3 * z[row];
    });
  }
});

test("wanders as far as θ and σ say: variance σ² / (1 − (1 − θ)²), one after the other (1 − θ) alike", async () => {
  const actor = wanderingActor(still, 1, OU);
  actor.begin!([undefined]);
  const noise = normals(40_000, 4);
  const walked: number[] = [];
  for (const z of noise) walked.push((await actor.act(states, Float32Array.of(z)))[0] - 0.1 * z);
  const variance = walked.reduce((sum, y) => sum + y * y, 0) / walked.length;
  const expected = 0.3 ** 2 / (1 - 0.85 ** 2);
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.12); // some 40,000 · 0.16 independent values, five deviations
  const lag = walked.slice(1).reduce((sum, y, i) => sum + y * walked[i], 0) / walked.length;
  expect(Math.abs(lag / variance - 0.85)).toBeLessThan(0.02);
});

test("without noise, and where no episode has begun, it is the policy alone", async () => {
  const actor = wanderingActor(still, 1, OU);
  const z = normals(2, 5);
  for (let i = 0; i < 2; i++) expect(await actor.act(states, z)).toEqual(await still.act(states, z));
  actor.begin!([undefined, undefined]);
  for (let i = 0; i < 3; i++) expect(Array.from(await actor.act(states, new Float32Array(2)))).toEqual([0, 0]);
});

test("an episode that goes on, and one that is left alone, take their noise along", async () => {
  const actor = wanderingActor(still, 1, OU);
  actor.begin!([undefined, undefined]);
  await actor.act(states, Float32Array.of(1, 2));
  const memory = actor.memory!(1);
  expect(memory[0]).toBeCloseTo(0.6, 6);
  actor.keep!([1]);
  expect((await actor.act(states, Float32Array.of(0)))[0]).toBeCloseTo(0.6, 6);
  const other = wanderingActor(still, 1, OU);
  other.begin!([memory]);
  expect((await other.act(states, Float32Array.of(0)))[0]).toBeCloseTo(0.6, 6);
});
