import { useMemo } from "preact/hooks";
import { endOfAll, LEAST_SEEDS, saidOf } from "../../../experiments/seed-curve.js";
import { interpolated } from "../../../math/interpolated.js";
import type { Interval } from "../../../math/stratified-bootstrap.js";
import type { GroupCurve } from "../../shared/compare.js";
import { Chart } from "../chart.js";
import { EXPORTS } from "../compare-export.js";
import { AXES, colourOf, dashOf, type GroupsProps, QUANTITIES } from "../compared.js";
import { download } from "../download.js";
import type { Curve } from "../plot.js";

const WHAT = `Bold: interquartile mean (IQM) over the seeds of each group, with the 95 % interval of a stratified bootstrap. Of fewer than ${LEAST_SEEDS} seeds: their mean without an interval, and each run thin. A colour is a way of playing, a dash one of its variants. Where some runs have ended, the curve goes on faint with the others.`;

interface GroupChartProps extends GroupsProps {
  readonly task: string;
  readonly withBands: boolean;
  /** Curves that are still being made. */
  readonly missing: number;
  /** Whether all that is drawn is of all that was read: before, it cannot be saved. */
  readonly isFinal: boolean;
}

/** The curves of games over their seeds, and what is saved of them. */
export function GroupChart(props: GroupChartProps) {
  const { groups, quantity, axis, task, solved, withBands, missing, isFinal } = props;
  const { x, curves, bands } = useMemo(() => drawnOf(groups), [groups]);
  const title = `${task}: ${QUANTITIES[quantity]}`;
  const save = (kind: keyof typeof EXPORTS) =>
    download(`${task}-${quantity}.${kind}`, EXPORTS[kind](title, groups, quantity, axis));
  return (
    <>
      <Chart
        title={title}
        what={WHAT}
        good={quantity === "gap" ? "near 0." : quantity === "lossAfter" ? "low." : "high, early, with a narrow band."}
        x={x}
        xLabel={AXES[axis]}
        curves={curves}
        bands={withBands ? bands : []}
        yLabel={QUANTITIES[quantity]}
        level={solved === null ? null : { value: solved, label: "solved" }}
        height={380}
      />
      <div class="controls">
        {Object.keys(EXPORTS).map((kind) => (
          <button type="button" key={kind} disabled={!isFinal} onClick={() => save(kind as keyof typeof EXPORTS)}>
            Save {kind.toUpperCase()}
          </button>
        ))}
        {missing > 0 && (
          <span class="quiet" role="status">
            Making curves: {groups.length} of {groups.length + missing} …
          </span>
        )}
      </div>
    </>
  );
}

/** Curves and bands of the groups on the places of all of them. */
function drawnOf(groups: readonly GroupCurve[]) {
  const thin = (group: GroupCurve) => (group.statistic === "mean" && group.lines.length > 1 ? group.lines : []);
  const places = groups.flatMap((group) => [...group.x, ...thin(group).flatMap(({ x }) => Array.from(x))]);
  const x = Float64Array.from(new Set(places)).sort();
  const curves: Curve[] = [];
  const bands: { readonly low: number; readonly high: number; readonly color: string }[] = [];
  for (const group of groups) {
    const color = colourOf(group);
    const dash = dashOf(group, groups);
    const look = { color, ...(dash === undefined ? {} : { dash }) };
    const on = (of: keyof Interval) =>
      interpolated(
        group.x,
        group.points.map((point) => point[of]),
        x,
      );
    const hidden = { color, width: 0, silent: true };
    const [value, end] = [on("value"), endOfAll(group)];
    const last = group.x[end - 1];
    const label = `${group.name} (${saidOf(group)})`;
    curves.push({ ...look, label, y: value.map((y, i) => (x[i] <= last ? y : Number.NaN)), width: 2.5 });
    if (end < group.x.length) {
      const tail = value.map((y, i) => (x[i] >= last ? y : Number.NaN));
      curves.push({ ...look, label: `${label}, of fewer`, y: tail, faint: true, silent: true });
    }
    if (group.statistic === "IQM") {
      bands.push({ low: curves.length, high: curves.length + 1, color });
      curves.push({ ...hidden, label: `${group.name} low`, y: on("low") });
      curves.push({ ...hidden, label: `${group.name} high`, y: on("high") });
    }
    thin(group).forEach((line, i) => {
      const label = `${group.name}: ${group.runs[i].name}`;
      curves.push({ ...hidden, label, y: interpolated(line.x, line.y, x), width: 1 });
    });
  }
  return { x, curves, bands };
}
