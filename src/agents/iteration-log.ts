import { meanAndStd } from "../math/statistics.js";
import { type EvaluationInTurn, summarize } from "./evaluate.js";
import type { BoundReading, IterationMetrics } from "./metrics.js";
import type { MoveListener } from "./moves.js";
import type { FitReport, PolicyReport } from "./player.js";
import type { Progress } from "./train.js";
import type { Gathered } from "./world/gather.js";
import { joinScores } from "./world/scores.js";

type Phase = Progress["phase"];
type Gatherings = Pick<Gathered, "scores" | "headReturns" | "ended">;

/** What of an iteration the log itself does not know: the policy kind's part. */
export interface PolicyMetrics {
  /** K: moves in an iteration. */
  readonly steps: number;
  of(reports: readonly PolicyReport[]): Readonly<Record<string, unknown>>;
}

/** A fit and more steps of it: from before the first of them to after the last. */
const continued = (first: FitReport, { after, loss, steps }: FitReport): FitReport => ({
  ...first,
  after,
  loss,
  steps: first.steps + steps,
});

/** Gathers what the moves of the iterations of one line report, and makes its metrics of it. */
export class IterationLog implements MoveListener {
  readonly #clock: () => number;
  readonly #policy: PolicyMetrics;
  readonly #tell: (progress: Progress) => void;
  #iteration = 1;
  #started = 0;
  #lapStarted = 0;
  #seconds: Record<Phase, number> = { sample: 0, fit: 0, improve: 0, evaluate: 0 };
  #gathered: Gatherings | undefined;
  #fit: FitReport | undefined;
  #steps: PolicyReport[] = [];
  #evaluation: EvaluationInTurn | undefined;
  #meter: BoundReading | undefined;

  constructor(clock: () => number, policy: PolicyMetrics, tell: (progress: Progress) => void, fit?: FitReport) {
    this.#clock = clock;
    this.#policy = policy;
    this.#tell = tell;
    this.#fit = fit;
  }

  /** The newest fit, which stands for iterations without one: part of a snapshot. */
  get fit(): FitReport | undefined {
    return this.#fit;
  }

  begin(iteration: number): void {
    this.#iteration = iteration;
    this.#started = this.#lapStarted = this.#clock();
    this.#seconds = { sample: 0, fit: 0, improve: 0, evaluate: 0 };
    this.#gathered = undefined;
    this.#steps = [];
    this.#evaluation = undefined;
    this.#meter = undefined;
  }

  /** Books the time since the last move on a phase. */
  #lap(phase: Phase): void {
    const now = this.#clock();
    this.#seconds[phase] += now - this.#lapStarted;
    this.#lapStarted = now;
  }

  collected(gathered: Gatherings): void {
    this.#lap("sample");
    // Several gatherings make one line: the episodes that ended in them, or where none did, what the last one saw.
    const before = this.#gathered;
    this.#gathered =
      before?.ended !== true
        ? gathered
        : gathered.ended
          ? {
              scores: joinScores([before.scores, gathered.scores]),
              headReturns: [...before.headReturns, ...gathered.headReturns],
              ended: true,
            }
          : before;
  }

  fitted(report: FitReport | null): void {
    this.#lap("fit");
    if (report !== null) this.#fit = report.again && this.#fit ? continued(this.#fit, report) : report;
  }

  improved(report: PolicyReport): void {
    this.#lap("improve");
    if (this.#steps.length === 0) this.#gathered = undefined; // the initial samples are no iteration's
    this.#steps.push(report);
    this.progress("improve", this.#steps.length, this.#policy.steps);
  }

  readonly evaluating = (done: number, total: number): void => this.progress("evaluate", done, total);

  evaluated(evaluation: EvaluationInTurn): void {
    this.#lap("evaluate");
    this.#evaluation = evaluation;
  }

  metered(reading: BoundReading | undefined): void {
    this.#lap("evaluate");
    this.#meter = reading;
  }

  progress(phase: Phase, done: number, total: number): void {
    this.#tell({ phase, iteration: this.#iteration, done, total });
  }

  finish(samples: number): IterationMetrics {
    const [{ scores, headReturns }, fit, steps] = [this.#gathered!, this.#fit, this.#steps];
    const perMember = steps[steps.length - 1].memberReturns;
    const modelReturn = meanAndStd(perMember).mean;
    const world = summarize(scores);
    const evaluation = this.#evaluation && {
      return: this.#evaluation.return,
      success: this.#evaluation.success,
      goalError: this.#evaluation.goalError,
      ...(this.#evaluation.turns && { turns: this.#evaluation.turns }),
    };
    return {
      iteration: this.#iteration,
      samples,
      evaluation: evaluation ?? null,
      model:
        fit === undefined
          ? null
          : {
              return: { mean: modelReturn, perMember },
              freshLoss: { before: fit.before, after: fit.after },
              freshLossByDimension: fit.byDimension,
              fitLoss: fit.loss,
              gradientSteps: fit.steps,
            },
      world: { ...world, episodeLength: meanAndStd(scores.lengths).mean },
      gap: fit === undefined ? null : modelReturn - meanAndStd(headReturns).mean,
      ...this.#policy.of(steps),
      meter: this.#meter ?? null,
      seconds: { ...this.#seconds, total: this.#clock() - this.#started },
    };
  }
}
