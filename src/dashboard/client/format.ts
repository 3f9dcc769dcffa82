import type { RunIdentity } from "../shared/protocol.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12,345. */
export const count = (value: number): string => whole.format(value);

/** 1 iteration, 2 iterations. */
export const counted = (value: number, thing: string): string => `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

/** A return or loss to the three or four digits that matter; a dash where there is none. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return count(value);
  return size >= 100 ? value.toFixed(0) : size >= 0.001 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** +12, −3. */
export const signed = (value: number): string =>
  Number.isNaN(value) ? "–" : `${value < 0 ? "−" : "+"}${figure(Math.abs(value))}`;

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

/** 500, 1k, 2.5k, 1M: the steps of an axis. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return value.toExponential(0).replace("e+0", "").replace("e-", "e−");
  const [unit, name] = size >= 1e6 ? [1e6, "M"] : size >= 1e3 ? [1e3, "k"] : [1, ""];
  return `${Number((value / unit).toPrecision(4))}${name}`;
}

/** Who plays: npg and ensemble. */
export const playersOf = ({ players: { policy, model } }: RunIdentity): string => `${policy.name} and ${model.name}`;
