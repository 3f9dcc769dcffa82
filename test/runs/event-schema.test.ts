import { expect, test } from "vitest";
import { fuzzLines } from "./support/lines.js";

test("of 1000 damaged lines, each is an event that all readers can use, or is said to be none", () => {
  const { events, refused } = fuzzLines(1000, 1);
  expect(events).toBeGreaterThan(50);
  expect(refused).toBeGreaterThan(500);
});
