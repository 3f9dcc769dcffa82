import { render } from "preact";
import { MetricLog } from "../shared/metric-log.js";
import type { Report } from "../shared/report.js";
import { playersOf } from "./format.js";
import { live } from "./live.js";
import { useTheme } from "./theme.js";
import { Board } from "./views/board.js";
import { ConfigAndLog } from "./views/config.js";
import { Problems, Status } from "./views/lights.js";
import { Overview } from "./views/overview.js";
import { Replay } from "./views/replay.js";

/** A finished run in one file: the same views, with their data beside them and no server. */
function ReportPage({ report }: { readonly report: Report }) {
  const { run, detail, scene } = report;
  const [theme, choose] = useTheme();
  const view = { run, log: live.logs.of(run.id)!, detail: { state: "there", value: detail } as const };
  return (
    <>
      <header class="top">
        <span class="brand">stackelberg</span>
        <span class="quiet">
          report of {new Date(report.made).toLocaleString()}, version {report.version}
        </span>
        <button type="button" class="theme link" onClick={() => choose(theme === "dark" ? "light" : "dark")}>
          {theme === "dark" ? "Light" : "Dark"}
        </button>
      </header>
      <main id="main">
        <div class="run-head">
          <h1>
            <b class={`algorithm ${run.identity?.algorithm ?? ""}`}>{run.identity?.algorithm.toUpperCase() ?? "?"}</b>{" "}
            {run.name}
          </h1>
          <Status status={run.status} />
          <span class="quiet">
            {run.identity !== null &&
              `${run.identity.task} · ${playersOf(run.identity)} · preset ${run.identity.preset} · seed ${run.identity.seed}`}
          </span>
        </div>
        <Problems problems={[...run.problems, ...detail.problems]} />
        <Overview {...view} />
        <h2 class="part">Game board</h2>
        <Board {...view} />
        <h2 class="part">Replay</h2>
        {scene === null ? <p class="empty">{report.missing}</p> : <Replay report={scene} />}
        <h2 class="part">Config and log</h2>
        <ConfigAndLog {...view} />
      </main>
    </>
  );
}

const report = JSON.parse(document.getElementById("report")!.textContent) as Report;
const log = new MetricLog();
log.add(report.metrics);
live.adopt({ version: report.version, roots: [], runs: [report.run] }, report.run.id, log);
render(<ReportPage report={report} />, document.getElementById("page")!);
