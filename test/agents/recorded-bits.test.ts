import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { GAMES, type Game } from "../../src/agents/defaults.js";
import type { SettingsPatch } from "../../src/agents/settings.js";
import type { Snapshot } from "../../src/agents/snapshot.js";
import { graph } from "../../src/compute/graph.js";
import { exp, input, matmul, sum, tanh } from "../../src/compute/operators.js";
import { createTask } from "../../src/envs/index.js";
import { fillNormal, seeded } from "../../src/random/rng.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

/**
 * Weights and metrics of the first iterations, as checksums that were recorded before the players got a seam of their own:
 * whatever is moved since, these are the same bits. `RECORD=1 npx vitest run test/agents/recorded-bits.test.ts` writes
 * them anew, where a change of numbers is meant.
 */
const FILE = fileURLToPath(new URL("recorded/bits.json", import.meta.url));

interface Case {
  readonly name: string;
  readonly algorithm: Game;
  readonly task: string;
  readonly patch: SettingsPatch;
}

const TASKS = ["point-mass", "inverted-pendulum", "hopper", "reacher-7dof"];
const SHORT: SettingsPatch = { data: { wholeEpisodes: false } };
const of = (algorithm: Game, task: string, what: string, patch: SettingsPatch): Case => ({
  name: `${algorithm} ${task}${what === "" ? "" : `, ${what}`}`,
  algorithm,
  task,
  patch: { ...patch, players: { policy: "npg" } },
});
const CASES: readonly Case[] = [
  ...GAMES.flatMap((algorithm) => TASKS.map((task) => of(algorithm, task, "", SHORT))),
  of("pal", "hopper", "whole episodes", {}),
  of("pal", "point-mass", "worst members and disagreement", {
    robust: { worstShare: 0.5, disagreementFrom: -1, disagreementTo: 0.5, disagreementIterations: 2 },
  }),
  of("pal", "point-mass", "total gradient", { npg: { stackelberg: "implicit" } }),
  of("pal", "hopper", "total gradient", { ...SHORT, npg: { stackelberg: "implicit" } }),
  of("mal", "point-mass", "learned reward, bootstrap, cold start", {
    model: { learnReward: true, rewardHidden: [8], bootstrap: true, warmStart: false },
  }),
  of("br", "reacher-7dof", "standardised inputs, raw loss", {
    ...SHORT,
    policy: { inputs: "standardized" },
    model: { loss: "raw", centerDelta: false, scale: "mean-absolute" },
  }),
  of("mal", "reacher-7dof", "changed forearm", {
    ...SHORT,
    task: { changes: [{ atSamples: 60, options: { forearm: "1.2" } }] },
  }),
  of("pal", "point-mass", "bound meter", { meter: { every: 1, npgSteps: 2 } }),
];

const sha256 = (update: (hash: ReturnType<typeof createHash>) => void): string => {
  const hash = createHash("sha256");
  update(hash);
  return hash.digest("hex").slice(0, 16);
};

/** Of the weights, moments, scalings and samples of a snapshot, and of what it says beside them. */
const checksum = ({ tensors, meta }: Snapshot): string =>
  sha256((hash) => {
    for (const name of Object.keys(tensors).sort()) {
      const { shape, data } = tensors[name];
      hash.update(`${name} ${shape} ${data.constructor.name}`);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    hash.update(JSON.stringify(Object.entries(meta).sort(([a], [b]) => (a < b ? -1 : 1))));
  });

const compute = useCompute(2);

async function bitsOf({ algorithm, task, patch }: Case): Promise<{ weights: string; metrics: string }> {
  const run = await playAll(tinySetup(algorithm, createTask(task), compute(), patch), 3);
  return {
    weights: checksum(run[run.length - 1].snapshot),
    metrics: sha256((hash) => hash.update(JSON.stringify(run.map(({ metrics }) => metrics)))),
  };
}

/**
 * How this machine rounds: a network with 64 × 64 weights, run by the engine, and the functions of JavaScript. Another
 * kind of processor, ONNX Runtime or V8 may give other last digits, and then checksums of runs cannot be compared.
 */
async function rounding(): Promise<string> {
  const [x, w] = [input("x", ["rows", 64]), input("w", [64, 64])];
  const program = await firstEngine(compute()).load(
    graph("rounding", [x, w], { y: exp(sum(tanh(matmul(tanh(matmul(x, w)), w)), [1])) }),
  );
  const rng = seeded(0);
  const normal = (rows: number) => ({ shape: [rows, 64], data: fillNormal(new Float32Array(rows * 64), rng) });
  const { y } = await program.run({ x: normal(500), w: normal(64) });
  const ours = Array.from({ length: 200 }, (_, i) => [
    Math.sin(i),
    Math.exp(i / 7),
    Math.log(i + 0.1),
    Math.tanh(i / 9),
  ]);
  return sha256((hash) => hash.update(new Uint8Array(y.data.buffer)).update(Float64Array.from(ours.flat())));
}

interface Recorded {
  /** Of the machine that they were recorded on. */
  readonly rounding: string;
  readonly cases: Readonly<Record<string, Awaited<ReturnType<typeof bitsOf>>>>;
}

const RECORDING = process.env.RECORD === "1";

describe("the first three iterations are the recorded ones, bit for bit", () => {
  const recorded = RECORDING ? undefined : (JSON.parse(readFileSync(FILE, "utf8")) as Recorded);
  const made: Record<string, Awaited<ReturnType<typeof bitsOf>>> = {};

  test.for(CASES)("$name", { timeout: 60_000 }, async (each, { skip }) => {
    if (recorded !== undefined && (await rounding()) !== recorded.rounding) skip("this machine rounds otherwise");
    const bits = await bitsOf(each);
    made[each.name] = bits;
    if (recorded !== undefined) expect(bits).toEqual(recorded.cases[each.name]);
    else if (each === CASES[CASES.length - 1])
      writeFileSync(FILE, `${JSON.stringify({ rounding: await rounding(), cases: made }, null, 2)}\n`);
  });
});
