import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanAndStd } from "../../src/math/statistics.js";
import { CUT, TERMINAL } from "../../src/mdp/rollouts.js";
import { balanceStarts, generalizedAdvantages, whiten } from "../../src/npg/advantages.js";
import { entry } from "../support/linear-algebra.js";

/** One trajectory: rewards, V(s_t) for t = 0 … T, and how it ended. */
interface Path {
  readonly rewards: readonly number[];
  readonly values: readonly number[];
  readonly outcome: number;
}

const path: fc.Arbitrary<Path> = fc.integer({ min: 1, max: 6 }).chain((length) =>
  fc.record({
    rewards: fc.array(entry, { minLength: length, maxLength: length }),
    values: fc.array(entry, { minLength: length + 1, maxLength: length + 1 }),
    outcome: fc.constantFrom(TERMINAL, CUT),
  }),
);
const paths = fc.array(path, { minLength: 1, maxLength: 5 });

/** Paths as rollouts lay them: step by step. Returns the row of each path's step too. */
function laid(all: readonly Path[]) {
  const order: { readonly i: number; readonly t: number }[] = [];
  for (let t = 0; t < 6; t++) {
    for (const [i, { rewards }] of all.entries()) if (t < rewards.length) order.push({ i, t });
  }
  const rowOf = (i: number, t: number) => order.findIndex((row) => row.i === i && row.t === t);
  return {
    rollouts: {
      size: order.length,
      count: all.length,
      rewards: Float64Array.from(order, ({ i, t }) => all[i].rewards[t]),
      trajectory: Int32Array.from(order, ({ i }) => i),
      outcomes: Uint8Array.from(all, ({ outcome }) => outcome),
    },
    values: Float64Array.from(order, ({ i, t }) => all[i].values[t]),
    lastValues: Float64Array.from(all, ({ values }) => values.at(-1)!),
    rowOf,
  };
}

const GAMMA = 0.9;

/** Checks every step of every path against a formula of (path, t). */
function check(
  all: readonly Path[],
  gaeLambda: number,
  expected: (path: Path, t: number) => { readonly advantage: number; readonly target: number },
): void {
  const { rollouts, values, lastValues, rowOf } = laid(all);
  const { advantages, returns } = generalizedAdvantages(rollouts, values, lastValues, { discount: GAMMA, gaeLambda });
  all.forEach((one, i) => {
    one.rewards.forEach((_, t) => {
      const { advantage, target } = expected(one, t);
      expect(advantages[rowOf(i, t)]).toBeCloseTo(advantage, 10);
      expect(returns[rowOf(i, t)]).toBeCloseTo(target, 10);
    });
  });
}

/** V(s_{t+1}), 0 after a terminal step. */
const valueAfter = ({ values, rewards, outcome }: Path, t: number) =>
  outcome === TERMINAL && t === rewards.length - 1 ? 0 : values[t + 1];
const tdError = (one: Path, t: number) => one.rewards[t] + GAMMA * valueAfter(one, t) - one.values[t];
/** Σ γˡ r_{t+l}, and V of the last state after them where the path was cut. */
const discounted = (one: Path, t: number) => {
  const rest = one.rewards.slice(t);
  return (
    rest.reduce((total, r, l) => total + GAMMA ** l * r, 0) +
    GAMMA ** rest.length * valueAfter(one, one.rewards.length - 1)
  );
};

describe("generalised advantages", () => {
  test("at λ = 1 are return less baseline", () =>
    fc.assert(
      fc.property(paths, (all) =>
        check(all, 1, (one, t) => ({ advantage: discounted(one, t) - one.values[t], target: discounted(one, t) })),
      ),
    ));

  test("at λ = 0 are the TD errors", () =>
    fc.assert(
      fc.property(paths, (all) =>
        check(all, 0, (one, t) => ({ advantage: tdError(one, t), target: discounted(one, t) })),
      ),
    ));

  test("in between are Σ (γλ)ˡ δ_{t+l}", () =>
    fc.assert(
      fc.property(paths, fc.double({ min: 0, max: 1, noNaN: true }), (all, lambda) =>
        check(all, lambda, (one, t) => ({
          advantage: one.rewards.slice(t).reduce((sum, _, l) => sum + (GAMMA * lambda) ** l * tdError(one, t + l), 0),
          target: discounted(one, t),
        })),
      ),
    ));

  test("a cut goes on with V of the state after the last action, a terminal state with 0", () => {
    const rewards = [1, 1];
    const [cut, ended] = [CUT, TERMINAL].map((outcome) => {
      const { rollouts, values, lastValues } = laid([{ rewards, values: [0, 0, 10], outcome }]);
      return generalizedAdvantages(rollouts, values, lastValues, { discount: 0.5, gaeLambda: 1 });
    });
    expect(Array.from(cut.returns)).toEqual([4, 6]);
    expect(Array.from(ended.returns)).toEqual([1.5, 1]);
    expect(Array.from(cut.advantages)).toEqual([4, 6]);
    expect(Array.from(ended.advantages)).toEqual([1.5, 1]);
  });

  test("are 0 where V is the expected return and rewards are certain", () => {
    const values = [1 + 0.9 * (2 + 0.9 * 3), 2 + 0.9 * 3, 3, 99];
    check([{ rewards: [1, 2, 3], values, outcome: TERMINAL }], 0.97, (one, t) => ({
      advantage: 0,
      target: one.values[t],
    }));
  });

  test("leave their arguments as they were", () => {
    const { rollouts, values, lastValues } = laid([{ rewards: [1, 2], values: [3, 4, 5], outcome: CUT }]);
    const copy = structuredClone({ rollouts, values, lastValues });
    generalizedAdvantages(rollouts, values, lastValues, { discount: 0.9, gaeLambda: 0.9 });
    expect({ rollouts, values, lastValues }).toEqual(copy);
  });
});

describe("whitened advantages", () => {
  test("have mean 0 and standard deviation 1, in the same order", () =>
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 2, maxLength: 30 }),
        fc.constantFrom(1, 1e4, 1e-4),
        (numbers, factor) => {
          const advantages = Float64Array.from(numbers, (x) => factor * x);
          fc.pre(meanAndStd(advantages).std > 1e-3 * factor);
          const whitened = whiten(advantages);
          const { mean, std } = meanAndStd(whitened);
          expect(mean).toBeCloseTo(0, 5);
          expect(std).toBeCloseTo(1, 5);
          const [a, b] = [advantages[0] - advantages[1], whitened[0] - whitened[1]];
          expect(b).toBeCloseTo(a / meanAndStd(advantages).std, 3);
        },
      ),
    ));

  test("with whole weights are those of each row repeated so often", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(entry, fc.integer({ min: 1, max: 4 })), { minLength: 2, maxLength: 12 }),
        fc.constantFrom(1, 0.25, 3),
        (rows, unit) => {
          const repeated = rows.flatMap(([a, times]) => new Array<number>(times).fill(a));
          fc.pre(meanAndStd(repeated).std > 1e-2);
          const plain = whiten(Float64Array.from(repeated));
          const weighted = whiten(
            Float64Array.from(rows, ([a]) => a),
            Float64Array.from(rows, ([, times]) => unit * times),
          );
          // A row's share of the mean over rows is the sum of its copies' shares of the mean over copies.
          let first = 0;
          rows.forEach(([, times], i) => {
            expect(weighted[i] / rows.length).toBeCloseTo((times * plain[first]) / repeated.length, 5);
            first += times;
          });
        },
      ),
    ));

  test("with equal weights are what they are without, to the bit", () => {
    const advantages = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
    expect(whiten(advantages, new Float64Array(50).fill(1 / 3))).toEqual(whiten(advantages));
  });

  test("are 0 where they do not vary", () => {
    expect(whiten(Float64Array.of(3, 3, 3), Float64Array.of(1, 2, 3))).toEqual(new Float32Array(3));
    expect(whiten(Float64Array.of(3, 3, 3))).toEqual(new Float32Array(3));
    expect(whiten(Float64Array.of(5))).toEqual(new Float32Array(1));
  });
});

describe("starts that count alike", () => {
  const advantages = Float64Array.of(60, -1, 0.1, -60, 1, 0.2, 0, 5);
  const start = Int32Array.of(0, 1, 2, 0, 1, 2, 3, 1);
  const meanSquares = (of: Float64Array) =>
    [0, 1, 2, 3].map(
      (i) =>
        meanAndStd(
          Array.from(
            of.filter((_, row) => start[row] === i),
            (a) => a * a,
          ),
        ).mean,
    );
  const all = meanAndStd(advantages.map((a) => a * a)).mean;

  test("not at all, to the bit, at β = 0", () => {
    expect(balanceStarts(advantages, start, 4, 0)).toBe(advantages);
  });

  test("in full at β = 1: each start with a spread has that of all rows", () => {
    const [first, second, third, still] = meanSquares(balanceStarts(advantages, start, 4, 1));
    for (const square of [first, second, third]) expect(square / all).toBeCloseTo(1, 12);
    expect(still).toBe(0);
  });

  test("half the way, in orders of magnitude, at β = ½", () => {
    const half = meanSquares(balanceStarts(advantages, start, 4, 0.5));
    for (const [i, square] of meanSquares(advantages).slice(0, 3).entries())
      expect(half[i]).toBeCloseTo(Math.sqrt(square * all), 9);
  });

  test("with no sign changed, and rows of one start in the proportions that they had", () => {
    const balanced = balanceStarts(advantages, start, 4, 1);
    for (const [row, a] of advantages.entries()) {
      const first = start.indexOf(start[row]);
      expect(balanced[row] * advantages[first]).toBeCloseTo(a * balanced[first], 9);
      expect(Math.sign(balanced[row])).toBe(Math.sign(a));
    }
  });
});
