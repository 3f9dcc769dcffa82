import type { Compute, Engine } from "../dist/compute/engine.js";
import { graph } from "../dist/compute/graph.js";
import { input, loop, matmul, sum } from "../dist/compute/operators.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { Least, Work } from "./timing.js";

/** An [rows, width] × [width, width] product, so many times a run. */
interface ProductSize {
  readonly rows: number;
  readonly width: number;
  readonly rounds: number;
}

/** The ensemble's own largest product, and two squares that fit the caches differently: about 2 GFLOP a run each. */
const SIZES: readonly ProductSize[] = [
  { rows: 200, width: 512, rounds: 20 },
  { rows: 512, width: 512, rounds: 8 },
  { rows: 1024, width: 1024, rounds: 1 },
];

const show = ({ rows, width }: ProductSize): string => `[${rows}, ${width}] × [${width}, ${width}]`;
const flopsOf = ({ rows, width, rounds }: ProductSize): number => 2 * rows * width * width * rounds;

/** Products one after the other in a loop on each of these engines at the same time, as our programs make them. */
export interface PeakWork extends Work {
  readonly engines: number;
  readonly size: string;
  /** On all engines together. */
  readonly flops: number;
}

async function onEngine(engine: Engine, { rows, width, rounds }: ProductSize): Promise<() => Promise<void>> {
  const [x, w] = [input("x", [rows, width]), input("w", [width, width])];
  const count = input("rounds", [], "int32");
  const product = loop(count, [x], (_, carried) => ({ next: [matmul(carried, w)] })).carried[0];
  const rng = seeded(0);
  const random = (length: number, scale: number) => fillNormal(new Float32Array(length), rng).map((v) => scale * v);
  const program = await (await engine.load(graph(`product ${rows}`, [x, w, count], { total: sum(product) }))).bind({
    x: { shape: [rows, width], data: random(rows * width, 1) },
    w: { shape: [width, width], data: random(width * width, 1 / Math.sqrt(width)) }, // keeps the size of x
    rounds: { shape: [], data: Int32Array.of(rounds) },
  });
  return async () => void (await program.run({}));
}

/** The products of all sizes on the first `engines` engines. */
export async function peakWorks(compute: Compute, engines: number): Promise<readonly PeakWork[]> {
  const used = compute.engines.slice(0, engines);
  return Promise.all(
    SIZES.map(async (size) => {
      const runs = await Promise.all(used.map((engine) => onEngine(engine, size)));
      return {
        name: `${show(size)} on ${engines}`,
        engines,
        size: show(size),
        flops: flopsOf(size) * engines,
        run: async () => void (await Promise.all(runs.map((run) => run()))),
      };
    }),
  );
}

/** The most that products reached. */
export interface Peak {
  readonly engines: number;
  /** Size of the product that reached it. */
  readonly size: string;
  /** Per second of wall time, all engines together. */
  readonly flopsPerSecond: number;
  /** Per second of CPU time. */
  readonly flopsPerCpuSecond: number;
}

export function peakOf(works: readonly PeakWork[], times: ReadonlyMap<string, Least>): Peak {
  const rates = works.map(({ engines, size, flops, name }) => {
    const { seconds, cpuSeconds } = times.get(name)!;
    return { engines, size, flopsPerSecond: flops / seconds, flopsPerCpuSecond: flops / cpuSeconds };
  });
  const best = rates.reduce((a, b) => (b.flopsPerSecond > a.flopsPerSecond ? b : a));
  return { ...best, flopsPerCpuSecond: Math.max(...rates.map((rate) => rate.flopsPerCpuSecond)) };
}

/** Cores that lie idle give n engines nearly n times the peak of one; less than this share of it, and they are not. */
const SHARE_OF_CORES = 0.75;

/** Whether the engines together were held back by other work, or by cores that are fewer than they. */
export function isCrowded(alone: Peak, together: Peak): boolean {
  return together.flopsPerSecond < SHARE_OF_CORES * together.engines * alone.flopsPerSecond;
}
