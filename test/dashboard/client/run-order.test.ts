import { expect, test } from "vitest";
import { ordered, orderOf } from "../../../src/dashboard/client/run-order.js";
import type { RunEntry } from "../../../src/dashboard/shared/protocol.js";

const run = (path: string, mean: number | null) =>
  ({ path, identity: null, digest: { evaluation: mean === null ? null : { mean } } }) as unknown as RunEntry;

test("runs are sorted up or down; those without the value come last, and equals stay as they were", () => {
  const runs = [run("run-10", 3), run("run-9", null), run("run-2", 7), run("run-1", 3)];
  const paths = (text: string) => ordered(runs, orderOf(text)).map(({ path }) => path);
  expect(paths("return")).toEqual(["run-10", "run-1", "run-2", "run-9"]);
  expect(paths("-return")).toEqual(["run-2", "run-10", "run-1", "run-9"]);
  expect(paths("name")).toEqual(["run-1", "run-2", "run-9", "run-10"]); // numbers in names count as numbers
  expect(paths("no such column")).toEqual(paths("name"));
  expect(paths("toString")).toEqual(paths("name"));
});
