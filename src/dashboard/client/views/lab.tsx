import { useMemo } from "preact/hooks";
import type { LabPart, LabReport } from "../../shared/protocol.js";
import { useChoice } from "../address.js";
import { Chart } from "../chart.js";
import { knownOf, useFollowed } from "../followed.js";
import { figure } from "../format.js";
import type { Curve } from "../plot.js";
import { CheckpointChoice, NoCheckpoint, useCheckpoint } from "./checkpoint.js";
import { EntryChoice } from "./entry-choice.js";
import { JobLine } from "./job.js";
import type { RunViewProps } from "./run.js";

/** Where the model of a checkpoint errs; measured by the server when asked for. */
export function Lab({ run, detail }: RunViewProps) {
  const [checkpoint, choose] = useCheckpoint(run);
  const known = detail.state === "there" ? detail.value.checkpoints : [];
  const problem = known.find(({ iteration }) => iteration === checkpoint)?.problem ?? null;
  const { followed, cancel, again } = useFollowed<LabReport, LabPart>(
    checkpoint === null || problem !== null ? null : `/api/runs/${run.id}/lab?checkpoint=${checkpoint}`,
  );
  if (checkpoint === null) return <NoCheckpoint run={run} />;
  const report = problem === null ? knownOf(followed) : undefined;
  return (
    <>
      <div class="controls">
        <CheckpointChoice run={run} value={checkpoint} choose={choose} />
        {report !== undefined && (
          <span class="quiet">
            {report.episodes} fresh episodes of the mean policy, {report.oneStep.samples} of their steps
          </span>
        )}
      </div>
      {problem !== null ? (
        <p class="problems" role="alert">
          {problem}
        </p>
      ) : (
        <JobLine
          job={followed}
          cancel={cancel}
          again={again}
          partial="one step ahead is below; further ahead is still being measured."
        />
      )}
      {report !== undefined && <Measured report={report} />}
    </>
  );
}

function Measured({ report }: { readonly report: LabPart | LabReport }) {
  const [text, setText] = useChoice("entry", "");
  const entry = /^\d+$/.test(text) && Number(text) < report.names.length ? Number(text) : null;
  const setEntry = (next: number | null) => setText(next === null ? "" : String(next));
  return (
    <>
      <div class="controls">
        <EntryChoice label="Look at" names={report.names} value={entry} none="the whole state" choose={setEntry} />
      </div>
      <div class="grid">
        {"open" in report && <FurtherAhead report={report} entry={entry} />}
        <DimensionBars report={report} chosen={entry} choose={setEntry} />
        <div>
          <PredictedAgainstReal report={report} entry={entry ?? worst(report)} />
          <DisagreementAgainstError report={report} />
        </div>
      </div>
    </>
  );
}

/** What comes of predictions of predictions. */
function FurtherAhead({ report, entry }: { readonly report: LabReport; readonly entry: number | null }) {
  const x = useMemo(() => Float64Array.from(report.alive, (_, t) => t), [report]);
  const ahead = useMemo((): Curve[] => {
    const y = (of: (curves: LabReport["open"]) => readonly number[]) => ({
      open: of(report.open),
      closed: of(report.closed),
    });
    const { open, closed } = entry === null ? y(({ error }) => error) : y(({ byDimension }) => byDimension[entry]);
    return [
      { label: "open loop", color: "model", y: open, width: 2.5 },
      { label: "closed loop", color: "policy", y: closed, width: 2.5 },
    ];
  }, [report, entry]);
  const apart = useMemo(
    (): Curve[] => [
      { label: "error, closed loop", color: "policy", y: report.closed.error, width: 1.5, dash: [5, 4] },
      { label: "disagreement, closed loop", color: "policy", y: report.closed.disagreement, width: 2.5 },
      { label: "disagreement, open loop", color: "model", y: report.open.disagreement, width: 2.5 },
    ],
    [report],
  );
  const short = report.alive.some((count) => count < report.episodes);
  const unit =
    entry === null
      ? "root mean square over entries, each in units of its own spread σ"
      : `mean |error| of ${report.names[entry]}`;
  return (
    <>
      <Chart
        title="Error over look-ahead"
        yLabel={entry === null ? "error [σ]" : `|error| of ${report.names[entry]}`}
        what={`L(t), App. B.3: how far world and model are apart t steps after the same start; ${unit}. Open loop replays the world's actions in the model; in closed loop the policy acts in the model by itself.${short ? " Episodes that have ended in the world are left out from there." : ""}`}
        good="low; closed below open, so that policy and model fit together; 1 is as far as states lie apart anyway."
        x={x}
        xLabel="steps ahead"
        curves={ahead}
        log
        height={300}
      />
      <Chart
        title="Ensemble disagreement"
        yLabel="disagreement [σ]"
        what="How far the members' imagined states are apart, in the same unit: what the ensemble knows of its own error."
        good="it rises where the error does; an error without disagreement is one that nobody in the ensemble sees."
        x={x}
        xLabel="steps ahead"
        curves={apart}
        log
        height={300}
      />
    </>
  );
}

/** The entry that is predicted worst. */
function worst({ oneStep }: LabPart): number {
  const errors = oneStep.byDimension.map((x) => x ?? -1);
  return errors.indexOf(Math.max(...errors));
}

/** One-step error of every entry as bars. */
function DimensionBars({
  report,
  chosen,
  choose,
}: {
  readonly report: LabPart;
  readonly chosen: number | null;
  readonly choose: (entry: number | null) => void;
}) {
  const most = Math.max(...report.oneStep.byDimension.map((x) => x ?? 0), 1e-12);
  return (
    <figure class="chart">
      <figcaption>
        <h3>Error by dimension</h3>
        <p class="about">
          Mean squared error one step ahead, as a share of the variance of what it predicts, s′ − s. Choose an entry to
          look at it. <span class="aim">Good: all small; 1 is no better than no model.</span>
        </p>
      </figcaption>
      <ul class="bars">
        {report.names.map((name, j) => {
          const error = report.oneStep.byDimension[j] ?? null;
          return (
            <li key={name}>
              <button type="button" aria-pressed={chosen === j} onClick={() => choose(chosen === j ? null : j)}>
                <span>{name}</span>
                <i style={{ width: `${(100 * (error ?? 0)) / most}%` }} />
                <b data-dimension={name}>{error === null ? "constant" : figure(error)}</b>
              </button>
            </li>
          );
        })}
      </ul>
    </figure>
  );
}

/** Points in ascending x, as charts want them. */
function sorted(x: readonly number[], y: readonly number[]): { readonly x: number[]; readonly y: number[] } {
  const order = [...x.keys()].sort((a, b) => x[a] - x[b]);
  return { x: order.map((i) => x[i]), y: order.map((i) => y[i]) };
}

function PredictedAgainstReal({ report, entry }: { readonly report: LabPart; readonly entry: number }) {
  const { oneStep, names } = report;
  const { x, y } = useMemo(() => sorted(oneStep.real[entry], oneStep.predicted[entry]), [report, entry]);
  return (
    <Chart
      title="Predicted against real"
      yLabel="predicted change"
      what={`The change of ${names[entry]} in one step: mean of the members over what happened.`}
      good="on the line."
      x={x}
      xLabel="real"
      curves={[
        { label: "predicted", color: "model", y, scatter: true },
        { label: "real", color: "muted", y: x, width: 1, silent: true },
      ]}
      height={260}
    />
  );
}

function DisagreementAgainstError({ report: { oneStep } }: { readonly report: LabPart }) {
  const { x, y } = useMemo(() => sorted(oneStep.disagreement, oneStep.error), [oneStep]);
  return (
    <Chart
      title="Does the ensemble know?"
      yLabel="error [σ of the change]"
      what="Each step's error over the members' disagreement, both in units of σ of the change."
      good="no marks far above where the members agree."
      x={x}
      xLabel="disagreement"
      curves={[{ label: "error", color: "model", y, scatter: true }]}
      height={260}
    />
  );
}
