import { describe, expect, test } from "vitest";
import type { FitReport } from "../../../src/agents/player.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { openPlayers } from "../../../src/agents/ways.js";
import { sum } from "../../../src/compute/operators.js";
import { ConfigError } from "../../../src/errors/errors.js";
import type { Task } from "../../../src/mdp/task.js";
import type { GaussianEnsemble } from "../../../src/model/gaussian-ensemble.js";
import { seeded } from "../../../src/random/rng.js";
import { lineTask } from "../../support/line-task.js";
import { playAll, tinySetup } from "../../support/tiny-run.js";
import { tinyTable } from "../../support/tiny-table.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const players = { model: "gaussian-ensemble" } as const;
const resolve = (gaussian: object = {}, task: Task = lineTask(), algorithm: "pal" | "mal" = "pal") =>
  resolveSettings({ algorithm, task, patches: [{ players }, { gaussian }] });

describe("bursts of gradient steps", () => {
  test("come with every so many new samples, and none for fewer", async () => {
    const table = await tinyTable(compute(), players, [{ gaussian: { every: 30, steps: 7 } }]);
    table.close();
    const refit = (gathered: number) =>
      table.players.model.fit(table.scene(compute()), table.model, { ...table.data, gathered }, seeded(1));
    const { gathered } = table.data;
    const few = await refit(gathered + 29);
    expect(few).toEqual({ model: table.model, report: null });
    expect(few.model).toBe(table.model);
    expect((await refit(gathered + 30)).report!.steps).toBe(7);
    expect((await refit(gathered + 95)).report!.steps).toBe(21);
    expect(((await refit(gathered + 95)).model as GaussianEnsemble).seenSamples).toBe(gathered + 95);
  });

  test("the first fit has its own number, and starts from the error of no model: 1", async () => {
    const { players: seated, start, data, scene, close } = await tinyTable(compute(), players);
    const reports: (FitReport | null)[] = [];
    reports.push((await seated.model.fit(scene(compute()), start.model, data, seeded(1))).report);
    close();
    expect(reports[0]).toMatchObject({ steps: 12 });
    expect(reports[0]!.before).toBeGreaterThan(1);
    expect(reports[0]!.after).toBeLessThan(reports[0]!.before);
  });

  test("the conservative side takes fewer", () => {
    const steps = (algorithm: "pal" | "mal") =>
      (resolve({}, lineTask(), algorithm) as unknown as { gaussian: { steps: number } }).gaussian.steps;
    expect(steps("mal")).toBeLessThan(steps("pal"));
  });
});

test("a run whose iterations are shorter than a burst's goes on with the model it has", async () => {
  const setup = tinySetup("pal", lineTask(), compute(), { players }, { gaussian: { every: 35 } });
  const played = await playAll(setup, 4);
  const seen = played.map(({ state }) => (state.model as GaussianEnsemble).seenSamples);
  expect(seen.some((samples, i) => i > 0 && samples === seen[i - 1])).toBe(true);
  expect(seen[3]).toBeGreaterThan(seen[0]);
});

describe("the reward is learned", () => {
  const known = {
    reward: (s: Parameters<typeof sum>[0]) => sum(s, [s.shape.length - 1]),
    alive: (next: unknown) => next,
  };
  const { graphs: _, ...withoutGraph } = lineTask();
  const withGraph = { ...withoutGraph, graphs: known } as unknown as Task;
  const learned = (task: Task, learnReward: string) => {
    const { model } = openPlayers(task, resolve({ learnReward }, task));
    return model.view(model.initial(seeded(0))).members[0].learnsReward;
  };
  test("where the task has no graph of it, unless it is said", () => {
    expect([learned(withoutGraph, "auto"), learned(withGraph, "auto")]).toEqual([true, false]);
    expect([learned(withoutGraph, "no"), learned(withGraph, "yes")]).toEqual([false, true]);
  });
});

describe("refuses", () => {
  test.each([
    [
      { noise: "none", loss: "gaussian" },
      /^gaussian\.loss: is the likelihood of an error under noise, but gaussian\.noise is "none"/,
    ],
    [
      { learnedBounds: true },
      /^gaussian\.learnedBounds: are learned by the likelihood of a σ\(s, a\), but gaussian\.noise is "constant"/,
    ],
    [{ minLogStd: 1 }, /^gaussian\.minLogStd: must be less than gaussian\.maxLogStd \(1\), got 1/],
    [{ activation: "gelu" }, /^gaussian\.activation: must be "silu" or "relu" or "tanh", got "gelu"/],
    [{ hidden: [20_000, 20_000] }, /^gaussian\.hidden: makes a network of/],
    [{ ensembleSize: 1000, hidden: [2000, 2000] }, /gaussian\.hidden with Adam's moments/],
  ])("%o", (gaussian, message) => {
    expect(() => resolve(gaussian)).toThrow(ConfigError);
    expect(() => resolve(gaussian)).toThrow(message);
  });

  test("disagreement among one member", () => {
    const patches = [
      { players: { ...players, policy: "npg" }, gaussian: { ensembleSize: 1 }, robust: { disagreementTo: 1 } },
    ];
    expect(() => resolveSettings({ algorithm: "pal", task: lineTask(), patches })).toThrow(
      /disagreement needs two members at least: gaussian\.ensembleSize is 1/,
    );
  });

  test("the settings of another model player", () => {
    const asked = () =>
      resolveSettings({ algorithm: "pal", task: lineTask(), patches: [{ players, model: { hidden: [4] } }] });
    expect(asked).toThrow(/^model: its settings are of the model player ensemble, and gaussian-ensemble plays/);
    expect(() => resolve({ noise: "none", loss: "huber" })).not.toThrow();
  });
});
