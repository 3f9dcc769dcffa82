import { useMemo } from "preact/hooks";
import type { MetricLog } from "../../../shared/metric-log.js";
import { Chart } from "../../chart.js";
import type { Curve } from "../../plot.js";
import { Lane, type LaneProps } from "./lane.js";

/** What every model player reports. */
export function ModelLane({ log, detail, shared, role, title }: LaneProps) {
  const names = detail?.task?.observations;
  const columns = useMemo(() => modelCurves(log), [log, log.lines]);
  const dimensions = useMemo(() => worstDimensions(log, names), [log, log.lines, names]);
  const aim = "lowers its loss on the policy's own data, ℓ(M, μ)";
  return (
    <Lane player="model" name="Model player M" role={role} title={title} aim={aim}>
      <Chart
        {...shared}
        title="Loss on fresh data"
        yLabel="share of variance"
        what="Squared one-step error on the samples that are new in this iteration, as a share of their variance: before and after the fit."
        good="after is far below before, and before falls too: 1 is no better than no model."
        curves={columns.losses}
        bands={[{ low: 1, high: 0, color: "model" }]}
        log
        height={280}
      />
      <Chart
        {...shared}
        title="Effort of the fit"
        yLabel="gradient steps"
        what="Gradient steps of each member in this iteration."
        good="a leader takes few, a follower many."
        curves={columns.effort}
        height={180}
      />
      <Chart
        {...shared}
        title="Loss by dimension"
        yLabel="share of variance"
        what="The same loss before the fit, for the entries of the observation that are predicted worst now."
        good="none stands out; 1 is no better than no model."
        curves={dimensions}
        log
        height={180}
      />
      <TrainingLoss log={log} shared={shared} />
      <Disagreement log={log} shared={shared} />
    </Lane>
  );
}

type Shared = Pick<LaneProps, "log" | "shared">;

/** A squared error is above zero; the likelihood of a model with noise need not be. */
function TrainingLoss({ log, shared }: Shared) {
  const loss = log.column("fitLoss");
  const curves = useMemo((): Curve[] => [{ label: "training loss", color: "model", y: loss }], [log, log.lines]);
  const isLikelihood = loss.some((value) => value <= 0);
  return (
    <Chart
      {...shared}
      title="Training loss"
      yLabel="loss"
      what={
        isLikelihood
          ? "Loss on the buffer, at the end of the fit, with the likelihood of the noise in it: below 0 where the model is sure and right."
          : "Loss on the buffer, at the end of the fit."
      }
      good={
        isLikelihood
          ? "falls, while the loss on fresh data falls too: else the model learns its buffer by heart."
          : "not far below the loss on fresh data: else the model learns its buffer by heart."
      }
      curves={curves}
      log={!isLikelihood}
      height={180}
    />
  );
}

/** Of runs whose policy player looks at it. */
function Disagreement({ log, shared }: Shared) {
  const curves = useMemo(
    (): Curve[] => [{ label: "disagreement", color: "model", y: log.column("disagreement") }],
    [log, log.lines],
  );
  if (log.last("disagreement") < 0) return null;
  return (
    <Chart
      {...shared}
      title="Disagreement of the members"
      yLabel="disagreement [σ²]"
      what="How far two members' predictions are apart on real states: mean squared difference, in units of the spread of changes, σ²."
      good="falls as data come; a rise means that the policy goes where the model does not know its way."
      curves={curves}
      log
      height={180}
    />
  );
}

function modelCurves(log: MetricLog): Readonly<Record<"losses" | "effort", readonly Curve[]>> {
  return {
    losses: [
      { label: "before the fit", color: "muted", y: log.column("lossBefore") },
      { label: "after the fit", color: "model", y: log.column("lossAfter"), width: 2.5 },
    ],
    effort: [{ label: "gradient steps", color: "model", y: log.column("gradientSteps") }],
  };
}

/** Colours for things that have none of their own. */
const SERIES = ["model", "policy", "world", "br", "muted"];

/** Loss over iterations of the dimensions with the largest loss in the last one; those that never change have none. */
function worstDimensions(log: MetricLog, names: readonly string[] | undefined): readonly Curve[] {
  const last = log.count === 0 ? new Float64Array(0) : log.list("lossByDimension", log.count - 1);
  return Array.from(last.keys())
    .filter((j) => last[j] !== 0)
    .sort((a, b) => last[b] - last[a])
    .slice(0, SERIES.length)
    .map((j, place) => ({
      label: names?.[j] ?? `entry ${j}`,
      color: SERIES[place],
      y: log.listEntry("lossByDimension", j),
      width: 1.5,
    }));
}
