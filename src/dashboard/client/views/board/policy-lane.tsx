import { useMemo } from "preact/hooks";
import type { MetricLog } from "../../../shared/metric-log.js";
import { Chart } from "../../chart.js";
import { count } from "../../format.js";
import type { Curve } from "../../plot.js";
import { Lane, type LaneProps, numberSet } from "./lane.js";
import type { PolicyView } from "./policy-views.js";

/** What every policy player promises and keeps, then what its own kind has to say. */
export function PolicyLane(props: LaneProps & { readonly views: readonly PolicyView[] }) {
  const { log, detail, shared, views, role, title } = props;
  const every = numberSet(detail, "actorCritic.promiseEvery");
  const age = every === null ? "" : ` The promise is measured once in ${count(every)} updates and stands until then.`;
  return (
    <Lane
      player="policy"
      name="Policy player π"
      role={role}
      title={title}
      aim={log.hasModel ? "raises its return in the model, J(π, M)" : "raises its return in the world, J(π, W)"}
    >
      {log.hasModel ? <Promised log={log} shared={shared} age={age} /> : <Delivered log={log} shared={shared} />}
      {views.map(({ name, Charts }) => (
        <Charts key={name} {...props} />
      ))}
    </Lane>
  );
}

type Shared = Pick<LaneProps, "log" | "shared">;

/** What the model promises, and what the world gives. */
function Promised({ log, shared, age }: Shared & { readonly age: string }) {
  const { returns, gap } = useMemo(
    () => ({ returns: returnCurves(log), gap: [{ label: "gap", color: "model", y: log.column("gap") }] }),
    [log, log.lines],
  );
  return (
    <>
      <Chart
        {...shared}
        title="Promise and delivery"
        yLabel="return"
        what={`Return of the stochastic policy in each member of the model (thin), on average (orange), and in the world (green) over the same number of steps; dashed, whole episodes.${age}`}
        good="all rise together; the world keeps what the model promises."
        curves={returns}
        bands={[{ low: 0, high: 1, color: "model" }]}
        height={280}
      />
      <Chart
        {...shared}
        title="Gap"
        yLabel="return"
        what="J(π, M) − J(π, W), both over the steps of an imagined rollout."
        good="near 0. Far above: the policy lives on the model's errors."
        curves={gap}
        level={{ value: 0, label: "" }}
        height={180}
      />
    </>
  );
}

/** What the world gives, where nothing promises. */
function Delivered({ log, shared }: Shared) {
  const curves = useMemo(
    (): Curve[] => [
      { label: "with exploration", color: "policy", y: log.column("worldReturn"), width: 1.5 },
      { label: "mean policy", color: "world", y: log.column("return"), width: 2.5, bridge: true },
    ],
    [log, log.lines],
  );
  return (
    <Chart
      {...shared}
      title="Return"
      yLabel="return"
      what="Return of whole episodes in the world: of those that data were gathered with, and of the mean policy."
      good="both rise, and come together as there is less left to explore."
      curves={curves}
      height={280}
    />
  );
}

function returnCurves(log: MetricLog): readonly Curve[] {
  const members = Array.from(
    { length: log.listWidth("memberReturns") },
    (_, j): Curve => ({
      label: `member ${j + 1}`,
      color: "model",
      y: log.listEntry("memberReturns", j),
      width: 0.8,
      silent: true,
    }),
  );
  return [
    { label: "in the model", color: "model", y: log.column("modelReturn"), width: 2.5 },
    { label: "in the world, as many steps", color: "world", y: log.worldAsImagined(), width: 2.5 },
    { label: "in the world, to the end", color: "world", y: log.column("worldReturn"), width: 1, dash: [3, 4] },
    ...members,
  ];
}
