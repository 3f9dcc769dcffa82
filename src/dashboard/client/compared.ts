import { ALGORITHMS } from "../../agents/defaults.js";
import type { Axis, GroupCurve } from "../shared/compare.js";
import type { Compared } from "../shared/run-curves.js";

/** What groups of runs can be compared by. */
export const QUANTITIES: Readonly<Record<Compared, string>> = {
  return: "return of the mean policy",
  success: "success",
  worldReturn: "return with exploration",
  modelReturn: "return in the model",
  gap: "gap J(π, M) − J(π, W)",
  lossAfter: "model loss on fresh data, after the fit",
};
/** The horizontal axes by their labels. */
export const AXES: Readonly<Record<Axis, string>> = { samples: "real samples", time: "time [s]" };
/** What a drawing of groups is a function of. */
export interface GroupsProps {
  readonly groups: readonly GroupCurve[];
  readonly quantity: Compared;
  readonly axis: Axis;
  readonly solved: number | null;
}

/** A variant's dash: the first of a way is a whole line. */
const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [14, 4]];

/** The colour of a group: that of its way, which all variants of the way share; grey for a way of another version. */
export const colourOf = ({ algorithm }: Pick<GroupCurve, "algorithm">): string =>
  (ALGORITHMS as readonly string[]).includes(algorithm) ? algorithm : "muted";

/** The dash of a group: that of its place among the variants of its way; undefined for a whole line. */
export function dashOf(group: GroupCurve, groups: readonly GroupCurve[]): readonly number[] | undefined {
  const variants = groups.filter(({ algorithm }) => algorithm === group.algorithm);
  return DASHES[variants.indexOf(group) % DASHES.length];
}
