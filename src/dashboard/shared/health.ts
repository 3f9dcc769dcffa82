import { KEPT, type MetricLog, type Scalar } from "./metric-log.js";
import type { RunStatus } from "./protocol.js";

/** A sign of how a run is. */
export interface Light {
  readonly name: "numbers" | "progress" | "divergence" | "model" | "gap" | "critics" | "entropy" | "return";
  readonly level: "good" | "warn" | "bad";
  readonly text: string;
}

/** A run that writes nothing for so many of its usual iterations is stale. */
const STALE_ITERATIONS = 5;
const STALE_AT_LEAST = 120; // s
/** A gap of more than this share of J(π, W) is worth a look. */
const WIDE_GAP = 0.25;
/** A step or a loss so many times as large as is usual in this run runs away. */
const RUNAWAY = 10;
/** Iterations before there is something usual. */
const USUAL_AFTER = 5;
/** A return that has fallen by more than this share of the range so far. */
const FALLEN = 0.3;
/** Critics whose mean is so near to an end of their range, as a share of it, or beyond: targets are clipped there. */
const AT_THE_END = 0.001;
/** An entropy that is below its target by more than this share of the way that it came, or of the target. */
const TOO_SURE = 0.5;
/** A temperature that has fallen to this share of what it was: exploring is worth nothing any more. */
const COLLAPSED = 1e-3;

const short = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3
    ? value.toExponential(1)
    : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * The lights of a run, each from its log alone.
 *
 * @param quiet seconds since the log was last written to
 */
export function health(log: MetricLog, status: RunStatus, quiet: number): readonly Light[] {
  return [
    numbers(log),
    progress(log, status, quiet),
    ...(log.count === 0 ? [] : [divergence(log)]),
    ...(log.count === 0 || !log.hasModel ? [] : [model(log), gap(log)]),
    ...(log.last("updates") < 0 ? [] : [critics(log)]),
    ...(log.last("entropy") < 0 ? [] : [entropy(log)]),
    ...(log.count === 0 ? [] : [fall(log)]),
  ];
}

function numbers({ notNumbers, broken }: MetricLog): Light {
  const first = notNumbers[0];
  if (first !== undefined) {
    const others = notNumbers.length - 1;
    const more = others === 0 ? "" : `, and ${others}${notNumbers.length === KEPT ? " or" : ""} more`;
    return {
      name: "numbers",
      level: "bad",
      text: `${first.what} is not a number in iteration ${first.iteration}${more}`,
    };
  }
  const lines = broken.map(({ line }) => line);
  if (lines.length > 0)
    return { name: "numbers", level: "warn", text: `lines not readable: ${lines.slice(0, 5).join(", ")}` };
  return { name: "numbers", level: "good", text: "every number is finite" };
}

/** Whether a run goes on. The one light that depends on the time. @param quiet as for `health` */
export function progress(log: MetricLog, status: RunStatus, quiet: number): Light {
  const light = (level: Light["level"], text: string): Light => ({ name: "progress", level, text });
  if (status === "failed") return light("bad", log.end?.message ?? "the run failed");
  if (status === "killed") return light("bad", "the process is gone: stackelberg resume goes on");
  if (status === "running") {
    const usual = log.count === 0 ? 0 : median(log.column("totalSeconds").slice(-20));
    const limit = Math.max(STALE_AT_LEAST, STALE_ITERATIONS * usual);
    return quiet > limit
      ? light("warn", `stale: no new line for ${Math.round(quiet / 60)} min, an iteration takes ${Math.round(usual)} s`)
      : light("good", "running");
  }
  if (status === "unreadable") return light("warn", "its files do not say how it goes");
  if (status === "interrupted") return light("warn", "stopped: stackelberg resume goes on");
  return light("good", status);
}

/** Whether the policy's steps or the model's loss run away from what was usual in this run: the last iteration against its median. */
function divergence(log: MetricLog): Light {
  const light = (level: Light["level"], text: string): Light => ({ name: "divergence", level, text });
  const last = log.count - 1;
  const steps = Array.from({ length: log.count }, (_, i) => log.list("kl", i).reduce((a, b) => Math.max(a, b), 0));
  if (last < USUAL_AFTER) return light("good", "steps and losses are bounded");
  const [step, usualStep] = [steps[last], median(steps.slice(0, last))];
  if (step > RUNAWAY * usualStep)
    return light("bad", `the policy's largest step has a KL of ${short(step)}, usual here ${short(usualStep)}`);
  const loss = runaway(log, "lossAfter");
  if (loss !== null) return light("warn", `the model's loss after the fit is ${loss}`);
  const apart = runaway(log, "disagreement");
  if (apart !== null) return light("warn", `the members disagree on real states by ${apart}`);
  return light("good", "steps and losses are bounded");
}

/** `0.31, usual here 0.02` where the last number of a scalar is far above its median before; else null. */
function runaway(log: MetricLog, name: Scalar): string | null {
  const values = log.column(name);
  const last = values.length - 1;
  if (last < USUAL_AFTER) return null;
  const [now, usual] = [values[last], median(values.subarray(0, last))];
  return now > RUNAWAY * usual ? `${short(now)}, usual here ${short(usual)}` : null;
}

/** ℓ on fresh data, as a share of the variance: 1 is no better than predicting no change. */
function model(log: MetricLog): Light {
  const after = log.column("lossAfter")[log.count - 1];
  if (Number.isNaN(after)) return { name: "model", level: "warn", text: "no loss on fresh data in the last iteration" };
  const text = `loss on fresh data after the fit: ${short(after)} of the variance`;
  return { name: "model", level: after >= 1 ? "bad" : after >= 0.3 ? "warn" : "good", text };
}

/** J(π, M) − J(π, W): a policy that promises more than it keeps lives on the model's errors. */
function gap(log: MetricLog): Light {
  const value = log.column("gap")[log.count - 1];
  if (Number.isNaN(value)) return { name: "gap", level: "warn", text: "no gap in the last iteration" };
  const share = value / Math.max(1e-9, Math.abs(log.worldAsImagined()[log.count - 1]));
  const text = `the model promises ${value === 0 ? "what the world gives" : `${short(Math.abs(value))} ${value < 0 ? "less" : "more"} than the world gives`}`;
  return { name: "gap", level: share > 4 * WIDE_GAP ? "bad" : share > WIDE_GAP ? "warn" : "good", text };
}

/** Critics that run after one another's values, or want values that no target may have. */
function critics(log: MetricLog): Light {
  const light = (level: Light["level"], text: string): Light => ({ name: "critics", level, text });
  const last = log.last("updates");
  const [value, low, high] = (["value", "rangeLow", "rangeHigh"] as const).map((name) => log.column(name)[last]);
  const loss = runaway(log, "criticLoss");
  if (loss !== null) return light("bad", `their loss is ${loss}`);
  const edge = AT_THE_END * (high - low);
  if (value > high - edge) return light("warn", `values are at the top of their range: ${short(value)}`);
  if (value < low + edge) return light("warn", `values are at the bottom of their range: ${short(value)}`);
  const within = Number.isNaN(high) ? `mean ${short(value)}` : "values within their range";
  return light("good", `loss ${short(log.column("criticLoss")[last])}, ${within}`);
}

/** Entropy against its target, and the temperature that steers it there. */
function entropy(log: MetricLog): Light {
  const light = (level: Light["level"], text: string): Light => ({ name: "entropy", level, text });
  const last = log.last("updates");
  const [values, target, alpha] = [log.column("entropy"), log.column("targetEntropy")[last], log.column("temperature")];
  const now = values[last];
  const aim = Number.isNaN(target) ? short(now) : `${short(now)}, target ${short(target)}`;
  if (target - now > TOO_SURE * Math.max(Math.abs(values[0] - target), Math.abs(target)))
    return light("warn", `actions are less random than they should be: ${aim}`);
  if (alpha[last] < COLLAPSED * alpha[0])
    return light("warn", `${aim}; the temperature has collapsed to ${short(alpha[last])}`);
  return light("good", aim);
}

function fall(log: MetricLog): Light {
  const returns = log.column("return").filter((x) => !Number.isNaN(x));
  if (returns.length === 0) return { name: "return", level: "good", text: "not evaluated yet" };
  const now = returns[returns.length - 1];
  const [best, worst] = [returns.reduce((a, b) => Math.max(a, b)), returns.reduce((a, b) => Math.min(a, b))];
  const fallen = best > worst && (best - now) / (best - worst) > FALLEN;
  const text = fallen ? `has fallen from ${short(best)} to ${short(now)}` : `${short(now)}, best ${short(best)}`;
  return { name: "return", level: fallen ? "warn" : "good", text };
}

/** Time to the end at the pace of the last iterations, s; null where there is nothing to go by. */
export function timeLeft(log: MetricLog, status: RunStatus, maxSamples: number | undefined): number | null {
  const n = log.count;
  if (status !== "running" || maxSamples === undefined || n < 2) return null;
  const first = Math.max(0, n - 6);
  const [samples, elapsed] = [log.column("samples"), log.elapsed()];
  const pace = (samples[n - 1] - samples[first]) / (elapsed[n - 1] - elapsed[first]);
  return pace > 0 ? Math.max(0, maxSamples - samples[n - 1]) / pace : null;
}
