import { expect, test } from "vitest";
import { tryCommands } from "../cli/odd-commands.js";

test("3000 random lines of all commands, with their own flags: done, or refused in words", async () => {
  const { cases, by, refused } = await tryCommands(3000, 1);
  console.log(`${cases} lines, ${refused} refused: ${JSON.stringify(by)}`);
  expect(cases).toBe(3000);
  expect(refused).toBeLessThan(cases);
  for (const command of ["train", "dashboard", "plot", "suite run", "reproduce"])
    expect(by[command]).toBeGreaterThan(50);
});
