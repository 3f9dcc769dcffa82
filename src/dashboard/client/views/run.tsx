import type { ComponentType } from "preact";
import { MetricLog } from "../../shared/metric-log.js";
import type { RunDetail, RunEntry } from "../../shared/protocol.js";
import { playersOf } from "../format.js";
import { type Fetched, useFetched, useLive, useLogs } from "../live.js";
import { Board } from "./board.js";
import { ConfigAndLog } from "./config.js";
import { Lab } from "./lab.js";
import { Problems, Status } from "./lights.js";
import { Overview } from "./overview.js";
import { SceneView } from "./scene.js";

/** What every view of one run is a function of. */
export interface RunViewProps {
  readonly run: RunEntry;
  readonly log: MetricLog;
  readonly detail: Fetched<RunDetail>;
}

const VIEWS: readonly { readonly name: string; readonly title: string; readonly view: ComponentType<RunViewProps> }[] =
  [
    { name: "overview", title: "Overview", view: Overview },
    { name: "board", title: "Game board", view: Board },
    { name: "lab", title: "Model lab", view: Lab },
    { name: "scene", title: "3D", view: SceneView },
    { name: "config", title: "Config and log", view: ConfigAndLog },
  ];

/** The view of a name; the first where there is none of it. */
export const viewOf = (name: string) => VIEWS.find((each) => each.name === name) ?? VIEWS[0];

/** One run: its views, and what could not be read of it. */
export function RunPage({ id, view }: { readonly id: string; readonly view: string }) {
  const { state } = useLive();
  const run = state!.runs.find((entry) => entry.id === id);
  const [log] = useLogs([id]);
  const checkpoints = run?.checkpoints.join() ?? "";
  const detail = useFetched<RunDetail>(run === undefined ? null : `/api/runs/${id}?checkpoints=${checkpoints}`);
  if (run === undefined) {
    return (
      <section class="empty">
        <h1>This run is not here (any more)</h1>
        <a href="#/">All runs</a>
      </section>
    );
  }
  const { view: View } = viewOf(view);
  const problems = [...new Set([...run.problems, ...(detail.state === "there" ? detail.value.problems : [])])];
  return (
    <>
      <div class="run-head">
        <h1>
          <b class={`algorithm ${run.identity?.algorithm ?? ""}`}>{run.identity?.algorithm.toUpperCase() ?? "?"}</b>{" "}
          {run.name}
        </h1>
        <Status status={run.status} />
        <span class="quiet">
          {run.identity !== null &&
            `${run.identity.task} · ${playersOf(run.identity)} · preset ${run.identity.preset} · seed ${run.identity.seed} · `}
          {run.path}
        </span>
      </div>
      <nav class="tabs" aria-label="Views of this run">
        {VIEWS.map(({ name, title, view: each }) => (
          <a key={name} href={`#/run/${id}/${name}`} {...(each === View ? { "aria-current": "page" as const } : {})}>
            {title}
          </a>
        ))}
      </nav>
      <Problems problems={problems} />
      {log === undefined && run.metrics.bytes > 0 ? (
        <p class="empty">Reading …</p>
      ) : (
        <View run={run} log={log ?? NOTHING} detail={detail} />
      )}
    </>
  );
}

/** A run before its first line. */
const NOTHING = new MetricLog();
