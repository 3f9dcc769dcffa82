import { describe, expect, test } from "vitest";
import { ALGORITHMS, BASELINES, GAMES } from "../../src/agents/defaults.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import {
  MODEL_NAMES,
  type ModelName,
  modelKind,
  openPlayers,
  PARTNERS,
  POLICY_NAMES,
  policyKind,
  sitTogether,
  WAYS,
} from "../../src/agents/ways.js";
import { ConfigError } from "../../src/errors/errors.js";
import { networkActor } from "../../src/mdp/actor.js";
import { modelEpisodes } from "../../src/mdp/model-episodes.js";
import type { Model } from "../../src/mdp/parametric.js";
import { worldEpisodes } from "../../src/mdp/world-episodes.js";
import { actingNet } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { episodeBatchContract } from "../support/episode-batch-contract.js";
import { lineTask } from "../support/line-task.js";
import { modelPlayerContract } from "../support/model-player-contract.js";
import { policyPlayerContract } from "../support/policy-player-contract.js";
import { somePolicy } from "../support/some-policy.js";
import type { AnyPatch } from "../support/tiny-run.js";
import { tinyTable } from "../support/tiny-table.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const task = lineTask();

for (const name of POLICY_NAMES) policyPlayerContract(name, compute);
policyPlayerContract("npg", compute, { policy: { inputs: "standardized" }, robust: { worstShare: 0.5 } });
policyPlayerContract("npg", compute, { npg: { stackelberg: "implicit", fisherFraction: 0.5 } });
policyPlayerContract("actor-critic", compute, {
  players: { model: "ensemble" },
  actorCritic: {
    lambda: 1,
    disagreementCut: 1.5,
    terminalMargin: 0.2,
    critics: 3,
    horizon: 1,
    averageRate: 0.1,
    initialDiscount: 0.9,
    discountFrom: 2,
    discountTo: 40,
  },
});
policyPlayerContract("cem", compute, {
  players: { model: "ensemble" },
  model: { learnReward: true, rewardHidden: [4] },
  mpc: { terminalValue: "fitted", discount: 0.9, terminalMargin: 0.2, particles: 5 },
});
policyPlayerContract("mppi", compute, { gaussian: { noise: "input", loss: "gaussian" }, mpc: { particles: 7 } });
policyPlayerContract("ilqr", compute, {
  players: { model: "ensemble" },
  model: { learnReward: true, rewardHidden: [4] },
  mpc: { terminalValue: "fitted", discount: 0.9, terminalMargin: 0.2, particles: 5 },
});
policyPlayerContract("ilqr", compute, { gaussian: { noise: "input", loss: "gaussian" }, mpc: { particles: 3 } });

policyPlayerContract("sac", compute, { sac: { critics: 3, criticsInTarget: 2, actorClimbs: "mean", actorEvery: 2 } });
policyPlayerContract("sac", compute, { sac: { layerNorm: true, dropout: 0.2, targetEntropy: -0.5 } });

policyPlayerContract("steve", compute, {
  steve: { weighting: "last", critics: 1, exploreChance: 1 },
  outcomes: { ensembleSize: 1 },
});
policyPlayerContract("steve", compute, { steve: { horizon: 0, targetEvery: 3 } });
policyPlayerContract("steve", compute, { players: { model: "gaussian-ensemble" }, gaussian: { noise: "input" } });
policyPlayerContract("steve", compute, { players: { model: "ensemble" }, steve: { horizon: 1 } });
policyPlayerContract("slbo", compute, { slbo: { entropyIterations: 0, noiseSigma: 0 } });

/** Model players that predict something. */
const PREDICTING = MODEL_NAMES.filter((name) => modelKind(name).modelFree === undefined);
for (const name of PREDICTING) modelPlayerContract(name, compute);
modelPlayerContract("ensemble", compute, { model: { learnReward: true, rewardHidden: [4], loss: "normalized" } });
modelPlayerContract("ensemble", compute, { model: { bootstrap: true, warmStart: false } });
modelPlayerContract("gaussian-ensemble", compute, { gaussian: { loss: "gaussian" } });
modelPlayerContract("gaussian-ensemble", compute, {
  gaussian: { loss: "gaussian", noise: "input", learnReward: "no" },
});
modelPlayerContract("gaussian-ensemble", compute, {
  gaussian: { noise: "none", loss: "squared", learnReward: "yes", activation: "tanh", layerNorm: false },
});
modelPlayerContract("gaussian-ensemble", compute, {
  gaussian: { loss: "huber", huberThreshold: 0.5, activation: "relu", weightDecay: 0, ensembleSize: 1 },
});

modelPlayerContract("gaussian-ensemble", compute, { gaussian: { bootstrap: true, epochs: 0.7 } });
modelPlayerContract("gaussian-ensemble", compute, {
  gaussian: { learnedBounds: true, noise: "input", loss: "gaussian", weightDecay: 1e-3 },
});
modelPlayerContract("outcome-ensemble", compute, { outcomes: { standardized: true, weightDecay: 0, ensembleSize: 1 } });
modelPlayerContract("multistep-ensemble", compute, { multistep: { loss: "squared", horizon: 3, weightDecay: 0 } });

const policy = actingNet(somePolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, 3));

for (const name of POLICY_NAMES)
  episodeBatchContract(`of the policy player ${name} in the world`, async () => {
    const { players, start, model, data, scene, close } = await tinyTable(compute(), { policy: name });
    // A planner that has no model yet acts by chance alone.
    const { policy } = players.policy.network
      ? start
      : await players.policy.improve(scene(compute()), start.policy, players.model.view(model), data, seeded(3));
    close();
    const begin = async (which: readonly number[]) => {
      const worlds = await Promise.all(which.map(() => task.createWorld()));
      const acting = await players.policy.actor(compute(), policy);
      return worldEpisodes(
        task,
        worlds,
        which.map((seed) => ({ seed })),
        acting,
      );
    };
    const bounded = ["actor-critic", "sac", "mbpo", "steve", "cem", "mppi", "ilqr"].includes(name); // tanh; plans within the box
    return { task, ownReward: true, bounded, begin, starts: (await begin([0, 1, 2, 3])).observations };
  });

episodeBatchContract("in the world, from where it was saved", async () => {
  const worlds = await Promise.all([0, 1, 2, 3].map(() => task.createWorld()));
  const acting = await networkActor(firstEngine(compute()), policy, task);
  const saved = worlds.map((world, seed) => {
    world.reset({ seed });
    const { observation } = world.step([0.5]);
    return { world: world.saveState(), observation: Float32Array.from(observation) };
  });
  const begin = async (which: readonly number[]) =>
    worldEpisodes(
      task,
      await Promise.all(which.map(() => task.createWorld())),
      which.map((i) => saved[i]),
      acting,
    );
  const starts = Float32Array.from(saved.flatMap(({ observation }) => Array.from(observation)));
  return { task, ownReward: true, begin, starts };
});

const LEARNS_REWARD: Readonly<Partial<Record<ModelName, (learned: boolean) => AnyPatch>>> = {
  ensemble: (learnReward) => ({ model: { learnReward, rewardHidden: [4] } }),
  "gaussian-ensemble": (learned) => ({ gaussian: { learnReward: learned ? "yes" : "no" } }),
  "elite-ensemble": () => ({}), // they always learn it
  "outcome-ensemble": () => ({}),
  "multistep-ensemble": () => ({}), // it never does
};
const ALWAYS_LEARN: readonly ModelName[] = ["elite-ensemble", "outcome-ensemble"];

for (const name of PREDICTING)
  for (const learnReward of ALWAYS_LEARN.includes(name)
    ? [true]
    : name === "multistep-ensemble"
      ? [false]
      : [false, true])
    episodeBatchContract(`in the model ${name}, its reward ${learnReward ? "learned" : "known"}`, async () => {
      const patch = LEARNS_REWARD[name]!(learnReward);
      const { players, model, data, close } = await tinyTable(compute(), { model: name }, [patch]);
      close();
      const starts = data.observations.slice(0, 8);
      const imagined = await modelEpisodes(firstEngine(compute()), task, policy, players.model.view(model) as Model, 0);
      const begin = async (which: readonly number[]) =>
        imagined.begin(Float32Array.from(which.flatMap((i) => Array.from(starts.subarray(2 * i, 2 * i + 2)))));
      return { task, ownReward: !learnReward, begin, starts };
    });

describe("the table of ways", () => {
  test.each(ALGORITHMS)("%s: its players are there, and can be seated at a task", (algorithm) => {
    const { seats } = WAYS[algorithm];
    expect(POLICY_NAMES).toContain(seats.policy);
    expect(MODEL_NAMES).toContain(seats.model);
    const players = openPlayers(task, resolveSettings({ algorithm, task }));
    expect(players.kinds).toEqual({ policy: policyKind(seats.policy), model: modelKind(seats.model) });
  });

  test("who leads is the policy in PAL and the model in MAL, and nobody where both answer at once", () => {
    expect(GAMES.map((algorithm) => WAYS[algorithm].leader)).toEqual(["policy", "model", null, null]);
  });

  test.each(GAMES)("%s is for whoever is asked for, where they fit", (algorithm) => {
    for (const policy of POLICY_NAMES) {
      for (const model of MODEL_NAMES) {
        const asked = () => resolveSettings({ algorithm, task, patches: [{ players: { policy, model } }] });
        if (sitTogether(policy, model)) expect(asked().players).toEqual({ policy, model });
        else
          expect(asked).toThrow(/^players\.model: \S+ learns (in a model, and \S+ has none|from real samples alone)/);
      }
    }
  });

  test.each(BASELINES)("%s is its own players and nobody else", (algorithm) => {
    const { policy } = WAYS[algorithm].seats;
    const asked = (players: object) => () => resolveSettings({ algorithm, task, patches: [{ players }] });
    expect(asked({ policy })).not.toThrow();
    const other = POLICY_NAMES.find((name) => name !== policy);
    expect(asked({ policy: other })).toThrow(new RegExp(`^players: ${algorithm} is played by ${policy} and `));
  });

  test("a policy player that learns from data alone has somebody beside it by itself: nobody", () => {
    for (const policy of POLICY_NAMES) expect(sitTogether(policy, PARTNERS[policy])).toBe(true);
  });

  test.each([
    [{ policy: "ngp" }, /there is no policy player "ngp"\. Did you mean "npg"\?/],
    [{ model: "ensembel" }, /there is no model player "ensembel"\. Did you mean "ensemble"\?/],
    [{ policy: "constructor" }, /there is no policy player "constructor"/],
  ])("has no players %o, and says which are nearest", (players, message) => {
    const asked = () => resolveSettings({ algorithm: "pal", task, patches: [{ players }] });
    expect(asked).toThrow(ConfigError);
    expect(asked).toThrow(message);
  });
});
