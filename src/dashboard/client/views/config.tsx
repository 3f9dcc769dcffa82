import { useState } from "preact/hooks";
import type { RunDetail, SettingRow } from "../../shared/protocol.js";
import { useChoice } from "../address.js";
import { count } from "../format.js";
import { useFetched, useLive } from "../live.js";
import type { RunViewProps } from "./run.js";

const shown = (value: unknown) => (value === null ? "none" : Array.isArray(value) ? value.join(", ") : String(value));

/** The settings of a run, where each value came from, how another run differs, and what happened. */
export function ConfigAndLog(props: RunViewProps) {
  return (
    <div class="grid">
      <Settings {...props} />
      <section>
        <Events {...props} />
        <Checkpoints {...props} />
      </section>
    </div>
  );
}

function Settings({ run, detail }: RunViewProps) {
  const [other, setOther] = useChoice("other", "");
  const theirs = useFetched<RunDetail>(other === "" ? null : `/api/runs/${other}`);
  const [only, setOnly] = useState(false);
  const rows = detail.state === "there" ? detail.value.settings : [];
  const compared =
    theirs.state === "there" ? new Map(theirs.value.settings.map(({ key, value }) => [key, shown(value)])) : null;
  const differs = ({ key, value }: SettingRow) => compared !== null && compared.get(key) !== shown(value);
  const visible = compared === null ? (only ? rows.filter(({ own }) => own) : rows) : rows.filter(differs);
  return (
    <section>
      <h2>Settings</h2>
      <p class="about">Every value of this run, and where it came from. Values of this run's own are marked.</p>
      <div class="controls">
        <OtherRun run={run} value={other} choose={setOther} />
        <label class="check">
          <input type="checkbox" checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} /> this run's
          own only
        </label>
      </div>
      {theirs.state === "failed" && <p role="alert">{theirs.error}</p>}
      {detail.state === "failed" && <p role="alert">{detail.error}</p>}
      {rows.some(({ origin }) => origin === "not known here") && (
        <p class="about">
          These are the stored values of a run that this version cannot take apart: where they came from is not known.
        </p>
      )}
      {visible.length === 0 ? (
        <p class="empty">
          {rows.length === 0 ? "The settings cannot be read." : compared === null ? "None." : "No setting differs."}
        </p>
      ) : (
        <SettingTable rows={visible} theirs={compared} />
      )}
      {rows.length === 0 && detail.state === "there" && detail.value.config !== null && (
        <pre class="scroll">{JSON.stringify(detail.value.config, null, 2)}</pre>
      )}
    </section>
  );
}

/** Which other run to compare with, where there is one. */
function OtherRun(props: {
  readonly run: RunViewProps["run"];
  readonly value: string;
  readonly choose: (id: string) => void;
}) {
  const { runs } = useLive().state!;
  if (runs.length < 2) return null;
  return (
    <label>
      Differences to{" "}
      <select value={props.value} onChange={(event) => props.choose(event.currentTarget.value)}>
        <option value="">no other run</option>
        {runs
          .filter(({ id }) => id !== props.run.id)
          .map(({ id, path }) => (
            <option value={id} key={id}>
              {path}
            </option>
          ))}
      </select>
    </label>
  );
}

/** So many lines of a kind are named. */
const NAMED = 50;

/** What happened, in the order of kinds. */
function Events({ run, log }: RunViewProps) {
  return (
    <>
      <h2>Log</h2>
      <p class="about">Starts, resumes, changes of the task, ends, and lines that could not be read.</p>
      <ol class="events">
        {log.starts.map(({ iteration, date, version }) => (
          <li key={`${date}-${iteration}`}>
            <time dateTime={date}>{new Date(date).toLocaleString()}</time>{" "}
            {iteration === 0 ? "began" : `went on from iteration ${iteration}`}, stackelberg {version}
          </li>
        ))}
        {log.taskChanges.map(({ iteration, samples, options }) => (
          <li key={`task ${iteration}`}>
            iteration {iteration}, after {count(samples)} samples: the task changed,{" "}
            {Object.entries(options)
              .map(([name, value]) => `${name}=${value}`)
              .join(", ")}
          </li>
        ))}
        {log.notNumbers.slice(0, NAMED).map(({ iteration, what }) => (
          <li class="bad" key={`${iteration}-${what}`}>
            iteration {iteration}: {what} is not a number
          </li>
        ))}
        {log.broken.slice(0, NAMED).map(({ line, what }) => (
          <li class="bad" key={line}>
            line {line} {what}
          </li>
        ))}
        {log.end !== undefined && (
          <li class={log.end.reason === "failed" ? "bad" : ""}>
            {log.end.reason} after iteration {log.end.iteration}
            {log.end.message !== undefined && `: ${log.end.message}`}
          </li>
        )}
        {log.end === undefined && <li>{run.status}</li>}
      </ol>
    </>
  );
}

function Checkpoints({ run, detail }: RunViewProps) {
  return (
    <>
      <h2>Checkpoints</h2>
      <ul class="events">
        {detail.state === "there" &&
          detail.value.checkpoints.map(({ iteration, problem }) => (
            <li key={iteration} class={problem === null ? "" : "bad"}>
              iteration {iteration}
              {problem === null ? "" : `: ${problem}`}
            </li>
          ))}
        {run.checkpoints.length === 0 && <li>none</li>}
      </ul>
    </>
  );
}

function SettingTable({
  rows,
  theirs,
}: {
  readonly rows: readonly SettingRow[];
  readonly theirs: ReadonlyMap<string, string> | null;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll tall" tabIndex={0} aria-label="Settings">
      <table class="settings">
        <thead>
          <tr>
            <th scope="col">setting</th>
            <th scope="col">value</th>
            {theirs !== null && <th scope="col">other run</th>}
            <th scope="col">from</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, value, help, origin, own }) => (
            <tr key={key} class={own ? "own" : ""}>
              <th scope="row" title={help}>
                {key}
                <small>{help}</small>
              </th>
              <td data-setting={key}>{shown(value)}</td>
              {theirs !== null && <td>{theirs.get(key) ?? "–"}</td>}
              <td>{origin}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
