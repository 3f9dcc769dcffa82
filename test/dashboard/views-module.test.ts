import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MODEL_NAMES, modelKind, POLICY_NAMES, policyKind } from "../../src/agents/ways.js";
import { builtDashboard } from "./support/built.js";

test("the module of views knows every player by what it is, and carries neither schemas nor methods", async () => {
  const built = await builtDashboard("views");
  const text = readFileSync(join(built.folder, "views/views.js"), "utf8");
  built.dispose();
  for (const { title } of [
    ...POLICY_NAMES.map((name) => policyKind(name)),
    ...MODEL_NAMES.map((name) => modelKind(name)),
  ])
    expect(text).toContain(title);
  expect(text).not.toMatch(/ZodError|invalid_type|MatMul/);
});
