import type { Scalar } from "../../../shared/metric-log.js";
import { figure } from "../../format.js";
import { Tile } from "../tile.js";
import type { LaneProps } from "./lane.js";
import type { PolicyView } from "./policy-views.js";
import { type Lines, Scalars } from "./scalars.js";

/** Policy players with critics: many small updates, of which a line has the means. */
export const criticView: PolicyView = {
  name: "critics",
  has: (log) => log.last("updates") >= 0,
  Tile: ({ log, at }) => {
    const value = (name: Scalar) => figure(log.column(name)[at]);
    return (
      <Tile
        name="Updates"
        sign="updates"
        value={value("updates")}
        note={
          log.last("entropy") < 0
            ? `critics' loss ${value("criticLoss")}`
            : `entropy ${value("entropy")}, α ${value("temperature")}`
        }
      />
    );
  },
  Charts,
  inside: "Inside the policy's updates",
  Inside,
};

const ENTROPY: Lines = {
  entropy: { label: "entropy", color: "policy", width: 2.5 },
  targetEntropy: { label: "target", color: "muted", width: 1, dash: [3, 4] },
};
const VALUES: Lines = {
  value: { label: "mean of the critics", color: "policy", width: 2.5 },
  actorValue: { label: "what the actor climbs", color: "model", width: 1.5, dash: [6, 4] },
  rangeLow: { label: "least that a target may be", color: "muted", width: 1 },
  rangeHigh: { label: "most that a target may be", color: "muted", width: 1 },
};
const TEMPERATURE: Lines = { temperature: { label: "α", color: "policy" } };
const LOSS: Lines = { criticLoss: { label: "critics' loss", color: "policy" } };
const UPDATES: Lines = { updates: { label: "updates", color: "policy" } };
const GOING: Lines = { alive: { label: "go on", color: "policy" } };
const ENDED: Lines = { ended: { label: "ended", color: "policy" } };

function Charts({ log, shared }: LaneProps) {
  return (
    <>
      <Scalars
        {...{ log, shared }}
        lines={VALUES}
        title="Values"
        yLabel="value"
        what="Discounted return, with entropy where there is some, from a state on, as the critics see it, and what the actor climbs; grey: the range that targets are clipped to, where there is one."
        good="rise with the return, well within the range."
        bands={[{ low: 2, high: 3, color: "muted" }]}
      />
      <Scalars
        {...{ log, shared }}
        lines={LOSS}
        title="Critics' loss"
        yLabel="squared error"
        what="Mean squared error of the critics against their targets, in units of half the range; in units of return where there is none."
        good="low and steady. A rise: values run after one another."
        log10
      />
      <Scalars
        {...{ log, shared }}
        lines={ENTROPY}
        title="Entropy"
        yLabel="entropy [nat]"
        what="Entropy of an action in units of the half-width of its box, and the target that the temperature steers it to."
        good="comes to the target and stays near it."
      />
      <Scalars
        {...{ log, shared }}
        lines={TEMPERATURE}
        title="Temperature α"
        yLabel="α"
        what="What a unit of entropy is worth, in units of reward; it falls while actions are more random than the target."
        good="levels off once the entropy is at its target."
        log10
      />
    </>
  );
}

function Inside({ log, shared }: LaneProps) {
  return (
    <>
      <Scalars
        {...{ log, shared }}
        lines={UPDATES}
        title="Updates"
        yLabel="updates"
        what="Gradient steps of actor and critics in this iteration."
        good="steady; more in the first."
      />
      <Scalars
        {...{ log, shared }}
        lines={GOING}
        title="Imagined steps that go on"
        yLabel="share of steps"
        what="Share of the steps of the short windows, through which the gradients go, that end in no terminal state."
        good="near 1. Low: most of what is learned from is falling."
      />
      <Scalars
        {...{ log, shared }}
        lines={ENDED}
        title="Rollouts that ended"
        yLabel="share of steps"
        what="Share of the longer rollouts' steps, where windows begin, that terminal states and cuts for disagreement took away."
        good="0 where nothing can fall; elsewhere it falls as the policy learns to stay up."
      />
    </>
  );
}
