import type { ActorCriticMetrics } from "../metrics.js";

/** What a move of a player with critics reports of its updates: means over them. */
export interface LearningReport {
  readonly updates: number;
  readonly actorValue: number;
  readonly value: number;
  readonly criticLoss: number;
  readonly entropy: number;
  /** Of a whole action. */
  readonly targetEntropy: number;
  readonly temperature: number;
}

/** Mean over all updates of some moves. */
export function meanOverUpdates<R extends Pick<LearningReport, "updates">>(
  reports: readonly R[],
  of: (report: R) => number,
): number {
  const updates = reports.reduce((total, report) => total + report.updates, 0);
  return reports.reduce((total, report) => total + of(report) * report.updates, 0) / updates;
}

/** The metrics of a line that all such players have: means over the updates of its moves. */
export function learningMetrics(reports: readonly LearningReport[]): ActorCriticMetrics["actorCritic"] {
  const mean = (of: (report: LearningReport) => number) => meanOverUpdates(reports, of);
  return {
    updates: reports.reduce((total, report) => total + report.updates, 0),
    actorValue: mean((r) => r.actorValue),
    value: mean((r) => r.value),
    criticLoss: mean((r) => r.criticLoss),
    entropy: mean((r) => r.entropy),
    targetEntropy: reports[reports.length - 1].targetEntropy,
    temperature: mean((r) => r.temperature),
  };
}
