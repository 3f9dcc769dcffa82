import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openNodeCompute } from "../../src/compute/engine-node.js";
import { graph } from "../../src/compute/graph.js";
import * as op from "../../src/compute/operators.js";
import { shareOut } from "../../src/compute/share.js";
import { ComputeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { tensorsFor } from "../support/agreement.js";
import { engineContract, int, tensor } from "../support/engine-contract.js";
import { openTestCompute } from "../support/engines.js";
import { loopPrograms } from "../support/programs.js";

engineContract("onnxruntime-node", () => openTestCompute());

const x = op.input("x", [2]);
const count = op.input("count", [], "int32");
/** About 10 ns a round: as long as a test needs it. */
const slow = graph("slow", [x, count], { y: op.loop(count, [x], (_, y) => ({ next: [op.cos(y)] })).carried[0] });
const double = graph("double", [x], { y: op.mul(x, 2) });
const two = tensor([2], [1, 2]);

describe("several workers", () => {
  test("all treat denormal numbers as zero, whichever opened its session first", async () => {
    const product = graph("product", [x], { y: op.mul(x, 1e-10) });
    const compute = await openTestCompute({ workers: 3 });
    const results = await Promise.all(
      compute.engines.map(async (engine) => (await engine.load(product)).run({ x: tensor([2], [1e-30, 1]) })),
    );
    await compute.close();
    for (const { y } of results) expect(y.data[0]).toBe(0); // 1e-40 is below float32's smallest normal number
  });

  test("give the same bits, however many they are", async () => {
    const programs = Array.from({ length: 6 }, (_, i) => loopPrograms(seeded(i))[0]);
    const resultsOf = async (workers: number) => {
      const compute = await openTestCompute({ workers });
      expect(compute.engines).toHaveLength(workers);
      const results = await shareOut(compute, programs, async (engine, { graph: g, feeds }) =>
        (await engine.load(g)).run(tensorsFor(g, feeds)),
      );
      await compute.close();
      return results;
    };
    const alone = await resultsOf(1);
    expect(await resultsOf(2)).toEqual(alone);
    expect(await resultsOf(3)).toEqual(alone);
  });

  test("run at the same time, and leave the caller's thread free", async () => {
    const compute = await openTestCompute({ workers: 2 });
    const order: string[] = [];
    const long = (await compute.engines[0].load(slow))
      .run({ x: two, count: int(200_000) })
      .then(() => order.push("long"));
    const short = (await compute.engines[1].load(double)).run({ x: two }).then(() => order.push("short"));
    await new Promise((resolve) => setTimeout(resolve, 1)).then(() => order.push("timer"));
    await Promise.all([long, short]);
    expect(order.at(-1)).toBe("long");
    expect([...order].sort()).toEqual(["long", "short", "timer"]);
    await compute.close();
  });
});

describe("what cannot be opened is refused, with a way out:", () => {
  test.each([0, -1, 1.5, Number.NaN, 65, 1000])("%d workers", async (workers) => {
    await expect(openTestCompute({ workers })).rejects.toThrow(
      new RegExp(`^workers: must be a whole number from 1 to 64, got ${workers}\\. Leave it out`),
    );
    await expect(openTestCompute({ workers })).rejects.toThrow(ComputeError);
  });

  test("a provider that this machine does not have", async () => {
    const opened = openTestCompute({ provider: "nowhere" as "cuda" });
    await expect(opened).rejects.toThrow(ComputeError);
    await expect(opened).rejects.toThrow(
      /^provider nowhere: is not available here \(.*backend not found\)\. Use the provider cpu, which runs everywhere\.$/,
    );
  });

  test("cuda without CUDA libraries", async ({ skip }) => {
    const outcome = await openTestCompute({ provider: "cuda" }).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) {
      await (outcome as Awaited<ReturnType<typeof openTestCompute>>).close();
      return skip("CUDA is available here");
    }
    expect(outcome).toBeInstanceOf(ComputeError);
    expect(outcome.message).toMatch(/^provider cuda: is not available here \(.*\)\. Use the provider cpu/s);
  });

  test("a worker whose code is not there", async () => {
    const opened = openNodeCompute({ workers: 1, workerUrl: new URL("file:///nowhere/engine-worker.js") });
    await expect(opened).rejects.toThrow(ComputeError);
    await expect(opened).rejects.toThrow(/^engine: its worker thread failed \(.*nowhere/);
  });
});

describe("stopped in the middle of a run,", () => {
  test("an engine rejects that run and those that wait, and ends when ONNX Runtime does", async () => {
    const compute = await openTestCompute();
    const program = await compute.engines[0].load(slow);
    const rejected = [1, 2, 3].map(() =>
      expect(program.run({ x: two, count: int(300_000) })).rejects.toThrow("engine: it has been closed"),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await compute.close();
    await Promise.all(rejected);
  });

  // A worker thread that is torn down while onnxruntime-node computes aborts the whole process (exit code 134).
  test.each([
    ["process.exit", "process.exit(3)", 3],
    ["an error that nobody catches", "throw new Error('boom')", 1],
    ["close", "await compute.close(); process.exitCode = 5", 5],
  ])("a process ends in good order by %s", (_, end, code) => {
    const at = (path: string) => JSON.stringify(new URL(`../../dist/compute/${path}`, import.meta.url).href);
    const script = `
      const { openNodeCompute } = await import(${at("engine-node.js")});
      const { input, loop, cos } = await import(${at("operators.js")});
      const { graph } = await import(${at("graph.js")});
      const [x, count] = [input("x", [2]), input("count", [], "int32")];
      const compute = await openNodeCompute({ workers: 2 });
      for (const engine of compute.engines) {
        const program = await engine.load(graph("slow", [x, count], { y: loop(count, [x], (_, y) => ({ next: [cos(y)] })).carried[0] }));
        const feeds = { x: { shape: [2], data: new Float32Array(2) }, count: { shape: [], data: Int32Array.of(300_000) } };
        for (let i = 0; i < 10; i++) program.run(feeds).catch(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      ${end};`;
    const file = join(mkdtempSync(join(tmpdir(), "stackelberg-")), "program.mjs");
    writeFileSync(file, script);
    const { status, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
    rmSync(dirname(file), { recursive: true });
    expect({ status, stderr }).toEqual({ status: code, stderr: code === 1 ? expect.stringContaining("boom") : "" });
  });
});
