import type { Scalar } from "../../../shared/metric-log.js";
import { figure } from "../../format.js";
import { Tile } from "../tile.js";
import type { LaneProps } from "./lane.js";
import type { PolicyView } from "./policy-views.js";
import { type Lines, Scalars } from "./scalars.js";

/** Policy players that plan: what their searches from starts of ρ came to. */
export const planView: PolicyView = {
  name: "plans",
  has: (log) => log.last("searchRounds") >= 0,
  Tile: ({ log, at }) => {
    const value = (name: Scalar) => figure(log.column(name)[at]);
    const differ = `members differ by ${value("memberSpread")}`;
    const rounds = value("searchRounds");
    return hasCandidates(log) ? (
      <Tile name="Plans" sign="spread" value={value("planSpread")} note={`${rounds} rounds, ${differ}`} />
    ) : (
      <Tile name="Plans" sign="rounds" value={rounds} note={differ} />
    );
  },
  Charts,
  inside: "Inside the searches",
  Inside,
};

/** A search by slopes has none, and no spread of them. */
const hasCandidates = (log: LaneProps["log"]): boolean => log.last("planSpread") >= 0;

const MEMBERS: Lines = { memberSpread: { label: "between members", color: "model", width: 2.5 } };
const SPREAD: Lines = { planSpread: { label: "spread of actions", color: "policy", width: 2.5 } };
const ROUNDS: Lines = { searchRounds: { label: "rounds", color: "policy" } };
const VALUE: Lines = { valueExplained: { label: "explained", color: "policy" } };

function Charts({ log, shared }: LaneProps) {
  return (
    <Scalars
      {...{ log, shared }}
      lines={MEMBERS}
      title="What members say of the plans"
      yLabel="return"
      what="Standard deviation over the members of the return of the best plans from starts of ρ."
      good="falls as the model learns. Large: the plans lead to where the members disagree."
    />
  );
}

function Inside({ log, shared }: LaneProps) {
  return (
    <>
      {hasCandidates(log) && (
        <Scalars
          {...{ log, shared }}
          lines={SPREAD}
          title="Spread of actions"
          yLabel="half-widths of the box"
          what="Standard deviation of an action among the candidates that the plans were made of, in units of half the width of the box, mean over the plan."
          good="well below what a search begins with: the candidates that are good agree."
        />
      )}
      <Scalars
        {...{ log, shared }}
        lines={ROUNDS}
        title="Rounds"
        yLabel="rounds"
        what="Rounds of candidates that a search took, or line searches."
        good="fewer than it may take: it ended because nothing better was in sight."
      />
      {log.last("valueExplained") >= 0 && (
        <Scalars
          {...{ log, shared }}
          lines={VALUE}
          title="Value beyond the plan"
          yLabel="share of variance"
          what="Share of the variance of real returns that V explained before it was fitted to them."
          good="comes near 1."
        />
      )}
    </>
  );
}
