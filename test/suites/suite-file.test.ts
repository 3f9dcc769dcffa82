import { expect, test } from "vitest";
import { parseSuite } from "../../src/suites/suite-file.js";

const SMALL = { name: "s", ways: ["pal"], tasks: ["point-mass"] };

test("names alone stand for ways and tasks", () => {
  const { ways, tasks } = parseSuite({ ...SMALL, ways: ["pal", { way: "mal", samples: 5 }] }, "s.yaml");
  expect(ways).toEqual([{ way: "pal" }, { way: "mal", samples: 5 }]);
  expect(tasks).toEqual([{ task: "point-mass" }]);
});

test.each([
  [{ ...SMALL, sedes: 3 }, /s\.yaml: there is no entry "sedes"\. Did you mean "seeds"\?/],
  [{ ...SMALL, ways: ["pall"] }, /ways\.0: there is no way "pall"\. Did you mean "pal"\?/],
  [{ ...SMALL, ways: [{ way: "pal", polic: "npg" }] }, /ways\.0: there is no entry "polic"\. Did you mean "policy"\?/],
  [{ ...SMALL, rules: [{ way: ["pal"] }] }, /rules\.0: there is no entry "way"\. Did you mean "ways"\?/],
  [{ ...SMALL, ways: [] }, /ways: must have at least 1 entries/],
  [{ ...SMALL, seeds: 0 }, /seeds: must be at least 1/],
  [{ ...SMALL, seeds: [1, -1] }, /seeds.*must be at least 0/],
  [{ ...SMALL, name: "../up" }, /name: must be a name of letters/],
  [{ ...SMALL, samples: "many" }, /samples: must be a number, got "many"/],
  [{ ways: ["pal"], tasks: ["point-mass"] }, /name: must be text/],
  ["pal", /must be a suite, got "pal"/],
  [null, /must be a suite, got null/],
])("what is wrong is named, with the way out: %j", (value, message) => {
  expect(() => parseSuite(value, "s.yaml")).toThrow(message);
});
