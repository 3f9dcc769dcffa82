import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearest, suggest } from "../../src/errors/nearest.js";

const tasks = ["hopper", "half-cheetah", "humanoid", "ant", "swimmer", "walker2d"];

describe("nearest", () => {
  test.each([
    ["hoper", "hopper"],
    ["Hopper", "hopper"],
    ["halfcheetah", "half-cheetah"],
    ["humaniod", "humanoid"],
    ["atn", "ant"],
    ["walker", "walker2d"],
  ])("%s was meant to be %s", (name, meant) => expect(nearest(name, tasks)).toBe(meant));

  test.each(["pendulum", "", "xyz"])("%j is too far from all of them", (name) =>
    expect(nearest(name, ["hopper", "half-cheetah"])).toBeUndefined(),
  );

  test("a name that is there is found", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1, selector: (s) => s.toLowerCase() }),
        fc.nat(),
        (names, i) => {
          const name = names[i % names.length];
          expect(nearest(name, names)).toBe(name);
        },
      ),
    );
  });

  test("of equally near ones, the first", () => expect(nearest("bat", ["cat", "hat"])).toBe("cat"));
});

describe("suggest", () => {
  test("names the one that was meant, and all while they are few", () => {
    expect(suggest("hoper", ["hopper", "ant"])).toBe('Did you mean "hopper"? Valid are hopper, ant');
  });

  test("names all where none is near, and only the near one where they are many", () => {
    const many = Array.from({ length: 13 }, (_, i) => `candidate-${i}`);
    expect(suggest("something", ["hopper", "ant"])).toBe("Valid are hopper, ant");
    expect(suggest("candidat-7", many)).toBe('Did you mean "candidate-7"?');
    expect(suggest("?", many)).toBe(`Valid are ${many.join(", ")}`);
  });
});
