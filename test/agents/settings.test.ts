import { expect, test } from "vitest";
import { settingsSchema } from "../../src/agents/settings.js";

test("every setting says what it is", () => {
  for (const group of Object.values(settingsSchema.shape)) {
    for (const [name, field] of Object.entries(group.shape))
      expect([name, field.description]).toEqual([name, expect.stringMatching(/\w{3}|γ|λ/)]);
  }
});
