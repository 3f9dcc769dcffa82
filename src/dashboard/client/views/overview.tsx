import { useMemo, useState } from "preact/hooks";
import { across, otherSeeds } from "../../shared/groups.js";
import { Chart } from "../chart.js";
import { count, duration, figure, percent } from "../format.js";
import { useLive, useLogs } from "../live.js";
import type { Curve } from "../plot.js";
import { Lights } from "./lights.js";
import type { RunViewProps } from "./run.js";
import { Tile } from "./tile.js";

/** How a run is, at one glance. */
export function Overview({ run, log }: RunViewProps) {
  const { digest, identity } = run;
  const { evaluation } = digest;
  const share = identity === null ? 0 : Math.min(1, digest.samples / identity.maxSamples);
  return (
    <>
      <dl class="tiles">
        <Tile
          name="Return"
          value={figure(evaluation?.mean)}
          note={evaluation === null ? "not evaluated" : `± ${figure(evaluation.std)} over episodes`}
        />
        {evaluation?.success != null && (
          <Tile name="Success" value={percent(evaluation.success)} note="share of evaluation episodes" />
        )}
        <Tile
          name="Real samples"
          value={count(digest.samples)}
          note={identity === null ? "" : `${percent(share)} of ${count(identity.maxSamples)}`}
        />
        <Tile name="Iterations" value={count(digest.iterations)} note={`${duration(digest.seconds)} so far`} />
        <Tile name="Time left" value={digest.eta === null ? "–" : duration(digest.eta)} note={run.status} />
      </dl>
      <Lights lights={digest.lights} />
      <div class="grid">
        <Scores run={run} log={log} />
        <Times log={log} />
      </div>
    </>
  );
}

/** Return and success over samples, with the other seeds of the same game as a band. */
function Scores({ run, log }: Pick<RunViewProps, "run" | "log">) {
  const { runs } = useLive().state!;
  const [others, setOthers] = useState(true);
  const siblings = otherSeeds(run, runs);
  const logs = useLogs(others ? siblings.map(({ id }) => id) : []);
  const { x, curves, success, band } = useMemo(() => {
    const samples = log.column("samples");
    const own: Curve[] = [
      { label: "mean policy in the world", color: "world", y: log.column("return"), width: 2.5, bridge: true },
      { label: "with exploration", color: "policy", y: log.column("worldReturn"), width: 1.5, dash: [6, 4] },
    ];
    const every = [log, ...logs.filter((other) => other !== undefined)];
    const withBand = every.length > 1;
    const { low, high } = across(every, "return", samples);
    const range: Curve[] = withBand
      ? [
          { label: "least of all seeds", color: "world", y: low, width: 0, silent: true, bridge: true },
          { label: "most of all seeds", color: "world", y: high, width: 0, silent: true, bridge: true },
        ]
      : [];
    const successes = across(every, "success", samples);
    const anySuccess = log.last("success") >= 0;
    return {
      x: samples,
      curves: [...own, ...range],
      band: withBand,
      success: anySuccess
        ? [
            { label: "success", color: "world", y: log.column("success"), width: 2.5, bridge: true },
            ...(withBand
              ? [
                  {
                    label: "least of all seeds",
                    color: "world",
                    y: successes.low,
                    width: 0,
                    silent: true,
                    bridge: true,
                  },
                  {
                    label: "most of all seeds",
                    color: "world",
                    y: successes.high,
                    width: 0,
                    silent: true,
                    bridge: true,
                  },
                ]
              : []),
          ]
        : null,
    };
  }, [log, log.lines, ...logs.map((other) => other?.lines ?? 0)]);
  const solved = run.identity?.solvedReturn ?? null;
  const what = band ? `The band spans all ${siblings.length + 1} seeds of this game.` : "";
  return (
    <div>
      <Chart
        title="Return"
        what={`Undiscounted return of an episode in the world; the policy's mean action, fixed starts. ${what}`}
        good="it rises and stays up; a narrow band."
        x={x}
        xLabel="real samples"
        curves={curves}
        bands={band ? [{ low: 2, high: 3, color: "world" }] : []}
        level={solved === null ? null : { value: solved, label: "solved" }}
        height={300}
      />
      {siblings.length > 0 && (
        <label class="check">
          <input type="checkbox" checked={others} onChange={(event) => setOthers(event.currentTarget.checked)} /> show
          the range of the other seeds
        </label>
      )}
      {success !== null && (
        <Chart
          title="Success"
          what="Share of evaluation episodes that reach the task's goal."
          good="1, and it stays there."
          x={x}
          xLabel="real samples"
          curves={success}
          bands={success.length > 1 ? [{ low: 1, high: 2, color: "world" }] : []}
        />
      )}
    </div>
  );
}

const PHASES = [
  { label: "sample", column: "sampleSeconds", color: "world" },
  { label: "fit", column: "fitSeconds", color: "model" },
  { label: "improve", column: "improveSeconds", color: "policy" },
  { label: "evaluate", column: "evaluateSeconds", color: "muted" },
] as const;

/** Where the time goes. */
function Times({ log }: Pick<RunViewProps, "log">) {
  const { x, curves, totals } = useMemo(
    () => ({
      x: log.column("iteration"),
      curves: PHASES.map(({ label, column, color }) => ({ label, color, y: log.column(column), width: 2 })),
      totals: PHASES.map(({ column }) => log.column(column).reduce((sum, s) => sum + s, 0)),
    }),
    [log, log.lines],
  );
  const whole = totals.reduce((sum, s) => sum + s, 0);
  return (
    <div>
      <Chart
        title="Time per iteration"
        what="Wall time in seconds: gathering real samples, fitting the model, improving the policy, scoring it."
        good="steady; what grows shows where to save."
        x={x}
        xLabel="iteration"
        curves={curves}
        height={220}
      />
      {whole > 0 && (
        <ul class="split" aria-label="Share of all time so far">
          {PHASES.map(({ label, color }, i) => (
            <li key={label} style={{ flexGrow: totals[i] / whole, borderTopColor: `var(--${color})` }}>
              {label} <b data-share={label}>{percent(totals[i] / whole)}</b>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
