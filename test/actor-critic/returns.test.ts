import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actorValue, expandedTargets, lambdaReturns } from "../../src/actor-critic/returns.js";
import type { Node } from "../../src/compute/node.js";
import { input } from "../../src/compute/operators.js";
import { evaluate, value } from "../support/interpreter.js";
import { plainActorValue, plainTarget } from "../support/plain-actor-critic.js";

/** A list over time of rows, as nodes and as numbers. */
type Table = readonly (readonly number[])[];

interface Numbers {
  readonly rewards: Table;
  readonly alive: Table;
  /** α log π */
  readonly price: Table;
  /** Q(s_t, u_t) of times 0 … H. */
  readonly values: Table;
}

function fed({ rewards, alive, price, values }: Numbers) {
  const at = new Map<Node, ReturnType<typeof value>>();
  const nodes = (name: string, table: Table) =>
    table.map((row, t) => {
      const node = input(`${name}${t}`, [row.length]);
      at.set(node, value([row.length], row));
      return node;
    });
  const window = {
    rewards: nodes("rewards", rewards),
    alive: nodes("alive", alive),
    price: nodes("price", price),
  };
  return { window, values: nodes("values", values), at };
}

function targets(numbers: Numbers, discount: number): number[][] {
  const { window, values, at } = fed(numbers);
  return evaluate(expandedTargets(window, values.at(-1)!, discount), at).map(({ data }) => Array.from(data));
}

function climbed(numbers: Numbers, discount: number, lambda: number): number[] {
  const { window, values, at } = fed(numbers);
  return Array.from(evaluate([actorValue(window, values, discount, lambda)], at)[0].data);
}

const finite = fc.double({ min: -100, max: 100, noNaN: true });
const table = (times: number, rows: number, entry: fc.Arbitrary<number> = finite) =>
  fc.array(fc.array(entry, { minLength: rows, maxLength: rows }), { minLength: times, maxLength: times });
const windows = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 })).chain(([h, rows]) =>
  fc.record({
    rewards: table(h, rows),
    alive: table(h, rows, fc.constantFrom(0, 1, 1, 1)),
    price: table(h + 1, rows),
    values: table(h + 1, rows),
  }),
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const row = (of: Table, i: number) => of.map((each) => each[i]);
const near = (x: number) => expect.closeTo(x, 8);

test("targets are sums forward in time, ended by terminal states, and Q beyond", () => {
  fc.assert(
    fc.property(windows, share, (numbers, discount) => {
      const got = targets(numbers, discount);
      numbers.rewards.forEach((each, t) => {
        expect(got[t]).toEqual(
          each.map((_, i) => {
            const plain = {
              rewards: row(numbers.rewards, i),
              alive: row(numbers.alive, i),
              logLikelihoods: row(numbers.price, i),
            };
            return near(plainTarget(plain, row(numbers.values, i).at(-1)!, { discount, alpha: 1 }, t));
          }),
        );
      });
    }),
  );
});

test("what the actor climbs is the λ-mixture of each step's critic and what comes after", () => {
  fc.assert(
    fc.property(windows, share, fc.oneof(share, fc.constantFrom(0, 1)), (numbers, discount, lambda) => {
      expect(climbed(numbers, discount, lambda)).toEqual(
        numbers.rewards[0].map((_, i) => {
          const plain = {
            rewards: row(numbers.rewards, i),
            alive: row(numbers.alive, i),
            logLikelihoods: row(numbers.price, i),
          };
          return near(plainActorValue(plain, row(numbers.values, i), { discount, lambda, alpha: 1 }));
        }),
      );
    }),
  );
});

test("after a terminal state nothing counts: neither rewards nor entropy nor critics", () => {
  const before = { rewards: [[1], [2], [3]], alive: [[1], [0], [1]], price: [[0.1], [0.2], [0.3], [0.4]] };
  const values = [[5], [6], [7], [8]];
  const other = { rewards: [[1], [2], [-50]], alive: [[1], [0], [0]], price: [[0.1], [0.2], [9], [-9]] };
  const got = targets({ ...before, values }, 0.9);
  expect(got[1]).toEqual([2]);
  expect(got[0]).toEqual([near(1 + 0.9 * (2 - 0.2))]);
  expect(targets({ ...other, values: [[5], [6], [70], [80]] }, 0.9).slice(0, 2)).toEqual(got.slice(0, 2));
  for (const lambda of [1, 0.75, 0])
    expect(climbed({ ...other, values: [[5], [6], [70], [80]] }, 0.9, lambda)).toEqual(
      climbed({ ...before, values }, 0.9, lambda),
    );
});

test("λ = 0 is the critic's own value of the first action; λ = 1 asks no critic but the last", () => {
  const numbers = {
    rewards: [[1], [2]],
    alive: [[1], [1]],
    price: [[0.5], [0.25], [0.125]],
    values: [[10], [20], [30]],
  };
  expect(climbed(numbers, 0.5, 0)).toEqual([9.5]);
  expect(climbed(numbers, 0.5, 1)).toEqual([near(1 - 0.5 + 0.5 * (2 - 0.25 + 0.5 * (30 - 0.125)))]);
  expect(climbed({ ...numbers, values: [[-99], [99], [30]] }, 0.5, 1)).toEqual(climbed(numbers, 0.5, 1));
});

/** The return from (t, p) as the average over where a rollout may be left: with probability 1 − λ after each step, for its value. */
function plainReturn(seen: Rollouts, t: number, p: number): number {
  const { steps, heir, discount, lambda, temperature } = seen;
  if (t === steps - 1) return seen.values[t][p];
  const after = heir(p);
  const stays = seen.cut[t][p] === 1 ? 0 : lambda;
  const here = seen.rewards[t][p];
  if (seen.terminal[t][p] === 1) return here;
  const left = seen.values[t + 1][after];
  return (
    here +
    discount *
      (-temperature * seen.logLikelihoods[t + 1][after] +
        (stays === 0 ? left : (1 - stays) * left + stays * plainReturn(seen, t + 1, after)))
  );
}

interface Rollouts {
  readonly steps: number;
  readonly batch: number;
  readonly heir: (p: number) => number;
  readonly discount: number;
  readonly lambda: number;
  readonly temperature: number;
  readonly rewards: Table;
  readonly terminal: Table;
  readonly cut: Table;
  readonly values: Table;
  readonly logLikelihoods: Table;
}

const returnsOf = (of: Rollouts): Float32Array => {
  const flat = (of: Table) => Float32Array.from(of.flat());
  return lambdaReturns(of, of, {
    rewards: flat(of.rewards),
    terminal: flat(of.terminal),
    cut: flat(of.cut),
    values: flat(of.values),
    logLikelihoods: flat(of.logLikelihoods),
  });
};

describe("λ-returns", () => {
  const rollouts = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 })).chain(([steps, batch]) =>
    fc.record({
      steps: fc.constant(steps),
      batch: fc.constant(batch),
      heir: fc.integer({ min: 0, max: 3 }).map((turn) => (p: number) => (p + turn) % batch),
      discount: share,
      lambda: fc.oneof(share, fc.constantFrom(0, 1)),
      temperature: share,
      rewards: table(steps, batch),
      terminal: table(steps, batch, fc.constantFrom(0, 0, 0, 1)),
      cut: table(steps, batch, fc.constantFrom(0, 0, 0, 1)),
      values: table(steps, batch),
      logLikelihoods: table(steps, batch),
    }),
  );

  test("follow each rollout from place to place, end with it, and lean on values where it is left", () => {
    fc.assert(
      fc.property(rollouts, (of) => {
        const got = returnsOf(of);
        for (let t = 0; t < of.steps; t++)
          for (let p = 0; p < of.batch; p++) {
            const expected = plainReturn(of, t, p);
            expect(Math.abs(got[t * of.batch + p] - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)) + 1e-3);
          }
      }),
    );
  });

  const still = { steps: 4, batch: 1, heir: () => 0, temperature: 0, cut: [[0], [0], [0], [0]] };
  const seen = {
    rewards: [[1], [2], [3], [9]],
    values: [[70], [80], [90], [100]],
    logLikelihoods: [[1], [1], [1], [1]],
  };

  test("λ = 1 sums rewards to the last value, λ = 0 takes one step", () => {
    const of = { ...still, ...seen, terminal: [[0], [0], [0], [0]], discount: 0.5 };
    expect(Array.from(returnsOf({ ...of, lambda: 1 }))).toEqual([1 + 1 + 0.75 + 12.5, 2 + 1.5 + 25, 3 + 50, 100]);
    expect(Array.from(returnsOf({ ...of, lambda: 0 }))).toEqual([1 + 40, 2 + 45, 3 + 50, 100]);
  });

  test("nothing counts after a terminal state", () => {
    const of = { ...still, ...seen, terminal: [[0], [1], [0], [0]], discount: 0.5, lambda: 0.75 };
    const [first, second] = returnsOf(of);
    expect(second).toBe(2);
    expect(first).toBe(1 + 0.5 * (0.25 * 80 + 0.75 * 2));
  });
});

describe("on a linear-quadratic world, s′ = s + a, R = −s′² − c a², with the true Q plugged in,", () => {
  const [discount, gain, c, entropyPrice] = [0.9, 0.4, 0.3, 0.7];
  // π(s) = −k s makes s′ = (1 − k) s and V(s) = −P s², P = (1 − k)² + c k² + γ P (1 − k)².
  const P = ((1 - gain) ** 2 + c * gain ** 2) / (1 - discount * (1 - gain) ** 2);
  const later = entropyPrice / (1 - discount); // of an entropy that is the same in every state
  const Q = (s: number, a: number) => -((s + a) ** 2) - c * a * a - discount * (P * (s + a) ** 2 + later);

  /** H steps from s_0 that begin with any action and go on with π. */
  function window(horizon: number, starts: readonly number[], firsts: readonly number[]): Numbers {
    const [states, actions] = [[[...starts]], [[...firsts]]];
    for (let t = 0; t < horizon; t++) {
      const next = states[t].map((s, i) => s + actions[t][i]);
      states.push(next);
      actions.push(next.map((s) => -gain * s));
    }
    const list = <T>(times: number, of: (s: number, a: number) => T) =>
      Array.from({ length: times }, (_, t) => states[t].map((s, i) => of(s, actions[t][i])));
    return {
      rewards: list(horizon, (s, a) => -((s + a) ** 2) - c * a * a),
      alive: list(horizon, () => 1),
      price: list(horizon + 1, () => entropyPrice),
      values: list(horizon + 1, Q),
    };
  }

  const [starts, firsts] = [
    [1, -2, 0.3],
    [0.5, 1, -3],
  ];

  test.each([1, 2, 5, 20])("targets are the true Q at each step of a window of %d", (horizon) => {
    const numbers = window(horizon, starts, firsts);
    targets(numbers, discount).forEach((y, t) => {
      expect(y).toEqual(numbers.values[t].map(near));
    });
  });

  test.each([1, 0.75, 0])("the actor's value is Q − α log π at the start whatever λ: %d", (lambda) => {
    const expected = starts.map((s, i) => near(Q(s, firsts[i]) - entropyPrice));
    expect(climbed(window(5, starts, firsts), discount, lambda)).toEqual(expected);
  });
});
