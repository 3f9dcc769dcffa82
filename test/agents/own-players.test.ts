import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../src/agents/evaluate.js";
import { policyToOnnx } from "../../src/agents/export.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import type { TrainSetup } from "../../src/agents/train.js";
import { type AnyPolicyKind, modelKind, type OwnPlayers } from "../../src/agents/ways.js";
import { describeOnnx } from "../../src/compute/onnx.js";
import { ConfigError } from "../../src/errors/errors.js";
import { lineTask } from "../support/line-task.js";
import { policyPlayerContract } from "../support/policy-player-contract.js";
import { playAll, tinySettingsWith, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

/** The example of the documentation, on the sources that are tested here (`stackelberg` is an alias of them). */
const EXAMPLE: string = "../../examples/random-search.mjs";
const { randomSearch } = (await import(EXAMPLE)) as { readonly randomSearch: AnyPolicyKind };

const compute = useCompute(2);
const task = lineTask();
const players: OwnPlayers = { policies: { "random-search": randomSearch } };
const SMALL = { search: { moves: 2, directions: 2, starts: 3 } };
const setup = (): TrainSetup => ({
  ...tinySetup("pal", task, compute()),
  settings: tinySettingsWith(players, "pal", task, { players: { policy: "random-search" } }, SMALL),
  players,
});

policyPlayerContract("random-search", compute, SMALL, players);

describe("a player of one's own", () => {
  test("plays a whole game, and a run that goes on from a snapshot is the unbroken run", async () => {
    const whole = await playAll(setup());
    expect(whole.length).toBeGreaterThanOrEqual(3);
    const rest = await playAll({ ...setup(), resume: whole[0].snapshot });
    expect(rest).toEqual(whole.slice(1));
  });

  test("has its settings checked and explained as those of every player", () => {
    const patches = [{ players: { policy: "random-search" }, search: { directions: 0 } }];
    expect(() => resolveSettings({ algorithm: "pal", task, players, patches })).toThrow(
      /search\.directions: must be .* random directions of a move/,
    );
  });

  test("is scored and exported from a snapshot by who is told of it", async () => {
    const [{ snapshot }] = await playAll(setup(), 1);
    const { settings } = setup();
    const request = { snapshot, settings, task, compute: compute(), episodes: 2, seed: 1 };
    expect((await evaluatePolicy({ ...request, players })).returns).toHaveLength(2);
    await expect(evaluatePolicy(request)).rejects.toThrow(ConfigError);
    expect(Object.keys(describeOnnx(policyToOnnx(snapshot, settings, task, players)).outputs)).toEqual(["actions"]);
  });

  test("takes no name that is taken, and is nobody's without being given", () => {
    const named = (name: string, own: OwnPlayers) => () =>
      resolveSettings({ algorithm: "pal", task, patches: [{ players: { policy: name } }], players: own });
    expect(named("npg", { policies: { npg: randomSearch } })).toThrow(/already/);
    expect(named("random-serch", players)).toThrow(/random-search/);
    expect(named("random-search", {})).toThrow(ConfigError);
  });

  test("sits beside the way's model player, or beside nobody where it needs no model; a model player may be one's own", () => {
    const seats = (own: OwnPlayers, more: object = {}) =>
      resolveSettings({ algorithm: "pal", task, patches: [{ players: { policy: "mine", ...more } }], players: own })
        .players;
    expect(seats({ policies: { mine: randomSearch } })).toEqual({ policy: "mine", model: "ensemble" });
    expect(seats({ policies: { mine: { ...randomSearch, modelFree: true } } })).toEqual({
      policy: "mine",
      model: "none",
    });
    const both = { policies: { mine: randomSearch }, models: { theirs: modelKind("ensemble") } };
    expect(seats(both, { model: "theirs" })).toEqual({ policy: "mine", model: "theirs" });
  });
});
