import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSuite, type Suite } from "../../src/suites/frozen-suite.js";
import { settleSuite } from "../../src/suites/settle-suite.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { tinySuite } from "./support/tiny-suite.js";

test("what is read is what was written", () => {
  const suite = tinySuite(temporaryDirectory(), 3);
  expect(readSuite(suite.directory)).toEqual(suite);
});

test("a suite that was edited is refused", () => {
  const { directory } = tinySuite(temporaryDirectory(), 3);
  const path = join(directory, "suite.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"gaeLambda": 0.9', '"gaeLambda": 0.8'));
  expect(() => readSuite(directory)).toThrow(/was edited since it was frozen/);
});

test("a directory without a suite, and a suite of another version, say so", () => {
  const { directory } = tinySuite(temporaryDirectory(), 1);
  expect(() => readSuite(temporaryDirectory())).toThrow(/holds no suite\.json/);
  const path = join(directory, "suite.json");
  writeFileSync(path, readFileSync(path, "utf8").replace("stackelberg-suite/1", "stackelberg-suite/9"));
  expect(() => readSuite(directory)).toThrow(/its format is "stackelberg-suite\/9", this version reads/);
});

const fresh = ({ format, hash, directory, ...rest }: Suite) => rest;

test("a suite with more runs than the frozen one is refused, unless runs may be added: then indices stay", () => {
  const small = tinySuite(temporaryDirectory(), 2);
  const large = fresh(tinySuite(temporaryDirectory(), 3));
  expect(() => settleSuite(small.directory, large, false)).toThrow(/has 1 runs that it has not.*--extend/);
  const extended = settleSuite(small.directory, large, true);
  expect(extended.jobs.slice(0, 2)).toEqual(small.jobs);
  expect(extended.jobs[2]).toMatchObject({ id: "point-mass-pal-s3", index: 2 });
  expect(readSuite(small.directory)).toEqual(extended);
});

test("other settings of a game that is there are refused, also where runs may be added", () => {
  const kept = tinySuite(temporaryDirectory(), 2);
  const other = fresh(tinySuite(temporaryDirectory(), 2, 1000));
  for (const extend of [false, true])
    expect(() => settleSuite(kept.directory, other, extend)).toThrow(/have other settings now, such as point-mass-pal/);
});

test("the same suite goes on", () => {
  const kept = tinySuite(temporaryDirectory(), 2);
  expect(settleSuite(kept.directory, fresh(tinySuite(temporaryDirectory(), 2)), false)).toEqual(kept);
});
