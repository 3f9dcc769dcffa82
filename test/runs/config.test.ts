import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openPlayers } from "../../src/agents/ways.js";
import { createTask } from "../../src/envs/index.js";
import { readConfig } from "../../src/runs/config.js";

const RESULTS = fileURLToPath(new URL("../../results", import.meta.url));
const runs = readdirSync(RESULTS, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith("config.json"));

describe("the config of a run of before there were players to choose", () => {
  const old = runs
    .map((path) => join(RESULTS, path, ".."))
    .filter((run) => !("players" in JSON.parse(readFileSync(join(run, "config.json"), "utf8")).settings));

  test("reads as NPG on the ensemble, whose episodes begin anew in each iteration", () => {
    expect(old.length).toBeGreaterThan(10);
    for (const run of old) {
      const { settings } = readConfig(run);
      expect([run, settings.players]).toEqual([run, { policy: "npg", model: "ensemble" }]);
      expect(settings.data.continueEpisodes).toBe(false);
    }
  });

  test("keeps every setting that it has", () => {
    for (const run of old) {
      const stored = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
      expect(readConfig(run).settings).toMatchObject(stored.settings);
    }
  });

  test("seats its players at its task", () => {
    const config = readConfig(old[0]);
    expect(() => openPlayers(createTask(config.task.id, config.task.options), config.settings)).not.toThrow();
  });
});
