import type { MetricLog, Scalar } from "../../../shared/metric-log.js";
import { figure, percent, signed } from "../../format.js";
import { Tile } from "../tile.js";
import type { PolicyView } from "./policy-views.js";

/** One iteration of the game in a sentence per player. */
export function Glance(props: { readonly log: MetricLog; readonly at: number; readonly views: readonly PolicyView[] }) {
  const { log, at, views } = props;
  const value = (name: Scalar) => log.column(name)[at];
  const [before, after] = [value("lossBefore"), value("lossAfter")];
  return (
    <dl class="tiles glance" aria-live="off">
      <Tile
        name="Iteration"
        sign="iteration"
        value={figure(value("iteration"))}
        note={`of ${log.count}; move over a chart`}
      />
      {log.hasModel ? (
        <>
          <Tile
            name="Promise J(π, M)"
            sign="promise"
            value={figure(value("modelReturn"))}
            note={spread(log.list("memberReturns", at))}
          />
          <Tile
            name="Delivery J(π, W)"
            sign="delivery"
            value={figure(log.worldAsImagined()[at])}
            note={`gap ${signed(value("gap"))}`}
          />
          <Tile
            name="Model's loss"
            sign="loss"
            value={`${figure(before)} → ${figure(after)}`}
            note={after < before ? `the fit takes off ${percent(1 - after / before)}` : "the fit did not help"}
          />
        </>
      ) : (
        <Tile
          name="Return J(π, W)"
          sign="delivery"
          value={figure(value("worldReturn"))}
          note={`episodes of ${figure(value("episodeLength"))} steps`}
        />
      )}
      {views.map(({ name, Tile: Own }) => (
        <Own key={name} log={log} at={at} />
      ))}
    </dl>
  );
}

/** `4 members, 1,300 to 1,560` */
function spread(members: Float64Array): string {
  if (members.length === 0) return "";
  const [low, high] = [members.reduce((a, b) => Math.min(a, b)), members.reduce((a, b) => Math.max(a, b))];
  return `${members.length} members, ${figure(low)} to ${figure(high)}`;
}
