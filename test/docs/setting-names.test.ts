import { expect, test } from "vitest";
import { settingsSchema } from "../../src/agents/settings.js";
import { MODEL_NAMES, modelKind, POLICY_NAMES, policyKind } from "../../src/agents/ways.js";
import { DOC_PAGES, readPage } from "../support/doc-pages.js";

const groups: Readonly<Record<string, { readonly shape: object }>> = {
  ...settingsSchema.shape,
  ...Object.assign({}, ...POLICY_NAMES.map((name) => policyKind(name).groups)),
  ...Object.assign({}, ...MODEL_NAMES.map((name) => modelKind(name).groups)),
};

/** Pages that tell readers what to set. */
test.each([
  "docs/choosing.md",
  "docs/does-not-learn.md",
  "docs/own-task.md",
  "docs/tutorial.md",
  "docs/paper/figures.md",
])("%s names settings that there are", (page) => {
  expect(DOC_PAGES).toContain(page);
  const named = [...readPage(page).matchAll(/`(?:--set )?([a-zA-Z]+\.[a-zA-Z]+)(?:=[^`]*)?`/g)]
    .map(([, name]) => name)
    .filter((name) => !name.endsWith(".onnx")) // a file
    .filter((name) => Object.hasOwn(groups, name.split(".")[0]));
  const unknown = named.filter((name) => {
    const [group, key] = name.split(".");
    return !Object.hasOwn(groups[group]?.shape ?? {}, key);
  });
  expect(unknown).toEqual([]);
});
