import { expect, test } from "vitest";
import { createTask, taskIds } from "../../../src/envs/index.js";
import { elementCount, MOST_ELEMENTS } from "../../../src/envs/mujoco/model-size.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { WorldError } from "../../../src/errors/errors.js";

const model = (inside: string) => `<mujoco><worldbody>${inside}</worldbody></mujoco>`;
const elementsOf = (mjcf: string) => elementCount({ mjcf });
const BALL = '<body><geom size="0.1"/></body>';

test("elements are counted as if what repeats were written out, and nested repeats multiply", () => {
  expect(elementsOf(model(BALL))).toBe(4);
  expect(elementsOf(model(`<replicate count="10">${BALL}</replicate>${BALL}`))).toBe(2 + 10 + 20 + 2);
  expect(elementsOf(model(`<replicate count="10"><replicate count='7'>${BALL}</replicate></replicate>`))).toBe(
    2 + 10 + 70 + 140,
  );
  expect(elementsOf(model('<flexcomp count="10 20 30"/><geom size="1"/>'))).toBe(2 + 6000 + 1);
  expect(elementsOf(model('<!-- <replicate count="99999"> --><geom name="a > b" size="1"/>'))).toBe(3);
});

test.each([
  ["many", '<replicate count="100000">', "</replicate>"],
  ["many of many", '<replicate count="100"><replicate count="100">', "</replicate></replicate>"],
])("a model of too %s is refused at once, with how many it would be", async (_, open, close) => {
  const begun = performance.now();
  const compiled = compileModel("large-v0", model(open + BALL + close));
  await expect(compiled).rejects.toThrow(WorldError);
  await expect(compiled).rejects.toThrow(
    /^large-v0: the model has [\d,]+ elements .* at most 5,000 are compiled\. Lower/,
  );
  expect(performance.now() - begun).toBeLessThan(5000); // ms; compiling it takes minutes
});

test("the catalogue's models are far below the bound", () => {
  const counts = taskIds()
    .flatMap((id) => createTask(id).mjcf?.() ?? [])
    .map(elementsOf);
  expect(counts.length).toBeGreaterThan(8);
  expect(Math.max(...counts)).toBeLessThan(MOST_ELEMENTS / 5);
});
