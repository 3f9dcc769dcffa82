import { expect, test } from "vitest";
import { WAYS } from "../../../src/agents/ways.js";
import { rolesOf } from "../../../src/dashboard/shared/roles.js";

test.each([
  ["pal", "leader", "follower", "Policy as leader: the model answers in full, then the policy moves a little."],
  ["mal", "follower", "leader", "Model as leader: the policy answers in full, then the model moves a little."],
  ["gda", "simultaneous", "simultaneous", "Both move a little, at the same time; nobody leads."],
  ["br", "simultaneous", "simultaneous", "Both answer in full, at the same time; nobody leads."],
] as const)("%s: who leads and how far each side goes, from the table of ways", (algorithm, policy, model, about) => {
  expect(rolesOf(WAYS[algorithm])).toEqual({ policy, model, about });
});

test("of two that move at the same time, and not equally far, each is told by itself", () => {
  const { about } = rolesOf({ leader: null, sides: { policy: "aggressive", model: "conservative" } });
  expect(about).toBe("At the same time, the policy answers in full and the model moves a little; nobody leads.");
});
