import { expect, test } from "vitest";
import { counted } from "../../../src/dashboard/client/format.js";

test("one of a thing is one, of more there are several", () => {
  expect([0, 1, 2, 1234].map((n) => counted(n, "iteration"))).toEqual([
    "0 iterations",
    "1 iteration",
    "2 iterations",
    "1,234 iterations",
  ]);
});
