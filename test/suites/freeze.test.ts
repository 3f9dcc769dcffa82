import { describe, expect, test } from "vitest";
import { freezeSuite } from "../../src/suites/freeze.js";
import { parseSuite } from "../../src/suites/suite-file.js";
import { catalogue } from "./support/tiny-suite.js";

const freeze = (value: object) => freezeSuite(parseSuite({ name: "s", ...value }, "s"), catalogue, "now");
const ids = async (value: object) => (await freeze(value)).jobs.map(({ id }) => id);

describe("a frozen suite", () => {
  test("has every way on every task in every variant, all games of a seed before the next", async () => {
    const suite = { ways: ["pal", "mal"], tasks: ["point-mass"], variants: [{ name: "a" }, { name: "b" }], seeds: 2 };
    expect(await ids(suite)).toEqual([
      "point-mass-pal-a-s1",
      "point-mass-pal-b-s1",
      "point-mass-mal-a-s1",
      "point-mass-mal-b-s1",
      "point-mass-pal-a-s2",
      "point-mass-pal-b-s2",
      "point-mass-mal-a-s2",
      "point-mass-mal-b-s2",
    ]);
  });

  test("has ids that more seeds and more ways leave as they are", async () => {
    const [few, more] = [
      await ids({ ways: ["pal"], tasks: ["point-mass"], seeds: 2 }),
      await ids({ ways: ["br", "pal"], tasks: ["hopper", "point-mass"], seeds: 3 }),
    ];
    expect(more).toEqual(expect.arrayContaining(few));
  });

  test("takes the last of suite, task, way, variant and rule; settings are merged", async () => {
    const { games } = await freeze({
      samples: 1000,
      settings: { npg: { steps: 3, gaeLambda: 0.5 } },
      ways: ["pal", { way: "mal", samples: 2000 }],
      tasks: [{ task: "point-mass", settings: { npg: { steps: 7 } } }],
      rules: [{ ways: "mal", samples: 3000 }],
    });
    expect(games.map(({ settings: { data, npg } }) => [data.maxSamples, npg.steps, npg.gaeLambda])).toEqual([
      [1000, 7, 0.5],
      [3000, 7, 0.5],
    ]);
  });

  test("leaves out what a rule skips, and gives games seeds of their own", async () => {
    const suite = {
      ways: ["pal", "gda"],
      tasks: ["point-mass", "hopper"],
      seeds: 2,
      rules: [
        { ways: ["gda"], tasks: ["hopper"], skip: true },
        { tasks: ["hopper"], seeds: [7] },
      ],
    };
    expect(await ids(suite)).toEqual([
      "point-mass-pal-s1",
      "point-mass-gda-s1",
      "hopper-pal-s7",
      "point-mass-pal-s2",
      "point-mass-gda-s2",
    ]);
  });

  test("estimates what a run takes: more for the paper's networks than for small ones", async () => {
    const of = async (hidden: readonly number[]) =>
      (await freeze({ ways: ["mal"], tasks: ["hopper"], settings: { model: { hidden } } })).games[0].memory;
    expect(await of([512, 512])).toBeGreaterThan(await of([16]));
    expect(await of([512, 512])).toBeLessThan(3 * 2 ** 30);
  });
});

test.each([
  [{ ways: ["pal"], tasks: ["hoper"] }, /there is no task "hoper"\. Did you mean "hopper"\?/],
  [
    { ways: ["mal"], tasks: ["hopper"], settings: { npg: { step: 3 } } },
    /hopper-mal: npg\.step: there is no such setting\. Did you mean "npg\.steps"\?/,
  ],
  [{ ways: ["pal"], tasks: ["hopper"], preset: "quik" }, /hopper-pal: preset: .*Did you mean "quick"\?/],
  [{ ways: [{ way: "pal", policy: "npgg" }], tasks: ["hopper"] }, /Did you mean "npg"\?/],
  [{ ways: ["pal", "pal"], tasks: ["hopper"] }, /hopper-pal: two games of the suite have this name/],
  [{ ways: ["pal"], tasks: ["hopper", "hopper-v2"] }, /two games of the suite have this name/],
  [{ ways: ["pal"], tasks: ["hopper"], variants: [{ name: "a" }, { name: "A" }] }, /two games of the suite/],
  [
    { ways: ["pal"], tasks: ["hopper"], rules: [{ ways: "mal", samples: 5 }] },
    /has no way "mal"\. Did you mean "pal"\?/,
  ],
  [
    { ways: ["pal"], tasks: ["hopper"], rules: [{ variants: "x", samples: 5 }] },
    /no variant "x"\. The suite has no variants/,
  ],
  [
    {
      ways: ["pal"],
      tasks: ["hopper"],
      settings: { task: { changes: [{ atSamples: 5, options: { eraa: "exact" } }] } },
    },
    /Did you mean "era"\?/,
  ],
])("what is wrong is named, with the game it is in: %j", async (value, message) => {
  await expect(freeze(value)).rejects.toThrow(message);
});
