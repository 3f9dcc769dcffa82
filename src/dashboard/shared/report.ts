import type { RunDetail, RunEntry, SceneReport } from "./protocol.js";

/** All that a report shows: what the page asks its server for, taken once. */
export interface Report {
  readonly run: RunEntry;
  readonly detail: RunDetail;
  /** The lines of metrics.jsonl. */
  readonly metrics: string;
  /** Null where there is no checkpoint, or it cannot be played. */
  readonly scene: SceneReport | null;
  /** Why there is no scene; empty where there is one. */
  readonly missing: string;
  /** ISO 8601. */
  readonly made: string;
  readonly version: string;
}
