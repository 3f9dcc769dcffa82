import { writeFileSync } from "node:fs";
import { encodeSafetensors } from "../../dist/runs/safetensors.js";
import type { PeerWork } from "./peer-work.js";
import type { Opened, PeerProcess, Timed } from "./python.js";

/** Medians of a way of doing a work, per unit. */
export interface Way extends Timed {
  readonly name: string;
  readonly rounds: number;
}

/** A work of ours beside the other's ways. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly against: string;
  readonly threads: number;
  readonly target: number;
  readonly tolerance: number;
  readonly ours: Way;
  /** The other's ways, all of them; those far behind were dropped after two rounds. */
  readonly theirs: readonly Way[];
  /** Largest relative difference of the checked step, over all ways. */
  readonly difference: number;
  /** The other's fastest time over ours: by wall time, and by CPU time. */
  readonly times: { readonly wall: number; readonly cpu: number; readonly wallWay: string; readonly cpuWay: string };
  readonly without: Readonly<Record<string, string>>;
}

/** The two sides do not say the same: there is nothing to time. */
export class Disagreement extends Error {}

/** Runs of each turn last about this long, s: long beside what starts and ends them, short beside what disturbs the machine. */
const TURN = 0.15;
/** After two rounds, ways that are slower than the fastest by this factor, by wall and by CPU time, are out. */
const FAR_BEHIND = 1.6;

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

async function timed(run: () => Promise<void>, repeat: number): Promise<Timed> {
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  for (let i = 0; i < repeat; i++) await run();
  const { user, system } = process.cpuUsage(cpuStart);
  return { seconds: (performance.now() - start) / 1e3, cpuSeconds: (user + system) / 1e6 };
}

/** A way and its times so far, each of one run. */
interface Entry {
  readonly name: string;
  readonly repeat: number;
  readonly times: Timed[];
  run(repeat: number): Promise<Timed>;
}

async function entry(name: string, run: (repeat: number) => Promise<Timed>): Promise<Entry> {
  await run(1); // memory is taken, code is compiled
  const { seconds } = await run(1);
  return { name, run, repeat: Math.max(1, Math.round(TURN / seconds)), times: [] };
}

function wayOf({ name, times }: Entry, units: number): Way {
  const of = (key: keyof Timed) => median(times.map((each) => each[key])) / units;
  return { name, rounds: times.length, seconds: of("seconds"), cpuSeconds: of("cpuSeconds") };
}

const fastest = (ways: readonly Way[], key: keyof Timed): Way => ways.reduce((a, b) => (b[key] < a[key] ? b : a));

/**
 * All ways in turn, forth in one round and back in the next, medians.
 *
 * @param file where tensors go across
 * @throws {Disagreement} where a checked step differs
 */
export async function compared(
  work: PeerWork,
  peer: PeerProcess,
  file: string,
  threads: number,
  rounds: number,
): Promise<Comparison> {
  writeFileSync(file, encodeSafetensors(work.tensors));
  const opened: Opened = await peer.open(work.peer, file, work.sizes);
  const apart = Object.entries(opened.variants);
  const wrong = apart.filter(([, difference]) => !(difference <= work.tolerance));
  if (wrong.length > 0 || apart.length === 0) {
    const said = [...wrong.map(([name, d]) => `${name} is ${d} apart`), ...Object.values(opened.without)];
    throw new Disagreement(`${work.name}, tolerance ${work.tolerance}: ${said.join("; ")}`);
  }
  const ours = await entry("ours", (repeat) => timed(() => work.run(), repeat));
  let theirs: Entry[] = [];
  for (const [name] of apart) theirs.push(await entry(name, (repeat) => peer.run(name, repeat)));
  const out: Entry[] = [];
  for (let round = 0; round < rounds; round++) {
    const turn = [ours, ...theirs];
    for (const each of round % 2 === 0 ? turn : turn.reverse()) {
      const { seconds, cpuSeconds } = await each.run(each.repeat);
      each.times.push({ seconds: seconds / each.repeat, cpuSeconds: cpuSeconds / each.repeat });
    }
    if (round !== 1) continue;
    const ways = theirs.map((each) => wayOf(each, 1));
    const behind = (way: Way) =>
      (["seconds", "cpuSeconds"] as const).every((key) => way[key] > FAR_BEHIND * fastest(ways, key)[key]);
    out.push(...theirs.filter((_, i) => behind(ways[i])));
    theirs = theirs.filter((_, i) => !behind(ways[i]));
  }
  const own = wayOf(ours, work.units);
  const stayed = theirs.map((each) => wayOf(each, work.units));
  const [byWall, byCpu] = [fastest(stayed, "seconds"), fastest(stayed, "cpuSeconds")];
  const { name, unit, against, target, tolerance } = work;
  return {
    ...{ name, unit, against, threads, target, tolerance, ours: own },
    theirs: [...stayed, ...out.map((each) => wayOf(each, work.units))],
    difference: Math.max(...apart.map(([, difference]) => difference)),
    times: {
      wall: byWall.seconds / own.seconds,
      cpu: byCpu.cpuSeconds / own.cpuSeconds,
      wallWay: byWall.name,
      cpuWay: byCpu.name,
    },
    without: opened.without,
  };
}
