import { expect, test } from "vitest";
import type { AnyModelKind, AnyPolicyKind } from "../../src/agents/ways.js";
import type { Task } from "../../src/mdp/task.js";

/** What every kind of player must bring beside the player. */
export function kindContract(kind: AnyPolicyKind | AnyModelKind, task: Task): void {
  test.each(["conservative", "aggressive"] as const)(
    "its paper's values of a %s side are settings of its own",
    (side) => {
      expect(kind.title).not.toBe("");
      const paper = kind.paper(side, task);
      expect(Object.keys(paper).sort()).toEqual(Object.keys(kind.groups).sort());
      for (const [name, group] of Object.entries(kind.groups)) expect(group.parse(paper[name])).toEqual(paper[name]);
    },
  );

  test("each of its settings says what it is", () => {
    for (const group of Object.values(kind.groups))
      for (const [name, setting] of Object.entries(group.shape))
        expect([name, setting.description]).toEqual([name, expect.stringMatching(/\S/)]);
  });
}
