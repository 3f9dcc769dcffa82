import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SnapshotReader } from "../../src/agents/snapshot-reader.js";
import { type OwnPlayers, openPlayers, policyKind } from "../../src/agents/ways.js";
import type { Compute } from "../../src/compute/engine.js";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import type { Actor } from "../../src/mdp/actor.js";
import { seeded } from "../../src/random/rng.js";
import { kindContract } from "./kind-contract.js";
import { lineTask } from "./line-task.js";
import { normals } from "./some-policy.js";
import { type AnyPatch, tinySettingsWith } from "./tiny-run.js";
import { filed, type TinyTable, tinyTable } from "./tiny-table.js";
import { firstEngine, only } from "./use-compute.js";

/**
 * What every policy player must do.
 *
 * @param compute of two engines
 * @param own where `name` is one of these
 */
export function policyPlayerContract(
  name: string,
  compute: () => Compute,
  patch: AnyPatch = {},
  own: OwnPlayers = {},
): void {
  describe(`the policy player ${name} with ${JSON.stringify(patch)}, as every one,`, { timeout: 60_000 }, () => {
    let table: TinyTable;
    beforeAll(async () => {
      table = await tinyTable(compute(), { policy: name }, [patch], own);
    }, 60_000);
    afterAll(() => table.close());

    /** A move of π_0, or of another policy. */
    const improve = (policy: unknown = table.start.policy, seed = 3, on = compute()) => {
      const { players, model, data, scene } = table;
      return players.policy.improve(scene(on), policy, players.model.view(model), data, seeded(seed));
    };
    const acting = async <T>(policy: unknown, use: (actor: Actor) => Promise<T>): Promise<T> => {
      const actor = await table.players.policy.actor(compute(), policy);
      try {
        return await use(actor);
      } finally {
        await actor.release();
      }
    };
    const [states, noise] = [normals(2 * 5, 1), normals(5, 2)];

    kindContract(policyKind(name, own), lineTask());

    test("begins as a function of its stream alone", () => {
      const { policy } = table.players;
      expect(policy.initial(seeded(7))).toEqual(policy.initial(seeded(7)));
      expect(policy.initial(seeded(7))).not.toEqual(policy.initial(seeded(8)));
    });

    test("moves, and leaves what it was given as it was", async () => {
      const { start, model, data } = table;
      const given = () => structuredClone({ policy: start.policy, model, data: { ...data } });
      const before = given();
      const { policy } = await improve();
      expect(given()).toEqual(before);
      expect(policy).not.toEqual(start.policy);
      await acting(policy, (actor) => actor.act(states, noise));
      expect(given()).toEqual(before);
    });

    test("moves by its stream alone: the same on one engine and on two, another with another stream", async () => {
      const once = await improve();
      expect(await improve()).toEqual(once);
      expect(await improve(undefined, 3, only(compute(), 1))).toEqual(once);
      expect((await improve(undefined, 4)).policy).not.toEqual(once.policy);
    });

    test("is plain data: a copy moves and acts as it does, bit for bit", async () => {
      const { policy } = await improve();
      const copy = structuredClone(policy);
      expect(copy).toEqual(policy);
      expect(await improve(copy, 5)).toEqual(await improve(policy, 5));
      const act = (of: unknown) => acting(of, (actor) => actor.act(states, noise));
      expect(await act(copy)).toEqual(await act(policy));
    });

    test("kept and recalled, through files too, is the same and goes on as if it had never stopped", async () => {
      const player = table.players.policy;
      for (const policy of [table.start.policy, (await improve()).policy]) {
        const again = openPlayers(table.task, table.settings, own).policy;
        const recalled = again.recall(new SnapshotReader(filed(player.keep(policy))));
        expect(recalled).toEqual(policy);
        expect(await improve(recalled, 5)).toEqual(await improve(policy, 5));
      }
    });

    test("reports J(π, M) of each member, finite", async () => {
      const { report } = await improve();
      expect(report.memberReturns).toHaveLength(table.players.model.view(table.model).members.length);
      expect(report.memberReturns.every(Number.isFinite)).toBe(true);
    });

    test("makes metrics of its reports that are JSON, and says how many moves an iteration has", async () => {
      const { kinds } = table.players;
      const settings = table.settings as never;
      const reports = [(await improve()).report, (await improve(undefined, 4)).report];
      const metrics = kinds.policy.metrics(reports, settings);
      expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics); // what NaN and ∞ would not be
      expect(kinds.policy.steps(settings)).toBeGreaterThanOrEqual(1);
    });

    test("has settings that can be made plain, once, and plays by them from the same state", async () => {
      const { kinds, model: player } = table.players;
      const copy = structuredClone(table.settings);
      const settings = kinds.policy.plain(table.settings as never);
      expect(table.settings).toEqual(copy);
      expect(kinds.policy.plain(settings)).toEqual(settings);
      const plain = kinds.policy.open(table.task, settings, table.players.unfitted);
      const view = player.view(table.model);
      const { report } = await plain.improve(table.scene(compute()), table.start.policy, view, table.data, seeded(3));
      expect(report.memberReturns.every(Number.isFinite)).toBe(true);
    });

    test("tells those who measure how it looks into the model", () => {
      const { discount, rolloutHorizon, trajectories } = table.players.policy.lookAhead;
      expect(discount).toBeGreaterThan(0);
      expect(discount).toBeLessThanOrEqual(1);
      expect(Math.min(rolloutHorizon, trajectories)).toBeGreaterThanOrEqual(1);
    });

    test("acts row by row, and leaves states and noise as they were", async () => {
      const copies = [states.slice(), noise.slice()];
      await acting(table.start.policy, async (actor) => {
        const all = await actor.act(states, noise);
        expect(all).toHaveLength(5);
        expect([states, noise]).toEqual(copies);
        for (const row of [0, 3]) {
          const [alone] = await actor.act(states.slice(2 * row, 2 * row + 2), noise.slice(row, row + 1));
          expect(alone).toBeCloseTo(all[row], 5); // rows of another batch round differently
        }
      });
    });

    const settings = tinySettingsWith(own, "pal", lineTask(), { players: { policy: name } }, patch);
    if (openPlayers(lineTask(), settings, own).policy.network) {
      test("has a network that acts as it does; without noise both give its mean", async () => {
        const { policy } = await improve();
        const net = table.players.policy.network!(policy);
        const [one, two] = [net.nodes("one"), net.nodes("two")]; // under any name, and two of them in one graph
        const [s, z] = [input("s", ["rows", 2]), input("z", ["rows", 1])];
        const tensors = { ...net.tensors("one"), ...net.tensors("two") };
        expect(Object.keys(tensors).sort()).toEqual(
          [...one.inputs, ...two.inputs].map((node) => node.attributes.name).sort(),
        );
        const program = await firstEngine(compute()).load(
          graph("network", [...one.inputs, ...two.inputs, s, z], { actions: one.act(s, z), mean: two.mean(s) }),
        );
        const fed = (draws: Float32Array) => ({
          ...tensors,
          s: { shape: [5, 2], data: states },
          z: { shape: [5, 1], data: draws },
        });
        const near = (x: ArrayLike<number>) => Array.from(x, (u) => expect.closeTo(u, 6));
        await acting(policy, async (actor) => {
          const { actions, mean } = await program.run(fed(noise));
          expect(Array.from(await actor.act(states, noise))).toEqual(near(actions.data));
          expect(Array.from(await actor.act(states, new Float32Array(5)))).toEqual(near(mean.data));
          const still = await program.run(fed(new Float32Array(5)));
          expect(Array.from(still.actions.data)).toEqual(near(mean.data));
        });
      });
    }
  });
}
