import { expect, test } from "vitest";
import { LATER_GROUPS } from "../../../src/agents/defaults.js";
import { withDifferences } from "../../../src/dashboard/server/differences.js";
import { gameOf } from "../../../src/dashboard/shared/groups.js";
import type { RunEntry } from "../../../src/dashboard/shared/protocol.js";
import { flatSettings } from "../../../src/runs/same-game.js";

const run = (algorithm: string, seed: number, policy = "npg") =>
  ({
    identity: {
      algorithm,
      players: { policy: { name: policy }, model: { name: "ensemble" } },
      task: "hopper-v2",
      options: {},
      preset: "default",
      seed,
      differs: {},
    },
  }) as unknown as RunEntry;
const differs = (runs: readonly RunEntry[], ...settings: readonly object[]) =>
  withDifferences(runs, settings.map(flatSettings)).map(({ identity }) => identity?.differs);

test("a setting that most runs of a kind share is silent; one that was chosen sets its run apart as another game", () => {
  const runs = [run("pal", 1), run("pal", 2), run("pal", 3), run("mal", 1)];
  const settings = [{ npg: { steps: 4 } }, { npg: { steps: 4 } }, { npg: { steps: 8 } }, { npg: { steps: 20 } }];
  expect(differs(runs, ...settings)).toEqual([{}, {}, { "npg.steps": "8" }, {}]); // MAL's own is not a difference
  const [one, two, three] = withDifferences(runs, settings.map(flatSettings)).map(({ identity }) => gameOf(identity!));
  expect(two).toBe(one);
  expect(three).not.toBe(one);
});

test("another player is another game, whose settings are no differences", () => {
  const runs = [run("pal", 1), run("pal", 2), run("pal", 1, "actor-critic")];
  const settings = [{ data: { samplesPerIteration: 1000 } }, { data: { samplesPerIteration: 1000 } }, { data: { samplesPerIteration: 25 } }]; // biome-ignore format: one line
  expect(differs(runs, ...settings)).toEqual([{}, {}, {}]);
  const [one, two, three] = runs.map(({ identity }) => gameOf(identity!));
  expect([two === one, three === one]).toEqual([true, false]);
});

test("of values that are equally frequent each is named", () => {
  const settings = [{ model: { hidden: [8] } }, { model: { hidden: [16] } }];
  expect(differs([run("pal", 1), run("pal", 2)], ...settings)).toEqual([
    { "model.hidden": "[8]" },
    { "model.hidden": "[16]" },
  ]);
});

test("a plain run is plain beside older ones that lack a group, and beside many that use it", () => {
  const [older, plain] = [{ npg: { steps: 4 } }, { npg: { steps: 4 }, robust: LATER_GROUPS.robust }];
  const cautious = { ...plain, robust: { ...LATER_GROUPS.robust, worstShare: 0.5 } };
  const runs = [1, 2, 3, 4, 5].map((seed) => run("pal", seed));
  const own = { "robust.worstShare": "0.5" };
  expect(differs(runs, older, older, plain, cautious, cautious)).toEqual([{}, {}, {}, own, own]);
  expect(differs(runs.slice(1), plain, cautious, cautious, cautious)).toEqual([{}, own, own, own]);
  expect(differs(runs.slice(3), older, cautious)).toEqual([{}, own]);
});

test("how long a run is and how it is scored makes no other game, nor does a setting that it does not have", () => {
  const one = {
    data: { maxSamples: 1 },
    evaluation: { episodes: 1 },
    meter: { every: 1 },
    npg: { steps: 4, later: 1 },
  };
  const two = { data: { maxSamples: 2 }, evaluation: { episodes: 2 }, meter: { every: 2 }, npg: { steps: 4 } };
  expect(differs([run("pal", 1), run("pal", 2)], one, two)).toEqual([{}, {}]);
});

test("a run whose config cannot be used has no game", () => {
  const unknown = { identity: null } as unknown as RunEntry;
  expect(withDifferences([unknown], [flatSettings(undefined)])).toEqual([unknown]);
});
