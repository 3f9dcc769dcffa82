import { useEffect, useState } from "preact/hooks";
import type { MetricLog } from "../../shared/metric-log.js";
import type { SceneReport } from "../../shared/protocol.js";
import { useChoice } from "../address.js";
import { knownOf, useFollowed } from "../followed.js";
import { CheckpointChoice, NoCheckpoint, useCheckpoint } from "./checkpoint.js";
import { JobLine } from "./job.js";
import type { RunViewProps } from "./run.js";

// three, MuJoCo and ONNX Runtime are asked for when this view is opened, and not before.
const loadReplay = async () => (await import("./replay.js")).Replay;
const loadLiveStage = async () => (await import("./live-stage.js")).LiveStage;

/** A part of the page that is fetched when it is first shown; null until it is there. */
function usePart<Part>(wanted: boolean, load: () => Promise<Part>): Part | null {
  const [part, setPart] = useState<{ readonly part: Part } | null>(null);
  useEffect(() => {
    if (wanted && part === null) void load().then((loaded) => setPart({ part: loaded }));
  }, [wanted]);
  return part?.part ?? null;
}

/** An episode of a checkpoint in three dimensions: recorded beside its imagined twins, or played here and now. */
export function SceneView({ run, log, detail }: RunViewProps) {
  const [checkpoint, choose] = useCheckpoint(run);
  const [start, setStart] = useChoice("start", "0");
  const seed = /^\d{1,9}$/.test(start) ? Number(start) : 0;
  const [form, setForm] = useChoice("as", "replay");
  const live = form === "live";
  const known = detail.state === "there" ? detail.value : null;
  const problem = known?.checkpoints.find(({ iteration }) => iteration === checkpoint)?.problem ?? null;
  const ask = checkpoint !== null && problem === null && !live;
  const { followed, cancel, again } = useFollowed<SceneReport, SceneReport>(
    ask ? `/api/runs/${run.id}/scene?checkpoint=${checkpoint}&seed=${seed}` : null,
  );
  const report = knownOf(followed);
  const Replay = usePart(!live, loadReplay);
  const LiveStage = usePart(live, loadLiveStage);
  if (checkpoint === null) return <NoCheckpoint run={run} />;
  const place = known?.task?.live;
  const notPlayable = place !== undefined && "problem" in place ? place.problem : null;
  const module = place !== undefined && "module" in place && run.identity !== null ? place.module : undefined;
  const settings = (known?.config as { settings?: { evaluation?: { episodes: number; seed: number } } } | null)
    ?.settings;
  const evaluation = settings?.evaluation ?? { episodes: 10, seed: 0 };
  return (
    <>
      <div class="controls">
        <CheckpointChoice run={run} value={checkpoint} choose={choose} />
        <label>
          Start{" "}
          <input
            type="number"
            min={0}
            step={1}
            value={seed}
            aria-label="Seed of the start"
            onChange={(event) => setStart(String(Math.max(0, Math.floor(Number(event.currentTarget.value)))))}
          />
        </label>
        <fieldset class="switch" aria-label="What to show">
          <button type="button" aria-pressed={!live} onClick={() => setForm("replay")}>
            Replay with ghosts
          </button>
          <button type="button" aria-pressed={live} onClick={() => setForm("live")} disabled={module === undefined}>
            Play it here
          </button>
        </fieldset>
        {notPlayable !== null && <span class="quiet">It cannot be played here: {notPlayable}</span>}
      </div>
      {problem !== null ? (
        <p class="problems" role="alert">
          {problem}
        </p>
      ) : live && LiveStage !== null && run.identity !== null && module !== undefined ? (
        <LiveStage
          key={checkpoint}
          run={run.id}
          checkpoint={checkpoint}
          task={run.identity.task}
          module={module}
          options={optionsAt(run.identity.options, log, checkpoint)}
          seed={seed}
          evaluation={evaluation}
          logged={loggedReturn(log, checkpoint)}
        />
      ) : live ? (
        <p class="empty">{notPlayable === null ? "Loading …" : "“Replay with ghosts” shows it."}</p>
      ) : (
        <>
          <JobLine
            job={followed}
            cancel={cancel}
            again={again}
            partial="the world's episode is below; the model's are still being played."
          />
          {report !== undefined &&
            (Replay === null ? (
              <p class="empty">Loading …</p>
            ) : (
              <Replay key={`${report.iteration} ${report.seed}`} report={report} />
            ))}
        </>
      )}
    </>
  );
}

/** The task's options as they were in an iteration: `task.changes` may change them on the way. */
function optionsAt(
  options: Readonly<Record<string, string>>,
  { taskChanges }: MetricLog,
  checkpoint: number,
): Readonly<Record<string, string>> {
  const made = taskChanges.filter(({ iteration }) => iteration <= checkpoint);
  return Object.assign({}, options, ...made.map((change) => change.options));
}

/** What the log says that the mean policy of an iteration scored; null where it was not evaluated. */
function loggedReturn(log: MetricLog, checkpoint: number): number | null {
  const value = log.column("return")[log.column("iteration").indexOf(checkpoint)];
  return value === undefined || Number.isNaN(value) ? null : value;
}
