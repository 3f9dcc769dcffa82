import { hasEnded } from "../agents/offline.js";
import type { Progress } from "../agents/train.js";
import type { RunConfig } from "../runs/config.js";
import type { IterationEvent } from "../runs/events.js";
import type { Terminal } from "./terminal.js";
import { count, duration, figure, percent, score } from "./text.js";

const REDRAW = 100; // ms between two drawings of the line
const BAR = 12;
const PHASES = {
  sample: "sampling",
  fit: "fitting the model",
  improve: "improving the policy",
  evaluate: "evaluating",
} as const;

/** How many of the last iterations the pace is taken from. */
const RECENT = 3;
const paceOf = (recent: readonly IterationEvent[]): number =>
  recent.reduce((sum, { seconds }) => sum + seconds.total, 0) / recent.length;

/**
 * What the iteration under way is at, for somebody who waits for its end: `it has taken 2 min and is fitting the model
 * (35 %); the last ones took 3 min`.
 *
 * @param spent s since it began
 * @param past iterations before it
 */
export function underWay(progress: Progress | undefined, spent: number, past: readonly IterationEvent[]): string {
  const recent = past.slice(-RECENT);
  const doing =
    progress === undefined || progress.total === 0
      ? ""
      : ` and is ${PHASES[progress.phase]} (${percent(Math.min(1, progress.done / progress.total))})`;
  const before = recent.length === 0 ? "" : `; the last ones took ${duration(paceOf(recent))}`;
  return `it has taken ${duration(spent)}${doing}${before}`;
}

/** What people see of a run under way: a line per iteration, and on a terminal one more that is drawn again and again. */
export class ProgressView {
  readonly #terminal: Terminal;
  readonly #config: RunConfig;
  readonly #past: IterationEvent[];
  readonly #now: () => number;
  readonly #print: (text: string) => void;
  #progress: Progress | undefined;
  #iterationStart: number;
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param past iterations before a resume
   * @param print where lines that stay go: standard output, or standard error where that is for JSON
   * @param now the clock, ms
   */
  constructor(
    terminal: Terminal,
    config: RunConfig,
    past: readonly IterationEvent[],
    print: (text: string) => void,
    now: () => number = Date.now,
  ) {
    this.#terminal = terminal;
    this.#config = config;
    this.#past = [...past];
    this.#print = print;
    this.#now = now;
    this.#iterationStart = now();
    if (terminal.columns !== undefined) this.#timer = setInterval(() => this.#draw(), 1000).unref();
  }

  progress(progress: Progress): void {
    this.#progress = progress;
    if (this.#now() - this.#drawn >= REDRAW) this.#draw();
  }

  iteration(event: IterationEvent): void {
    this.#past.push(event);
    this.#iterationStart = this.#now();
    this.#progress = undefined;
    this.line(this.#iterationLine(event));
  }

  /** What the iteration under way is at. */
  underWay(): string {
    return underWay(this.#progress, (this.#now() - this.#iterationStart) / 1000, this.#past);
  }

  /** A line that stays. */
  line(text: string): void {
    this.#erase();
    this.#print(`${text}\n`);
    this.#draw();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  /** Seconds to the end of the run, from the pace of the last three iterations; undefined before the first. */
  secondsLeft(): number | undefined {
    const recent = this.#past.slice(-RECENT);
    const last = recent[recent.length - 1];
    if (last === undefined) return undefined;
    const { data, record } = this.#config.settings;
    const { maxSamples, samplesPerIteration, offlineIterations } = data;
    const before = this.#past[this.#past.length - 2]?.samples;
    const seen = before === undefined ? 0 : last.samples - before;
    const gain = seen === 0 ? samplesPerIteration * record.every : seen;
    const offline = Math.max(0, Math.ceil(offlineIterations / record.every) - last.iteration);
    const left = offline + Math.ceil(Math.max(0, maxSamples - last.samples) / gain);
    const pace = paceOf(recent);
    const spent = (this.#now() - this.#iterationStart) / 1000;
    return Math.max(0, left * pace - Math.min(spent, pace));
  }

  #iterationLine(event: IterationEvent): string {
    const { seconds } = event;
    const left = this.secondsLeft();
    const parts = [
      `iteration ${event.iteration}`,
      `${count(event.samples)} samples`,
      event.evaluation === null ? "" : score(event.evaluation),
      `stochastic ${figure(event.world.return.mean)}`,
      event.model === null ? "" : `in the model ${figure(event.model.return.mean)}`,
      `${duration(seconds.total)} (fit ${duration(seconds.fit)}, improve ${duration(seconds.improve)})`,
      left ? `${duration(left)} left` : "",
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }

  #draw(): void {
    const columns = this.#terminal.columns;
    if (columns === undefined) return;
    this.#drawn = this.#now();
    const { maxSamples } = this.#config.settings.data;
    const last = this.#past[this.#past.length - 1];
    const past = last === undefined ? 0 : last.iteration * this.#config.settings.record.every;
    if (last !== undefined && hasEnded(this.#config.settings, past, last.samples)) return;
    const evaluated = this.#past.filter(({ evaluation }) => evaluation !== null).at(-1)?.evaluation;
    const left = this.secondsLeft();
    const parts = [
      `iteration ${this.#progress?.iteration ?? (last?.iteration ?? 0) + 1}`,
      `${count(last?.samples ?? 0)} of ${count(maxSamples)} samples`,
      this.#phase(),
      evaluated ? `return ${figure(evaluated.return.mean)}` : "",
      left === undefined ? "" : `${duration(left)} left`,
    ];
    const line = parts.filter((part) => part !== "").join(" · ");
    this.#terminal.err(`\r\x1b[2K${line.slice(0, columns - 1)}`);
  }

  #phase(): string {
    if (this.#progress === undefined) return "";
    const { phase, done, total } = this.#progress;
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const filled = Math.round(share * BAR);
    return `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${PHASES[phase]} ${percent(share)}`;
  }

  #erase(): void {
    if (this.#terminal.columns !== undefined) this.#terminal.err("\r\x1b[2K");
  }
}
