import type { IterationTimes } from "./pal-iteration.js";
import type { Peak } from "./peak.js";

/** A claim on the distance to the arithmetic floor. */
export interface FloorLine {
  readonly name: string;
  readonly unit: string;
  readonly engines: number;
  /** Of matrix products, per unit. */
  readonly flops: number;
  /** Least wall time of a unit, s. */
  readonly seconds: number;
  /** Its time over that of its flops at the peak of the same engines. */
  readonly ratio: number;
  /** The same with CPU time in place of wall time, on both sides. */
  readonly cpuRatio: number;
  readonly target: number;
  readonly met: boolean;
}

export interface SideBySideLine {
  readonly ours: string;
  readonly other: string;
  /** Least wall times, s. */
  readonly seconds: number;
  readonly otherSeconds: number;
  /** How many times as long the other way takes. */
  readonly times: number;
}

export interface IterationLine extends IterationTimes {
  readonly target: number;
  readonly met: boolean;
}

/** All that a bench measured; `--json` prints it. */
export interface Report {
  readonly quick: boolean;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly load: number };
  readonly versions: Readonly<Record<string, string>>;
  /** How often each piece of work was timed. */
  readonly rounds: number;
  readonly peaks: readonly Peak[];
  /** Whether the engines had less than a core each: wall-time ratios then mean little. */
  readonly crowded: boolean;
  readonly floors: readonly FloorLine[];
  readonly iterations: readonly IterationLine[];
  /** Resident memory of this process after the iterations, bytes; null where none was played (`--only`). */
  readonly memory: { readonly peak: number; readonly target: number; readonly met: boolean } | null;
  readonly sideBySide: readonly SideBySideLine[];
}

export const mark = (met: boolean): string => (met ? "met" : "MISSED");
export const time = (s: number): string => (s >= 1 ? `${s.toFixed(1)} s` : `${(1e3 * s).toFixed(2)} ms`);
const giga = (x: number): string => (x / 1e9).toFixed(3);
const gibibytes = (x: number): string => `${(x / 2 ** 30).toFixed(2)} GiB`;

/** Rows of cells with aligned columns: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return rows.map(line).join("\n");
}

const CROWDED =
  "Together the engines are hardly faster than one alone: other work has the cores. Times are then too long and the peak\n" +
  "too low, each by its own luck; CPU ratios say more, and an idle machine says most.";

/** The report for people. */
export function show(report: Report): string {
  const { machine, versions, rounds, peaks, crowded, floors, iterations, memory, sideBySide } = report;
  const { stackelberg, node, onnxruntime } = versions;
  return [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(1)} at the start; ` +
      `stackelberg ${stackelberg}, Node ${node}, onnxruntime-node ${onnxruntime}; least of ${rounds}` +
      (report.quick ? "; --quick: small sizes, the figures mean nothing" : ""),
    table([
      ["Matrix products, float32", "GFLOP/s", "per CPU second", "best size"],
      ...peaks.map((peak) => [
        `${peak.engines} engine${peak.engines === 1 ? "" : "s"}`,
        (peak.flopsPerSecond / 1e9).toFixed(0),
        (peak.flopsPerCpuSecond / 1e9).toFixed(0),
        peak.size,
      ]),
    ]),
    ...(crowded ? [CROWDED] : []),
    table([
      ["Ratio to the arithmetic floor", "engines", "GFLOP", "time", "ratio", "CPU ratio", "target", ""],
      ...floors.map((line) => [
        line.name,
        String(line.engines),
        giga(line.flops),
        time(line.seconds),
        line.ratio.toFixed(2),
        line.cpuRatio.toFixed(2),
        `≤ ${line.target.toFixed(2)}`,
        mark(line.met),
      ]),
    ]),
    ...(memory === null ? [] : [wholeLines(iterations, memory), sideLines(sideBySide)]),
  ].join("\n\n");
}

const wholeLines = (iterations: Report["iterations"], memory: NonNullable<Report["memory"]>): string =>
  [
    table([
      ["PAL on hopper, paper's settings, one iteration", "fit", "improve", "collect", "total", "goal", ""],
      ...iterations.map(({ name, seconds: s, target, met }) => [
        name,
        time(s.fit),
        time(s.improve),
        time(s.sample),
        time(s.total),
        `≤ ${target} s`,
        mark(met),
      ]),
    ]),
    `Peak memory of the process after them: ${gibibytes(memory.peak)}, goal ≤ ${gibibytes(memory.target)}: ${mark(memory.met)}`,
  ].join("\n\n");

const sideLines = (sideBySide: Report["sideBySide"]): string =>
  table([
    ["Side by side, one engine", "time", "other way", "time", "times as long"],
    ...sideBySide.map((s) => [s.ours, time(s.seconds), s.other, time(s.otherSeconds), s.times.toFixed(1)]),
  ]);
