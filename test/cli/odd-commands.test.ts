import { expect, test } from "vitest";
import { tryCommands } from "./odd-commands.js";

// `npm run test:long` takes thousands.
test("100 random lines of all commands: done, or refused in words", async () => {
  const { cases, by } = await tryCommands(100, 0);
  expect(cases).toBe(100);
  expect(Object.keys(by).length).toBeGreaterThan(15);
});
