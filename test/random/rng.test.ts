import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillNormal, permutation, type Rng, seeded } from "../../src/random/rng.js";

const uniforms = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.uniform());
const normals = (rng: Rng, count: number): number[] => [...fillNormal(new Float64Array(count), rng)];
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const moment = (xs: readonly number[], k: number): number => mean(xs.map((x) => x ** k));
const part = fc.oneof(fc.string(), fc.nat());
const path = fc.array(part, { minLength: 1, maxLength: 3 });

describe("a stream is a function of seed and path alone", () => {
  test("the same path gives the same numbers", () => {
    fc.assert(
      fc.property(fc.nat(), path, (seed, name) => {
        expect(uniforms(seeded(seed).stream(...name), 5)).toEqual(uniforms(seeded(seed).stream(...name), 5));
      }),
    );
  });

  test("drawing from a stream never shifts another, nor those below it", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        path,
        fc.array(fc.constantFrom("uniform", "normal", "integer"), { maxLength: 9 }),
        (seed, name, draws) => {
          const root = seeded(seed);
          const [sibling, parent] = [root.stream("sibling"), root.stream(...name)];
          for (const rng of [root, sibling, parent]) {
            for (const draw of draws) draw === "integer" ? rng.integer(7) : rng[draw as "uniform" | "normal"]();
          }
          expect(normals(root.stream(...name), 3)).toEqual(normals(seeded(seed).stream(...name), 3));
          expect(normals(parent.stream("below"), 3)).toEqual(
            normals(
              seeded(seed)
                .stream(...name)
                .stream("below"),
              3,
            ),
          );
        },
      ),
    );
  });

  test("a path in two steps is the path in one", () => {
    expect(uniforms(seeded(3).stream("model", 2, "fit"), 4)).toEqual(
      uniforms(seeded(3).stream("model").stream(2, "fit"), 4),
    );
  });

  test("another seed or another path gives other numbers", () => {
    fc.assert(
      fc.property(fc.nat(), path, path, (seed, a, b) => {
        fc.pre(a.map(String).join("\n") !== b.map(String).join("\n"));
        expect(uniforms(seeded(seed).stream(...a), 2)).not.toEqual(uniforms(seeded(seed).stream(...b), 2));
        expect(uniforms(seeded(seed).stream(...a), 2)).not.toEqual(uniforms(seeded(seed + 1).stream(...a), 2));
      }),
    );
    expect(uniforms(seeded(0).stream("a/b"), 2)).not.toEqual(uniforms(seeded(0).stream("a", "b"), 2));
    expect(uniforms(seeded(0).stream("a", ""), 2)).not.toEqual(uniforms(seeded(0).stream("a"), 2));
    expect(uniforms(seeded(1).stream(2), 2)).not.toEqual(uniforms(seeded(12), 2));
  });

  test("these numbers are for ever: a new release that changes them makes old seeds worthless", () => {
    const rng = seeded(0).stream("world", 1);
    expect([rng.uniform(), rng.uniform(), rng.normal(), rng.normal(), rng.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.20331817745885805,
        0.354941906566382,
        -1.4221357317092937,
        0.2017508908613455,
        344,
      ]
    `);
  });
});

// Seeds are fixed, so these tests always give the same answer. Bounds are 4 standard errors: chance 6e-5 when written.
const N = 50_000;
const within = (value: number, expected: number, standardError: number) => {
  expect(Math.abs(value - expected), `${value} for ${expected}`).toBeLessThan(4 * standardError);
};

describe("uniform", () => {
  const draws = uniforms(seeded(11).stream("uniform"), N);

  test("lies in [0, 1), with the moments of the uniform distribution", () => {
    expect(draws.every((x) => x >= 0 && x < 1)).toBe(true);
    for (const k of [1, 2, 3, 4])
      within(moment(draws, k), 1 / (k + 1), Math.sqrt((1 / (2 * k + 1) - 1 / (k + 1) ** 2) / N));
  });

  test("fills 100 bins evenly (χ²)", () => {
    const bins = new Array<number>(100).fill(0);
    for (const x of draws) bins[Math.floor(x * 100)]++;
    within(chiSquared(bins), 99, Math.sqrt(2 * 99));
  });

  test("has all of its 53 bits", () => {
    const low = draws.map((x) => (x * 2 ** 53) % 2);
    within(mean(low), 0.5, 0.5 / Math.sqrt(N));
    const middle = draws.map((x) => Math.floor(x * 2 ** 27) % 2);
    within(mean(middle), 0.5, 0.5 / Math.sqrt(N));
  });
});

/** Σ (observed − expected)² / expected over equally likely bins. */
function chiSquared(bins: readonly number[]): number {
  const expected = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("normal", () => {
  const draws = normals(seeded(12).stream("normal"), N);

  test("has the moments 0, 1, 0, 3 of the standard normal distribution, and its tails", () => {
    const doubleFactorial = (k: number): number => (k <= 1 ? 1 : k * doubleFactorial(k - 2));
    for (const k of [1, 2, 3, 4]) {
      const expected = k % 2 === 1 ? 0 : doubleFactorial(k - 1);
      within(moment(draws, k), expected, Math.sqrt((doubleFactorial(2 * k - 1) - expected ** 2) / N));
    }
    const share = (bound: number) => draws.filter((x) => Math.abs(x) > bound).length / N;
    within(share(1), 0.317311, Math.sqrt((0.317311 * 0.682689) / N));
    within(share(2), 0.0455, Math.sqrt((0.0455 * 0.9545) / N));
    within(share(3), 0.0027, Math.sqrt((0.0027 * 0.9973) / N));
  });

  test("the two numbers of a pair are independent", () => {
    const [first, second] = [draws.filter((_, i) => i % 2 === 0), draws.filter((_, i) => i % 2 === 1)];
    for (const power of [1, 2])
      within(
        correlation(
          first.map((x) => x ** power),
          second.map((x) => x ** power),
        ),
        0,
        1 / Math.sqrt(N / 2),
      );
  });

  test("fillNormal draws what normal draws", () => {
    const rng = seeded(13);
    expect(normals(seeded(13), 7)).toEqual(Array.from({ length: 7 }, () => rng.normal()));
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((x, i) => (x - meanA) * (b[i] - meanB)));
  return covariance / Math.sqrt(mean(a.map((x) => (x - meanA) ** 2)) * mean(b.map((x) => (x - meanB) ** 2)));
}

test("sibling streams, and a stream and those below it, are uncorrelated", () => {
  const root = seeded(14);
  const streams = [
    root,
    ...[0, 1, 2, 3].map((i) => root.stream("model", i)),
    root.stream("model"),
    root.stream("policy", 0),
    seeded(15),
  ];
  const draws = streams.map((rng) => normals(rng, 20_000));
  for (let i = 0; i < draws.length; i++) {
    for (let j = 0; j < i; j++) {
      within(correlation(draws[i], draws[j]), 0, 1 / Math.sqrt(20_000));
      within(correlation(draws[i].slice(1), draws[j].slice(0, -1)), 0, 1 / Math.sqrt(20_000));
    }
  }
});

describe("integer", () => {
  test("gives 0 … count − 1, each as often", () => {
    const bins = new Array<number>(7).fill(0);
    const rng = seeded(16);
    for (let i = 0; i < N; i++) bins[rng.integer(7)]++;
    within(chiSquared(bins), 6, Math.sqrt(12));
  });
});

describe("permutation", () => {
  test("has every number once", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(), (count, seed) => {
        const sorted = [...permutation(count, seeded(seed))].sort((a, b) => a - b);
        expect(sorted).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  test("has each of the 24 orders of four as often (χ²)", () => {
    const rng = seeded(17);
    const seen = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = permutation(4, rng).join("");
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    within(chiSquared([...seen.values()]), 23, Math.sqrt(46));
  });

  test("draws from rng: the next one is another", () => {
    const rng = seeded(18);
    expect(permutation(20, rng)).not.toEqual(permutation(20, rng));
  });
});
