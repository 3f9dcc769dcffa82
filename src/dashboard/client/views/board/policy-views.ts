import type { ComponentType } from "preact";
import type { MetricLog } from "../../../shared/metric-log.js";
import { criticView } from "./critics.js";
import { expansionView } from "./expansion.js";
import type { LaneProps } from "./lane.js";
import { planView } from "./plans.js";
import { stepView } from "./policy-steps.js";

/** How a kind of policy player is shown, beside what all of them report. */
export interface PolicyView {
  readonly name: string;
  /** Whether a run has these numbers. */
  has(log: MetricLog): boolean;
  /** One iteration, at a glance. */
  readonly Tile: ComponentType<{ readonly log: MetricLog; readonly at: number }>;
  /** In the policy's lane. */
  readonly Charts: ComponentType<LaneProps>;
  /** What is below the lanes, and its title. */
  readonly Inside: ComponentType<LaneProps>;
  readonly inside: string;
}

const VIEWS: readonly PolicyView[] = [stepView, criticView, expansionView, planView];

export const viewsOf = (log: MetricLog): readonly PolicyView[] => VIEWS.filter((view) => view.has(log));
