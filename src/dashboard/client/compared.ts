import { ALGORITHMS } from "../../agents/defaults.js";
import type { Axis, GroupCurve } from "../shared/compare.js";
import type { Scalar } from "../shared/metric-log.js";

/** What groups of runs can be compared by. */
export const QUANTITIES: Readonly<Partial<Record<Scalar, string>>> = {
  return: "return of the mean policy",
  success: "success",
  worldReturn: "return with exploration",
  modelReturn: "return in the model",
  gap: "gap J(π, M) − J(π, W)",
  lossAfter: "model loss on fresh data, after the fit",
};
/** The horizontal axes by their labels. */
export const AXES: Readonly<Record<Axis, string>> = { samples: "real samples", time: "time [s]" };
/** Names of style.css: each way has its own. */
const COLOURS: readonly string[] = [...ALGORITHMS, "muted", "ink", "warn", "bad"];

/** What a drawing of groups is a function of. */
export interface GroupsProps {
  readonly groups: readonly GroupCurve[];
  readonly quantity: Scalar;
  readonly axis: Axis;
  readonly solved: number | null;
}

/** A colour for each group: its algorithm's for the first of an algorithm, one that no other has for those that follow. */
export function colourOf(group: GroupCurve, groups: readonly GroupCurve[]): string {
  const isFirst = (each: GroupCurve) => groups.find(({ algorithm }) => algorithm === each.algorithm) === each;
  if (isFirst(group) && COLOURS.includes(group.algorithm)) return group.algorithm;
  const free = COLOURS.filter((color) => !groups.some((each) => isFirst(each) && each.algorithm === color));
  const rest = groups.filter((each) => !isFirst(each));
  return free[rest.indexOf(group) % free.length] ?? "muted";
}
