import type { ComponentChildren } from "preact";
import type { MetricLog } from "../../../shared/metric-log.js";
import type { RunDetail } from "../../../shared/protocol.js";
import type { Role } from "../../../shared/roles.js";
import type { ChartProps } from "../../chart.js";

/** What a player's lane, and each of its charts, is a function of. */
export interface LaneProps {
  readonly log: MetricLog;
  /** Null until it has come. */
  readonly detail: RunDetail | null;
  readonly role: Role | undefined;
  /** What sits there. */
  readonly title: string | undefined;
  /** What all charts over iterations have in common. */
  readonly shared: Pick<ChartProps, "x" | "xLabel" | "sync" | "onCursor">;
}

/** One player: who it is, its role in the game, and its charts. */
export function Lane(
  props: Pick<LaneProps, "role" | "title"> & {
    readonly player: "policy" | "model";
    readonly name: string;
    readonly aim: string;
    readonly children: ComponentChildren;
  },
) {
  const { player, name, role, title, aim, children } = props;
  return (
    <section class={`lane ${player}`} aria-label={name.slice(0, -2)}>
      <header>
        <h2>{name}</h2>
        {role !== undefined && <span class={`role ${role}`}>{role === "leader" ? "♛ leader" : role}</span>}
        <p class="quiet">
          {title === undefined ? "" : `${title}: `}
          {aim}
        </p>
      </header>
      {children}
    </section>
  );
}

/** The number that a run has for a setting; null where it has none. */
export function numberSet(detail: RunDetail | null, key: string): number | null {
  const value = detail?.settings.find((row) => row.key === key)?.value;
  return typeof value === "number" ? value : null;
}
