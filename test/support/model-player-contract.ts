import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SnapshotReader } from "../../src/agents/snapshot-reader.js";
import { type ModelName, modelKind, openPlayers } from "../../src/agents/ways.js";
import type { Compute } from "../../src/compute/engine.js";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import type { DynamicsNet, Model } from "../../src/mdp/parametric.js";
import { seeded } from "../../src/random/rng.js";
import { kindContract } from "./kind-contract.js";
import { lineTask } from "./line-task.js";
import type { AnyPatch } from "./tiny-run.js";
import { filed, type TinyTable, tinyTable } from "./tiny-table.js";
import { firstEngine, only } from "./use-compute.js";

/** What every model player that predicts must do. @param compute of two engines */
export function modelPlayerContract(name: ModelName, compute: () => Compute, patch: AnyPatch = {}): void {
  describe(`the model player ${name} with ${JSON.stringify(patch)}, as every one,`, { timeout: 60_000 }, () => {
    let table: TinyTable;
    beforeAll(async () => {
      table = await tinyTable(compute(), { model: name }, [patch]);
    }, 60_000);
    afterAll(() => table.close());

    /** The same rows, as if a hundred more had been gathered: enough to fit again. */
    const later = () => ({ ...table.data, gathered: table.data.gathered + 100 });
    /** A fit of M_0, or of another model. */
    const refit = (model: unknown = table.start.model, seed = 3, on = compute(), data = table.data) =>
      table.players.model.fit(table.scene(on), model, data, seeded(seed));
    const view = (model = table.model) => table.players.model.view(model) as Model;

    kindContract(modelKind(name), lineTask());

    test("begins as a function of its stream alone", () => {
      const { model } = table.players;
      expect(model.initial(seeded(7))).toEqual(model.initial(seeded(7)));
      expect(model.initial(seeded(7))).not.toEqual(model.initial(seeded(8)));
    });

    test("is fitted, and leaves what it was given as it was", async () => {
      const { start, data } = table;
      const given = () => structuredClone({ model: start.model, data: { ...data } });
      const before = given();
      const { model } = await refit();
      expect(given()).toEqual(before);
      expect(model).not.toEqual(start.model);
    });

    test("is fitted by its stream alone: the same on one engine and on two, another with another stream", async () => {
      const once = await refit();
      expect(await refit()).toEqual(once);
      expect(await refit(undefined, 3, only(compute(), 1))).toEqual(once);
      expect((await refit(undefined, 4)).model).not.toEqual(once.model);
    });

    test("is plain data: a copy is fitted as it is, bit for bit", async () => {
      const copy = structuredClone(table.model);
      expect(copy).toEqual(table.model);
      const [again, once] = [await refit(copy, 5, compute(), later()), await refit(table.model, 5, compute(), later())];
      expect(again).toEqual(once);
      expect(once.model).not.toEqual(table.model);
    });

    test("kept and recalled, through files too, is the same and goes on as if it had never stopped", async () => {
      for (const model of [table.start.model, table.model]) {
        const again = openPlayers(table.task, table.settings).model;
        const recalled = again.recall(new SnapshotReader(filed(table.players.model.keep(model))));
        expect(recalled).toEqual(model);
        expect(await refit(recalled, 5, compute(), later())).toEqual(await refit(model, 5, compute(), later()));
      }
    });

    test("knows how many samples it has seen", async () => {
      expect(view(table.start.model).seenSamples).toBe(0);
      expect(view().seenSamples).toBe(table.data.gathered);
      const { model } = await refit(table.model, 3, compute(), later());
      expect(view(model).seenSamples).toBe(later().gathered);
    });

    test("reports its error before and after in units of σ_Δ, an entry each, and its steps", async () => {
      const report = (await refit()).report!;
      expect(report.byDimension).toHaveLength(2);
      for (const x of [report.before, report.after, report.loss, ...report.byDimension])
        expect(Number.isFinite(x)).toBe(true);
      expect(report.before).toBeGreaterThan(0);
      expect(report.steps).toBeGreaterThanOrEqual(1);
    });

    test("shows members of which each has a name for its nodes, and units of the states", () => {
      const { members, stateFactor, deltaScale } = view();
      expect(members.length).toBeGreaterThanOrEqual(1);
      expect([stateFactor.length, deltaScale.length]).toEqual([2, 2]);
      expect(deltaScale[0]).toBeGreaterThan(0);
      expect(deltaScale[1]).toBe(0); // the goal never changes within an episode
      const shapes = (member: DynamicsNet) =>
        Object.entries(member.tensors("m")).map(([key, { shape }]) => [key, shape]);
      for (const member of members) {
        expect(JSON.parse(JSON.stringify(member.key))).toEqual(member.key);
        for (const other of members)
          if (JSON.stringify(other.key) === JSON.stringify(member.key)) expect(shapes(other)).toEqual(shapes(member));
      }
    });

    test("each member's tensors feed its nodes; its mean step is s + σ_Δ · change; what never changes stays", async () => {
      const { observations, actions, size } = table.data;
      const { members, deltaScale } = view();
      const changes = await Promise.all(
        members.map(async (member) => {
          const [one, two] = [member.nodes("one"), member.nodes("two")]; // under any name, and two of them in one graph
          const [s, a] = [input("s", ["rows", 2]), input("a", ["rows", 1])];
          const chance = member.noiseSize === 0 ? undefined : input("chance", ["rows", member.noiseSize]);
          const { next, reward } = one.step(s, a, chance);
          expect(reward !== undefined).toBe(member.learnsReward);
          const tensors = { ...member.tensors("one"), ...member.tensors("two") };
          expect(Object.keys(tensors).sort()).toEqual(
            [...one.inputs, ...two.inputs].map((node) => node.attributes.name).sort(),
          );
          const program = await firstEngine(compute()).load(
            graph("member", [...one.inputs, ...two.inputs, s, a, ...(chance === undefined ? [] : [chance])], {
              next,
              change: two.change(s, a),
              ...(reward && { reward }),
            }),
          );
          const results = await program.run({
            ...tensors,
            s: { shape: [size, 2], data: observations },
            a: { shape: [size, 1], data: actions },
            ...(chance && {
              chance: { shape: [size, member.noiseSize], data: new Float32Array(size * member.noiseSize) },
            }),
          });
          const [after, change] = [results.next.data, results.change.data];
          observations.forEach((x, i) => {
            if (i % 2 === 1) expect(after[i]).toBe(x);
            else expect(after[i]).toBeCloseTo(x + deltaScale[0] * change[i], 5);
          });
          if (reward !== undefined) {
            expect(results.reward.data).toHaveLength(size);
            expect(Array.from(results.reward.data).every(Number.isFinite)).toBe(true);
          }
          return Array.from(change);
        }),
      );
      expect(Math.max(...changes[0].map(Math.abs))).toBeGreaterThan(0);
      if (members.length > 1) expect(changes[1]).not.toEqual(changes[0]);
    });

    test("all members side by side step as each does by itself, with noise too", async () => {
      const { members, together } = view();
      const [all, count] = [members.length, 10];
      expect([together.noiseSize, together.learnsReward]).toEqual([members[0].noiseSize, members[0].learnsReward]);
      const rng = seeded(8);
      const pick = (table: Float32Array, width: number) =>
        Float32Array.from({ length: all * count * width }, (_, i) => table[i % table.length]);
      const [s, a] = [pick(table.data.observations, 2), pick(table.data.actions, 1)];
      const chance = Float32Array.from({ length: all * count * together.noiseSize }, () => rng.normal());
      const steps = async (net: DynamicsNet, leading: readonly number[], at: number) => {
        const table = (name: string, width: number) => input(name, [...leading, "rows", width]);
        const part = (data: Float32Array, width: number) => ({
          shape: [...leading, count, width],
          data: leading.length > 0 ? data : data.subarray(at * count * width, (at + 1) * count * width),
        });
        const nodes = net.nodes("m");
        const [states, actions] = [table("s", 2), table("a", 1)];
        const noise = net.noiseSize === 0 ? undefined : table("chance", net.noiseSize);
        const { next, reward } = nodes.step(states, actions, noise);
        const tensors = net.tensors("m");
        expect(Object.keys(tensors).sort()).toEqual(nodes.inputs.map((node) => node.attributes.name).sort());
        const program = await firstEngine(compute()).load(
          graph("side by side", [...nodes.inputs, states, actions, ...(noise === undefined ? [] : [noise])], {
            next,
            change: nodes.change(states, actions),
            ...(reward && { reward }),
          }),
        );
        const results = await program.run({
          ...tensors,
          s: part(s, 2),
          a: part(a, 1),
          ...(noise && { chance: part(chance, net.noiseSize) }),
        });
        return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, Array.from(data)]));
      };
      const whole = await steps(together, [all], 0);
      for (let i = 0; i < all; i++) {
        for (const [name, values] of Object.entries(await steps(members[i], [], i))) {
          const own = whole[name].slice(i * values.length, (i + 1) * values.length);
          expect(own).toEqual(values.map((x) => expect.closeTo(x, 5)));
        }
      }
    });
  });
}
