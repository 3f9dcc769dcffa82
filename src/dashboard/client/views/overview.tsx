import { useMemo, useState } from "preact/hooks";
import { interpolated } from "../../../math/interpolated.js";
import { across, otherSeeds } from "../../shared/groups.js";
import type { MetricLog } from "../../shared/metric-log.js";
import type { Compared, Curves } from "../../shared/run-curves.js";
import { Chart } from "../chart.js";
import { count, duration, figure, percent } from "../format.js";
import { HorizontalChoice, useHorizontal } from "../horizontal.js";
import { useCurves, useLive } from "../live.js";
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

/** Of so many seeds a band, which is then a range that says something; of fewer, each as a line. */
const BAND_FROM = 4;

/** Return and success over samples, beside the other seeds of the same game. */
function Scores({ run, log }: Pick<RunViewProps, "run" | "log">) {
  const { runs } = useLive().state!;
  const [others, setOthers] = useState(true);
  const siblings = otherSeeds(run, runs).filter(({ metrics }) => metrics.bytes > 0);
  const logs = useCurves(others ? siblings.map(({ id }) => id) : []);
  const read = logs.filter((other) => other !== undefined);
  const beside = read.length === siblings.length ? read : [];
  const { x, xLabel, name: axis, choose } = useHorizontal(log, "samples");
  const { returns, successes } = useMemo(
    () => ({
      returns: besideSeeds(log, beside, "return", [
        { label: "mean policy in the world", color: "world", y: log.column("return"), width: 2.5, bridge: true },
        { label: "with exploration", color: "policy", y: log.column("worldReturn"), width: 1.5, dash: [6, 4] },
      ]),
      successes:
        log.last("success") < 0
          ? null
          : besideSeeds(log, beside, "success", [
              { label: "success", color: "world", y: log.column("success"), width: 2.5, bridge: true },
            ]),
    }),
    [log, log.lines, beside.length, ...logs.map((other) => other?.count ?? 0)],
  );
  const solved = run.identity?.solvedReturn ?? null;
  return (
    <div>
      <Chart
        title="Return"
        yLabel="return"
        what={`Undiscounted return of an episode in the world; the policy's mean action, fixed starts. ${besideText(siblings.length, read.length, others)}`}
        good="it rises and stays up; a narrow band."
        x={x}
        xLabel={xLabel}
        {...returns}
        level={solved === null ? null : { value: solved, label: "solved" }}
        height={300}
      />
      <div class="controls">
        <HorizontalChoice name={axis} choose={choose} />
        {siblings.length > 0 && (
          <label class="check">
            <input type="checkbox" checked={others} onChange={(event) => setOthers(event.currentTarget.checked)} /> show
            the other seeds
          </label>
        )}
      </div>
      {successes !== null && (
        <Chart
          title="Success"
          yLabel="share of episodes"
          what="Share of evaluation episodes that reach the task's goal."
          good="1, and it stays there."
          x={x}
          xLabel={xLabel}
          {...successes}
        />
      )}
    </div>
  );
}

/** What stands beside a run, of what is there. */
function besideText(siblings: number, read: number, wanted: boolean): string {
  if (siblings === 0 || !wanted) return "";
  const seeds = siblings + 1;
  if (read < siblings) return `The other seeds of this game are being read: ${read} of ${siblings}.`;
  return seeds < BAND_FROM
    ? `Thin: the other ${siblings === 1 ? "seed" : `${siblings} seeds`} of this game.`
    : `The band spans all ${seeds} seeds of this game.`;
}

/** A run's curves with the others behind them: a band between the least and the most, or a thin line of each. */
function besideSeeds(log: MetricLog, others: readonly Curves[], name: Compared, own: readonly Curve[]) {
  const samples = log.column("samples");
  const hidden = { color: "world", silent: true, bridge: true };
  if (others.length + 1 < BAND_FROM) {
    const lines = others.map(
      (other, i): Curve => ({
        ...hidden,
        label: `another seed ${i + 1}`,
        y: interpolated(other.column("samples"), other.column(name), samples),
        width: 0.8,
      }),
    );
    return { curves: [...own, ...lines], bands: [] };
  }
  const { low, high } = across([log, ...others], name, samples);
  const range = [
    { ...hidden, label: "least of all seeds", y: low, width: 0 },
    { ...hidden, label: "most of all seeds", y: high, width: 0 },
  ];
  return { curves: [...own, ...range], bands: [{ low: own.length, high: own.length + 1, color: "world" }] };
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
        yLabel="time [s]"
        what="Wall time in seconds: gathering real samples, fitting the model, improving the policy, scoring it."
        good="steady; what grows shows where to save."
        x={x}
        xLabel="iteration"
        curves={curves}
        height={220}
      />
      {whole > 0 && (
        <div class="shares">
          <div class="share-bar" aria-hidden="true">
            {PHASES.map(({ label, color }, i) => (
              <i
                key={label}
                data-bar={label}
                style={{ width: `${(100 * totals[i]) / whole}%`, background: `var(--${color})` }}
              />
            ))}
          </div>
          <ul aria-label="Share of all time so far">
            {PHASES.map(({ label, color }, i) => (
              <li key={label}>
                <i style={{ background: `var(--${color})` }} aria-hidden="true" />
                {label} <b data-share={label}>{percent(totals[i] / whole)}</b>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
