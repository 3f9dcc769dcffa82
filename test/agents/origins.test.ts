import { describe, expect, test } from "vitest";
import { settingOrigins } from "../../src/agents/origins.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { createTask } from "../../src/envs/index.js";

const task = createTask("hopper");
const originsOf = (preset: string, patch: object = {}, algorithm: "pal" | "mal" | "gda" | "br" = "pal") => {
  const settings = resolveSettings({ algorithm, task, preset, patches: [patch] });
  return new Map(settingOrigins({ algorithm, task, preset, settings }).map((row) => [row.key, row]));
};

describe("where a setting came from", () => {
  test("is a table, the paper's text or our default, where nothing changes the paper's settings", () => {
    const origins = originsOf("paper");
    expect(origins.get("npg.discount")).toMatchObject({ value: 0.995, origin: "table", table: 1 });
    expect(origins.get("npg.steps")).toMatchObject({ value: 4, origin: "table", table: 2 });
    expect(origins.get("policy.initialLogStd")).toMatchObject({ value: -1, origin: "prose" });
    expect(origins.get("npg.cgIterations")).toMatchObject({ origin: "ours" });
    expect([...origins.values()].filter(({ origin }) => origin === "preset" || origin === "own")).toEqual([]);
  });

  test("GDA takes its model from Table 3 and its policy from Table 2, BR the other way round", () => {
    const tables = (algorithm: "gda" | "br") =>
      ["model.epochs", "npg.steps"].map((key) => originsOf("paper", {}, algorithm).get(key)!.table);
    expect(tables("gda")).toEqual([3, 2]);
    expect(tables("br")).toEqual([2, 3]);
  });

  test("is the preset where that departs from the paper, and the run where somebody set it", () => {
    const origins = originsOf("npg", { npg: { steps: 9 }, data: { maxSamples: 77_000 } });
    expect(origins.get("policy.initialLogStd")).toMatchObject({ value: 0, origin: "preset" });
    expect(origins.get("npg.steps")).toMatchObject({ value: 9, origin: "own" });
    expect(origins.get("data.maxSamples")!.origin).toBe("own");
    expect(origins.get("npg.discount")!.origin).toBe("table");
  });

  test("what another player asks of the world's side is in no table of the paper", () => {
    const origins = originsOf("default", { players: { policy: "actor-critic" } });
    for (const key of ["data.samplesPerIteration", "data.bufferSize", "actorCritic.lambda", "record.every"])
      expect(origins.get(key), key).toMatchObject({ origin: "ours" });
    expect(originsOf("paper").get("data.samplesPerIteration")).toMatchObject({ origin: "table", table: 2 });
  });

  test.each([{}, { players: { policy: "actor-critic" } }])("every setting of %j has a line of help", (patch) => {
    expect([...originsOf("default", patch).values()].filter(({ help }) => help === "")).toEqual([]);
  });
});
