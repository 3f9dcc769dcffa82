import type { ReturnStatistics } from "../agents/metrics.js";
import type { IterationEvent } from "../runs/events.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12,345. */
export const count = (value: number): string => whole.format(value);

export const iterationCount = (iterations: number): string =>
  `${count(iterations)} ${iterations === 1 ? "iteration" : "iterations"}`;

const ROUND = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** About twice as many samples, as a round number that one would type oneself: of 4,678 it is 10,000. Always more than they are. */
export function aboutTwice(samples: number): number {
  const power = 10 ** Math.floor(Math.log10(2 * samples));
  const far = (step: number) => Math.abs(Math.log((step * power) / (2 * samples)));
  return power * ROUND.reduce((best, step) => (far(step) < far(best) ? step : best));
}

/** A return or loss to three or four digits that matter. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1000
    ? count(value)
    : size >= 100
      ? value.toFixed(0)
      : size >= 0.01
        ? value.toPrecision(3)
        : value.toExponential(1);
}

export const statistics = ({ mean, std }: ReturnStatistics): string => `${figure(mean)} ± ${figure(std)}`;

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** 1.3 s, 42 s, 7 min, 3 h 20 min, 2 d 4 h. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `evaluation` as people read it. */
export function score(evaluation: IterationEvent["evaluation"]): string {
  if (evaluation === null) return "not evaluated";
  const { return: returned, success, goalError, turns = [] } = evaluation;
  const each = turns.flatMap((turn) => (turn.success === null ? [] : [percent(turn.success)]));
  const parts = [
    `return ${statistics(returned)}`,
    success === null ? "" : `success ${percent(success)}${each.length === 0 ? "" : ` (${each.join(", ")})`}`,
    goalError ? `error at the end ${figure(goalError.last)}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** `forearm=1.2, goals=0,0,0.1` */
export const optionsText = (options: Readonly<Record<string, string>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");

/** Rows as text in columns; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i])))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** How this command was called: by npm in a checkout, or as itself. For lines that a person may copy. */
export const COMMAND = process.env.npm_execpath === undefined ? "stackelberg" : "npx stackelberg";
