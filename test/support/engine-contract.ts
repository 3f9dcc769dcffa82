import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Compute, Engine, Tensor, Tensors } from "../../src/compute/engine.js";
import { graph } from "../../src/compute/graph.js";
import * as op from "../../src/compute/operators.js";
import { ComputeError, ShapeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { errorOn, OPERATOR_TOLERANCE, PROGRAM_TOLERANCE, runOn, SAMPLES } from "./agreement.js";
import { differentiated } from "./differentiated.js";
import { OPERATOR_CASES } from "./operator-cases.js";
import { loopPrograms, network } from "./programs.js";

export const tensor = (shape: readonly number[], data: readonly number[]): Tensor => ({
  shape,
  data: Float32Array.from(data),
});
export const int = (x: number): Tensor => ({ shape: [], data: Int32Array.of(x) });

/** What every engine must do. Each implementation runs this suite. */
export function engineContract(title: string, open: () => Promise<Compute>): void {
  describe(`${title}, as every engine,`, () => {
    let compute: Compute;
    let engine: Engine;
    beforeAll(async () => {
      compute = await open();
      engine = compute.engines[0];
    });
    afterAll(() => compute.close());

    describe("agrees with the float64 reference, in values, VJPs and JVPs:", () => {
      test.each(OPERATOR_CASES)("$title", async ({ samples }) => {
        for (const sample of fc.sample(samples, SAMPLES)) {
          const program = differentiated(sample);
          expect(await errorOn(engine, program.graph, program.feeds)).toBeLessThan(OPERATOR_TOLERANCE);
        }
      });

      test("a whole loss and its gradient", async () => {
        const { parameters, data, loss, prediction, feeds } = network(seeded(0));
        const program = differentiated({
          inputs: [...parameters, ...data],
          output: op.add(loss, op.mean(prediction)),
          differentiable: parameters,
          feeds,
        });
        expect(await errorOn(engine, program.graph, program.feeds)).toBeLessThan(PROGRAM_TOLERANCE);
      });

      test.each(loopPrograms(seeded(1)))("$title", async ({ graph: g, feeds }) => {
        expect(await errorOn(engine, g, feeds)).toBeLessThan(PROGRAM_TOLERANCE);
      });
    });

    const x = op.input("x", ["batch", 2]);
    const w = op.input("w", [2, 3]);
    const product = graph("product", [x, w], { y: op.matmul(x, w) });
    const ones = tensor([2, 3], [1, 1, 1, 1, 1, 1]);
    const twos = tensor([2, 3], [2, 2, 2, 2, 2, 2]);
    const row = (a: number, b: number) => tensor([1, 2], [a, b]);

    describe("takes shapes as they come:", () => {
      test("a dynamic axis may have another length at each run, and none at all", async () => {
        const program = await engine.load(product);
        for (const batch of [3, 1, 0, 2]) {
          const { y } = await program.run({ x: tensor([batch, 2], Array(2 * batch).fill(1)), w: ones });
          expect(y).toEqual({ shape: [batch, 3], data: new Float32Array(3 * batch).fill(2) });
        }
      });

      test("a loop may have no round: the carried values come out as they went in", async () => {
        const [start, count] = [op.input("start", [2]), op.input("count", [], "int32")];
        const { carried, stacked } = op.loop(count, [start], (_, y) => ({ next: [op.sin(y)], stacked: [op.sum(y)] }));
        const program = await engine.load(graph("none", [start, count], { end: carried[0], sums: stacked[0] }));
        const { end, sums } = await program.run({ start: tensor([2], [1, 2]), count: int(0) });
        expect(end).toEqual(tensor([2], [1, 2]));
        expect(sums).toEqual({ shape: [0], data: new Float32Array(0) });
      });

      test("an input that no output needs is accepted", async () => {
        const program = await engine.load(graph("idle", [x, w], { y: op.neg(x) }));
        expect((await program.run({ x: row(1, -2), w: ones })).y).toEqual(row(-1, 2));
      });

      test("an input may be an output, and one value two outputs", async () => {
        const y = op.neg(x);
        const program = await engine.load(graph("echo", [x], { same: x, once: y, twice: y }));
        const input = row(1, -2);
        for (let i = 0; i < 2; i++)
          expect(await program.run({ x: input })).toEqual({ same: row(1, -2), once: row(-1, 2), twice: row(-1, 2) });
      });

      test("a view feeds its own part only", async () => {
        const all = Float32Array.from([9, 9, 1, 2, 9]);
        const { y } = await (await engine.load(product)).run({
          x: { shape: [1, 2], data: all.subarray(2, 4) },
          w: ones,
        });
        expect(y).toEqual(tensor([1, 3], [3, 3, 3]));
      });

      test("inputs may be called like the encoder's own values", async () => {
        const names = ["v0", "c0", "v1", "body", "x"];
        const inputs = names.map((name) => op.input(name, []));
        const y = inputs.map((node, i) => op.mul(op.add(node, 0.5), i + 2)).reduce(op.add);
        const program = await engine.load(graph("names", inputs, { y, v2: op.neg(y) }));
        const results = await program.run(Object.fromEntries(names.map((name, i) => [name, tensor([], [i])])));
        expect(results.y.data[0]).toBe(0.5 * 2 + 1.5 * 3 + 2.5 * 4 + 3.5 * 5 + 4.5 * 6);
        expect(results.v2.data[0]).toBe(-results.y.data[0]);
      });
    });

    test("NaN and infinities pass through as float arithmetic has them", async () => {
      const special = op.constant([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5], [4]);
      const y = op.input("y", [4]);
      const g = graph("special", [y], {
        kept: op.add(special, y),
        inverse: op.div(1, op.mul(special, y)),
        gated: op.gate(special, y),
        log: op.log(op.neg(special)),
      });
      const { kept, inverse, gated, log } = await (await engine.load(g)).run({ y: tensor([4], [1, 1, 1, 1]) });
      const float = (...entries: readonly number[]) => Float32Array.from(entries);
      expect(kept.data).toEqual(float(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5));
      expect(inverse.data).toEqual(float(Number.NaN, 0, -0, 2));
      expect(gated.data).toEqual(float(0, 1, 0, 1));
      expect(log.data).toEqual(float(Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN));
    });

    describe("keeps bound inputs:", () => {
      test("a bound program gives what the whole program gives, however often it runs", async () => {
        const program = await engine.load(product);
        const bound = await program.bind({ w: twos });
        const whole = await program.run({ x: row(1, 2), w: twos });
        for (let i = 0; i < 3; i++) expect(await bound.run({ x: row(1, 2) })).toEqual(whole);
        await bound.release();
      });

      test("two bindings of one program do not know of each other", async () => {
        const program = await engine.load(product);
        const [a, b] = [await program.bind({ w: ones }), await program.bind({ w: twos })];
        const results = await Promise.all([a.run({ x: row(1, 1) }), b.run({ x: row(1, 1) }), a.run({ x: row(2, 2) })]);
        expect(results.map(({ y }) => y.data[0])).toEqual([2, 4, 4]);
        await a.release();
        expect((await b.run({ x: row(1, 1) })).y.data[0]).toBe(4);
        await b.release();
      });

      test("a bound input that is an output too stays in place", async () => {
        const program = await engine.load(graph("keeper", [x, w], { w1: w, y: op.matmul(x, w) }));
        const bound = await program.bind({ w: ones });
        for (let i = 0; i < 3; i++) expect((await bound.run({ x: row(1, 1) })).w1).toEqual(ones);
        await bound.release();
      });

      test("released ones are gone", async () => {
        const bound = await (await engine.load(product)).bind({ w: ones });
        await bound.release();
        await expect(bound.run({ x: row(1, 1) })).rejects.toThrow(ComputeError);
        await expect(bound.run({ x: row(1, 1) })).rejects.toThrow(
          "graph product: its bound inputs have been released. Bind them again.",
        );
      });

      test("what does not fit is refused when it is bound", async () => {
        const program = await engine.load(product);
        await expect(program.bind({ w: tensor([3, 2], [1, 1, 1, 1, 1, 1]) })).rejects.toThrow(
          "input w needs [2, 3], got [3, 2]",
        );
        await expect(program.bind({ v: ones })).rejects.toThrow("graph product: has no input v. It takes x, w.");
      });
    });

    describe("owes nothing to the order of requests:", () => {
      test("many requests at once each get their own answer", async () => {
        const scaled = (factor: number) => graph(`by${factor}`, [x], { y: op.mul(x, factor) });
        const graphs = [2, 3, 5].map(scaled);
        const results = await Promise.all(
          Array.from({ length: 30 }, async (_, i) => (await engine.load(graphs[i % 3])).run({ x: row(i, -i) })),
        );
        results.forEach(({ y }, i) => {
          expect(y).toEqual(row([2, 3, 5][i % 3] * i, -[2, 3, 5][i % 3] * i));
        });
      });

      test("the same inputs give the same bits", async () => {
        const { graph: g, feeds } = loopPrograms(seeded(2))[0];
        const first = await runOn(engine, g, feeds);
        for (let i = 0; i < 3; i++) expect(await runOn(engine, g, feeds)).toEqual(first);
      });

      test("the same graph is compiled once", async () => {
        const [first, second] = await Promise.all([engine.load(product), engine.load(product)]);
        expect(first).toBe(second);
      });

      test("arrays stay the caller's: they are not taken away, and may be changed as soon as a run has been asked for", async () => {
        const program = await engine.load(product);
        const [a, b] = [Float32Array.from([1, 2]), Float32Array.from(ones.data)];
        const bound = await program.bind({ w: { shape: [2, 3], data: b } });
        b.fill(7);
        const asked = bound.run({ x: { shape: [1, 2], data: a } });
        a.fill(7);
        expect((await asked).y.data[0]).toBe(3);
        expect([...a, b.length]).toEqual([7, 7, 6]);
        await bound.release();
      });
    });

    describe("refuses, and says why:", () => {
      const refused = async (inputs: Tensors, message: string) => {
        const program = await engine.load(product);
        await expect(program.run(inputs)).rejects.toThrow(ShapeError);
        await expect(program.run(inputs)).rejects.toThrow(message);
      };

      test("a missing input", () => refused({ x: row(1, 2) }, "graph product: input w [2, 3] is missing. Feed it."));
      test("an unknown input", () =>
        refused({ x: row(1, 2), w: ones, z: ones }, "graph product: has no input z. It takes x, w."));
      test("another shape", () =>
        refused(
          { x: tensor([1, 3], [1, 2, 3]), w: ones },
          "graph product: input x needs [batch, 2], got [1, 3] with 3 numbers.",
        ));
      test("another type", () =>
        refused(
          { x: { shape: [1, 2], data: Int32Array.of(1, 2) }, w: ones },
          "graph product: input x needs float32, got Int32Array. Convert it.",
        ));

      test("what fails while it runs, with the graph's name; the engine then goes on", async () => {
        const indices = op.input("indices", ["picks"], "int32");
        const program = await engine.load(graph("picker", [x, indices], { y: op.gatherRows(x, indices) }));
        const pick = (i: number) => program.run({ x: row(1, 2), indices: { shape: [1], data: Int32Array.of(i) } });
        await expect(pick(5)).rejects.toThrow(ComputeError);
        await expect(pick(5)).rejects.toThrow(/^graph picker: .*out of/s);
        expect((await pick(0)).y).toEqual(row(1, 2));
      });
    });

    test("closed, it refuses all requests", async () => {
      const other = await open();
      const program = await other.engines[0].load(product);
      await other.close();
      await expect(program.run({ x: row(1, 2), w: ones })).rejects.toThrow(ComputeError);
      await expect(other.engines[0].load(graph("late", [x], { y: op.sin(x) }))).rejects.toThrow("Open a new one");
    });
  });
}
