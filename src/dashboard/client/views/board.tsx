import { useState } from "preact/hooks";
import { type Role, rolesOf } from "../../shared/roles.js";
import { HorizontalChoice, useHorizontal } from "../horizontal.js";
import { Glance } from "./board/glance.js";
import type { LaneProps } from "./board/lane.js";
import { ModelLane } from "./board/model-lane.js";
import { PolicyLane } from "./board/policy-lane.js";
import { viewsOf } from "./board/policy-views.js";
import type { RunViewProps } from "./run.js";

/** The game: two players as lanes over the same iterations; whoever leads stands first. */
export function Board({ run, log, detail }: RunViewProps) {
  const [index, setIndex] = useState<number | null>(null);
  const { identity } = run;
  const roles = identity === null ? null : rolesOf(identity.way);
  const known = detail.state === "there" ? detail.value : null;
  const alone = identity?.way.alone ?? false;
  const at = index ?? log.count - 1;
  const { x, xLabel, name: axis, choose } = useHorizontal(log, "iterations");
  const views = viewsOf(log);
  const lane = (player: "policy" | "model", role: Role | null | undefined): LaneProps => ({
    log,
    detail: known,
    role: role ?? undefined,
    title: identity?.players[player].title,
    shared: { x, xLabel, sync: "board", onCursor: setIndex },
  });
  const policy = <PolicyLane key="policy" {...lane("policy", roles?.policy)} views={views} />;
  const model = <ModelLane key="model" {...lane("model", roles?.model)} />;
  return (
    <>
      <p class="lead">{roles?.about ?? "The algorithm of this run is not known to this version."}</p>
      <div class="controls">
        <HorizontalChoice name={axis} choose={choose} />
      </div>
      {at >= 0 && <Glance log={log} at={at} views={views} />}
      <div class="lanes">{roles?.model === "leader" ? [model, policy] : [policy, ...(alone ? [] : [model])]}</div>
      {views.map(({ name, inside, Inside }) => (
        <details class="more" key={name}>
          <summary>{inside}</summary>
          <div class="grid">
            <Inside {...lane("policy", roles?.policy)} />
          </div>
        </details>
      ))}
    </>
  );
}
