import { endOfAll, saidOf } from "../../experiments/seed-curve.js";
import type { Axis, GroupCurve } from "../shared/compare.js";
import type { Compared } from "../shared/run-curves.js";
import { AXES, colourOf, dashOf, QUANTITIES } from "./compared.js";
import { curvesSvg, type SvgCurve } from "./svg.js";
import { colour } from "./theme.js";

/** An empty cell where there is no interval. */
const cell = (value: number) => (Number.isNaN(value) ? "" : String(value));

/** Ways to save a comparison: each makes a file of what is on show. */
export const EXPORTS = {
  svg: (title: string, groups: readonly GroupCurve[], quantity: Compared, axis: Axis) =>
    new Blob(
      [
        curvesSvg({
          title,
          xLabel: AXES[axis],
          yLabel: QUANTITIES[quantity],
          curves: groups.map(
            (group): SvgCurve => ({
              label: `${group.name} (${saidOf(group)}${group.statistic === "IQM" ? ", 95 % interval" : ""})`,
              color: colour(colourOf(group)),
              dash: dashOf(group, groups),
              x: group.x,
              y: group.points.map(({ value }) => value),
              solid: endOfAll(group),
              ...(group.statistic === "IQM"
                ? { low: group.points.map(({ low }) => low), high: group.points.map(({ high }) => high) }
                : { thin: group.lines }),
            }),
          ),
        }),
      ],
      { type: "image/svg+xml" },
    ),
  csv: (_title: string, groups: readonly GroupCurve[], quantity: Compared, axis: Axis) =>
    new Blob(
      [
        `group,${axis},${quantity},low,high,seeds,statistic\n`,
        ...groups.flatMap(({ name, x, points, counts, statistic }) =>
          points.map(
            ({ value, low, high }, i) =>
              `"${name}",${x[i]},${value},${cell(low)},${cell(high)},${counts[i]},${statistic}\n`,
          ),
        ),
      ],
      { type: "text/csv" },
    ),
  json: (title: string, groups: readonly GroupCurve[], quantity: Compared, axis: Axis) =>
    new Blob(
      [
        JSON.stringify(
          {
            title,
            quantity,
            axis,
            groups: groups.map(({ name, x, points, counts, runs, statistic }) => ({
              name,
              statistic,
              runs: runs.map((run) => ({ run: run.name, seed: run.seed })),
              points: points.map((point, i) => ({ x: x[i], ...point, seeds: counts[i] })),
            })),
          },
          null,
          1,
        ),
      ],
      { type: "application/json" },
    ),
};
