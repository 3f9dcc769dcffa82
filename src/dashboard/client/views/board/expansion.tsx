import { useMemo } from "preact/hooks";
import type { List, MetricLog } from "../../../shared/metric-log.js";
import { Chart } from "../../chart.js";
import { figure } from "../../format.js";
import type { Curve } from "../../plot.js";
import { Tile } from "../tile.js";
import type { LaneProps } from "./lane.js";
import type { PolicyView } from "./policy-views.js";
import { type Lines, Scalars } from "./scalars.js";

/** Policy players whose critics are fitted to targets along the model: how far these go. */
export const expansionView: PolicyView = {
  name: "targets",
  has: (log) => log.last("targetHorizon") >= 0,
  Tile: ({ log, at }) => {
    const spreads = log.list("targetSpreads", at);
    return (
      <Tile
        name="Targets go"
        sign="horizon"
        value={`${figure(log.column("targetHorizon")[at])} steps`}
        note={`spread ${figure(spreads[0])} without the model, ${figure(spreads[spreads.length - 1])} at the far end`}
      />
    );
  },
  Charts,
  inside: "Inside the targets",
  Inside,
};

const HORIZON: Lines = { targetHorizon: { label: "imagined steps", color: "policy", width: 2.5 } };
/** Colours for horizons, the shortest first. */
const HORIZONS = ["world", "policy", "model", "br", "muted"];

function Charts({ log, shared }: LaneProps) {
  return (
    <>
      <Scalars
        {...{ log, shared }}
        lines={HORIZON}
        title="Reach of the targets"
        yLabel="imagined steps"
        what="Imagined steps in what the critics are fitted to: mean over the horizons, each by its weight."
        good="grows as the model learns. Near 0: the model is not believed, and this is DDPG."
      />
      <ByHorizon
        {...{ log, shared }}
        list="targetWeights"
        title="Weight of each horizon"
        yLabel="share"
        what="Share of the target with so many imagined steps, by the inverse of the variance of its estimates."
        good="longer ones gain. All alike: members, reward networks and critics agree on all of them."
      />
    </>
  );
}

function Inside({ log, shared }: LaneProps) {
  return (
    <ByHorizon
      {...{ log, shared }}
      list="targetSpreads"
      title="Spread of each target"
      yLabel="standard deviation"
      what="Standard deviation of the estimates of a target over members, reward networks and critics, in units of return."
      good="falls; for long horizons below that of the shortest, which is the critics' own."
      log10
    />
  );
}

/** A curve for each horizon, over the iterations. */
function ByHorizon(
  props: Pick<LaneProps, "log" | "shared"> & {
    readonly list: List;
    readonly title: string;
    readonly yLabel: string;
    readonly what: string;
    readonly good: string;
    readonly log10?: boolean;
  },
) {
  const { log, shared, list, log10 = false, ...text } = props;
  const curves = useMemo(() => curvesOf(log, list), [log, log.lines, list]);
  return curves.length === 0 ? null : <Chart {...shared} {...text} curves={curves} log={log10} height={180} />;
}

const curvesOf = (log: MetricLog, list: List): readonly Curve[] =>
  Array.from({ length: log.listWidth(list) }, (_, h) => ({
    label: h === 0 ? "no imagined step" : `${h} imagined`,
    color: HORIZONS[Math.min(h, HORIZONS.length - 1)],
    y: log.listEntry(list, h),
    width: 1.5,
  }));
