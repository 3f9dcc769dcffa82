import { mark, table, time } from "../report.js";
import type { Comparison } from "./compare.js";

/** All that a comparison with other libraries measured; `--json` prints it. */
export interface PeersReport {
  readonly quick: boolean;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly load: number };
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly comparisons: readonly Comparison[];
}

const factor = (x: number): string => x.toFixed(2);

/** How many times as fast ours is, in a line. */
export const factors = ({ times: { wall, wallWay, cpu, cpuWay } }: Comparison): string =>
  `${factor(wall)} of ${wallWay} by wall time, ${factor(cpu)} of ${cpuWay} by CPU time`;

/** The report for people. */
export function showComparisons({ quick, machine, versions: v, rounds, comparisons }: PeersReport): string {
  const without = new Set(comparisons.flatMap((c) => Object.entries(c.without).map(([way, why]) => `${way}: ${why}`)));
  return [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.load.toFixed(1)} at the start; stackelberg ${v.stackelberg}, ` +
      `Node ${v.node}, onnxruntime-node ${v.onnxruntime}; Python ${v.python}, torch ${v.torch}, numpy ${v.numpy}, ` +
      `Stable-Baselines3 ${v.stable_baselines3}; medians of ${rounds} rounds in turn` +
      (quick ? "; --quick: small sizes, the figures mean nothing" : ""),
    table([
      [
        "Beside other libraries",
        "threads",
        "ours",
        "theirs",
        "fastest way",
        "wall",
        "CPU",
        "target",
        "by wall",
        "by CPU",
        "apart",
      ],
      ...comparisons.map((c) => {
        const { wall, cpu, wallWay } = c.times;
        const fastest = c.theirs.find(({ name }) => name === wallWay)!;
        return [
          c.name,
          String(c.threads),
          time(c.ours.seconds),
          time(fastest.seconds),
          wallWay,
          factor(wall),
          factor(cpu),
          `≥ ${c.target.toFixed(1)}`,
          mark(wall >= c.target),
          mark(cpu >= c.target),
          c.difference.toExponential(0),
        ];
      }),
    ]),
    "wall, CPU: the other's fastest way over ours, by wall time and by CPU time of all threads; above 1, ours is faster. " +
      "Where other work has the cores, only CPU time says something.",
    table([
      ["All ways", "threads", "rounds", "wall", "CPU"],
      ...comparisons.flatMap((c) =>
        [c.ours, ...c.theirs].map((way) => [
          `${c.name}: ${way.name}`,
          String(c.threads),
          String(way.rounds),
          time(way.seconds),
          time(way.cpuSeconds),
        ]),
      ),
    ]),
    ...(without.size > 0 ? [`Ways that are not there: ${[...without].join("; ")}`] : []),
  ].join("\n\n");
}
