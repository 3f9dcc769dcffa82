import { useMemo } from "preact/hooks";
import type { Scalar } from "../../../shared/metric-log.js";
import { Chart, type ChartProps } from "../../chart.js";
import type { Curve } from "../../plot.js";
import type { LaneProps } from "./lane.js";

/** How some numbers of a line are drawn. */
export type Lines = Readonly<Partial<Record<Scalar, Omit<Curve, "y">>>>;

/** Some numbers of each line over the iterations. */
export function Scalars(
  props: Pick<LaneProps, "log" | "shared"> &
    Pick<ChartProps, "title" | "yLabel" | "what" | "good" | "bands"> & {
      readonly lines: Lines;
      readonly log10?: boolean;
    },
) {
  const { log, shared, lines, log10 = false, ...text } = props;
  const curves = useMemo(
    () =>
      Object.entries(lines)
        .filter(([name]) => log.last(name as Scalar) >= 0)
        .map(([name, line]): Curve => ({ ...line, y: log.column(name as Scalar) })),
    [log, log.lines, lines],
  );
  return curves.length === 0 ? null : <Chart {...shared} {...text} curves={curves} log={log10} height={180} />;
}
