/**
 * Claims about speed and memory, measured in one process: docs/benchmarks.md says what each line means.
 *
 *   npm run bench [-- --quick] [-- --json] [-- --engines 2] [-- --rounds 12] [-- --only ensemble]
 *
 * A report, not a test: it exits with 0 where a target is missed, and says so.
 */
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { wholeNumber } from "../dist/cli/arguments.js";
import type { Compute } from "../dist/compute/engine.js";
import { openNodeCompute } from "../dist/compute/engine-node.js";
import { versions } from "../dist/runs/versions.js";
import { actorCriticUpdate } from "./actor-critic-update.js";
import { cemDecision } from "./cem-decision.js";
import type { Scale } from "./claim.js";
import { ensembleStep, stepsInOneRun } from "./ensemble-step.js";
import { chunksOfRows, fisherProduct } from "./fisher-product.js";
import { ITERATION_TARGET, MEMORY_TARGET, palIteration } from "./pal-iteration.js";
import { isCrowded, type Peak, peakOf, peakWorks } from "./peak.js";
import { type FloorLine, type IterationLine, type Report, type SideBySideLine, show } from "./report.js";
import { rolloutStep } from "./rollout-step.js";
import { sacUpdate } from "./sac-update.js";
import { FULL, QUICK } from "./scales.js";
import { steveUpdate } from "./steve-update.js";
import { leastTimes } from "./timing.js";

/** First of all: the process's peak of memory is then theirs. */
async function iterationLines(compute: Compute, quick: boolean): Promise<IterationLine[]> {
  const lines: IterationLine[] = [];
  for (const full of [false, true]) {
    const times = await palIteration(compute, quick, full);
    lines.push({ ...times, target: ITERATION_TARGET, met: times.seconds.total <= ITERATION_TARGET });
  }
  return lines;
}

/**
 * The floor claims, timed in turn with the products that they are compared with.
 *
 * @param only part of the names of those wanted; absent: all
 */
async function floorLines(
  compute: Compute,
  scale: Scale,
  rounds: number,
  only = "",
): Promise<{ peaks: Peak[]; floors: FloorLine[] }> {
  const engines = compute.engines.length;
  const alone = await peakWorks(compute, 1);
  const together = engines === 1 ? alone : await peakWorks(compute, engines);
  const all = await Promise.all(
    [ensembleStep, rolloutStep, fisherProduct, actorCriticUpdate, cemDecision, sacUpdate, steveUpdate].map((make) =>
      make(compute, scale),
    ),
  );
  const claims = all.filter(({ name }) => name.includes(only));
  if (claims.length === 0) throw new Error(`--only ${only}: there is ${all.map(({ name }) => name).join("; ")}`);
  const times = await leastTimes([...new Set([...alone, ...together]), ...claims], rounds);
  const [one, every] = [peakOf(alone, times), peakOf(together, times)];
  const floors = claims.map(({ name, unit, units, flops, target, alone: single = false }) => {
    const peak = single ? one : every;
    const { seconds, cpuSeconds } = times.get(name)!;
    const ratio = (seconds * peak.flopsPerSecond) / flops;
    return {
      name,
      unit,
      engines: single ? 1 : engines,
      flops: flops / units,
      seconds: seconds / units,
      ratio,
      cpuRatio: (cpuSeconds * peak.flopsPerCpuSecond) / flops,
      target,
      met: ratio <= target,
    };
  });
  return { peaks: engines === 1 ? [every] : [one, every], floors };
}

async function sideBySideLines(compute: Compute, scale: Scale, rounds: number): Promise<SideBySideLine[]> {
  const pairs = await Promise.all([stepsInOneRun, chunksOfRows].map((make) => make(compute, scale)));
  const times = await leastTimes(
    pairs.flatMap(({ ours, other }) => [ours, other]),
    rounds,
  );
  return pairs.map(({ ours, other }) => {
    const [seconds, otherSeconds] = [times.get(ours.name)!.seconds, times.get(other.name)!.seconds];
    return { ours: ours.name, other: other.name, seconds, otherSeconds, times: otherSeconds / seconds };
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      engines: { type: "string", default: String(Math.min(2, availableParallelism())) },
      rounds: { type: "string" },
      only: { type: "string" },
    },
  });
  const { quick, json, only } = values;
  const rounds = values.rounds === undefined ? (quick ? 2 : 12) : wholeNumber("--rounds", 1)(values.rounds);
  const scale = quick ? QUICK : FULL;
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: availableParallelism(), load: loadavg()[0] };
  const compute = await openNodeCompute({ workers: wholeNumber("--engines", 1)(values.engines) });
  try {
    const iterations = only === undefined ? await iterationLines(compute, quick) : [];
    const peakMemory = process.resourceUsage().maxRSS * 1024;
    const { peaks, floors } = await floorLines(compute, scale, rounds, only);
    const sideBySide = only !== undefined ? [] : await sideBySideLines(compute, scale, Math.ceil(rounds / 3));
    const memory = { peak: peakMemory, target: MEMORY_TARGET, met: peakMemory <= MEMORY_TARGET };
    const report: Report = {
      quick,
      machine,
      versions: versions(),
      rounds,
      peaks,
      crowded: isCrowded(peaks[0], peaks.at(-1)!),
      floors,
      iterations,
      memory: only === undefined ? memory : null,
      sideBySide,
    };
    console.log(json ? JSON.stringify(report) : show(report));
  } finally {
    await compute.close();
  }
}

await main();
