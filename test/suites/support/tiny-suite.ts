import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import type { LoadTask } from "../../../src/suites/freeze.js";
import { type Suite, writeSuite } from "../../../src/suites/frozen-suite.js";

/** Tasks of the catalogue, as the command makes them. */
export const catalogue: LoadTask = async (name, options) => {
  const task = createTask(name, options);
  return {
    task,
    world: { id: task.id, options: { ...task.options }, module: null },
    remake: (more) => createTask(name, more),
  };
};

/** A frozen suite of so many runs of one game, none of which has begun. Their settings are real. */
export function tinySuite(directory: string, runs: number, maxSamples = 750): Suite {
  const task = createTask("point-mass");
  const settings = resolveSettings({ algorithm: "pal", task, patches: [{ data: { maxSamples } }] });
  const id = "point-mass-pal";
  return writeSuite(directory, {
    name: "tiny",
    about: "",
    created: "2026-01-01T00:00:00.000Z",
    versions: {},
    attempts: 3,
    figures: [],
    games: [
      {
        id,
        way: "pal",
        task: "point-mass",
        variant: null,
        algorithm: "pal",
        world: { id: task.id, options: {}, module: null },
        preset: "default",
        settings,
        keepEvery: null,
        cores: 1,
        memory: 2 ** 20,
        minutes: null,
      },
    ],
    jobs: Array.from({ length: runs }, (_, i) => ({ id: `${id}-s${i + 1}`, index: i, game: id, seed: i + 1 })),
  });
}
