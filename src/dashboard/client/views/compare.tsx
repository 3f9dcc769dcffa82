import { useMemo } from "preact/hooks";
import { endOfAll, LEAST_SEEDS, saidOf } from "../../../experiments/seed-curve.js";
import { interpolated } from "../../../math/interpolated.js";
import type { Interval } from "../../../math/stratified-bootstrap.js";
import { type Axis, type ComparedRun, type GroupCurve, groupCurve } from "../../shared/compare.js";
import { gameOf } from "../../shared/groups.js";
import type { MetricLog, Scalar } from "../../shared/metric-log.js";
import type { RunEntry } from "../../shared/protocol.js";
import { useChoice, useNames } from "../address.js";
import { Chart } from "../chart.js";
import { EXPORTS } from "../compare-export.js";
import { AXES, colourOf, dashOf, type GroupsProps, QUANTITIES } from "../compared.js";
import { download } from "../download.js";
import { useLive, useLogs } from "../live.js";
import { useNotes } from "../notes.js";
import type { Curve } from "../plot.js";
import { Threshold } from "./threshold.js";

/** What to do where several runs play the same game from the same seed. */
const AGAIN = {
  newest: "the newest counts",
  longest: "the longest counts",
  apart: "a curve for each directory",
} as const;
type Again = keyof typeof AGAIN;

/** Runs of one task side by side, grouped by algorithm and preset, over their seeds. */
export function Compare() {
  const { runs } = useLive().state!;
  const known = runs.filter(({ identity }) => identity !== null);
  const tasks = [...new Set(known.map(({ identity }) => identity!.task))].sort();
  const [chosen, setTask] = useChoice("task", "");
  const task = tasks.includes(chosen) ? chosen : (mostRuns(known) ?? "");
  const [value, setQuantity] = useChoice("value", "return");
  const quantity: Scalar = Object.hasOwn(QUANTITIES, value) ? (value as Scalar) : "return";
  const [over, setAxis] = useChoice("over", "samples");
  const axis: Axis = over === "time" ? "time" : "samples";
  const [way, setAgain] = useChoice("again", "newest");
  const again: Again = Object.hasOwn(AGAIN, way) ? (way as Again) : "newest";
  const [withBands, setBands] = useChoice("bands", "shown");
  const [left, flip] = useNames("without");
  const [only, setOnly] = useChoice("only", "");
  const book = useNotes();
  const candidates = useMemo(() => {
    const wanted = new Set(only.split(",").filter(Boolean));
    const ofTask = known.filter(({ identity }) => identity!.task === task);
    return eachOnce(ofTask.filter(({ id, path }) => (wanted.size > 0 ? wanted.has(id) : !book.of(path).hidden)));
  }, [task, only, book.all, known.map(({ id }) => id).join()]);
  const taken = candidates.filter(({ id, metrics }) => !left.has(id) && metrics.bytes > 0);
  const logs = useLogs(taken.map(({ id }) => id));
  const read = logs.filter((log) => log !== undefined).length;
  const isRead = read === taken.length;
  const lines = isRead ? logs.map((log) => log?.lines ?? 0).join() : "";
  const groups = useMemo(() => {
    if (!isRead) return [];
    const byGame = new Map<string, { readonly algorithm: string; readonly runs: ComparedRun[] }>();
    taken.forEach((run, i) => {
      const log = logs[i];
      if (log === undefined) return;
      const place = run.path.split("/").slice(0, -1).join("/");
      const name = `${groupName(run, candidates)}${again === "apart" && place !== "" ? ` · ${place}` : ""}`;
      const { seed, created, algorithm } = run.identity!;
      if (!byGame.has(name)) byGame.set(name, { algorithm, runs: [] });
      byGame
        .get(name)!
        .runs.push({ name: run.path, seed, created: again === "longest" ? byLength(log) : created, log });
    });
    return [...byGame].map(([name, { algorithm, runs }]) => groupCurve(name, algorithm, runs, quantity, axis));
  }, [lines, quantity, axis, task, again, taken.map(({ id }) => id).join()]);
  const solved = known.find(({ identity }) => identity!.task === task)?.identity?.solvedReturn ?? null;
  if (known.length === 0) return <p class="empty">No runs to compare yet.</p>;
  const repeats = new Set(groups.flatMap((group) => group.repeats.map(({ name }) => name)));
  const anyAgain = repeats.size > 0 || again !== "newest";
  return (
    <>
      <h1>Compare</h1>
      <div class="controls">
        <Choice name="Task" value={task} values={Object.fromEntries(tasks.map((name) => [name, name]))} set={setTask} />
        <Choice name="Value" value={quantity} values={QUANTITIES} set={setQuantity} />
        <Choice name="Over" value={axis} values={AXES} set={setAxis} />
        {anyAgain && <Choice name="Same seed again" value={again} values={AGAIN} set={setAgain} />}
        <label class="check">
          <input
            type="checkbox"
            checked={withBands === "shown"}
            onChange={(event) => setBands(event.currentTarget.checked ? "shown" : "no")}
          />{" "}
          intervals
        </label>
        {only !== "" && (
          <button type="button" onClick={() => setOnly("")}>
            All runs of the task
          </button>
        )}
      </div>
      {isRead ? (
        <GroupChart
          groups={groups}
          quantity={quantity}
          axis={axis}
          task={task}
          solved={quantity === "return" ? solved : null}
          withBands={withBands === "shown"}
        />
      ) : (
        <p class="empty" role="status">
          Reading runs: {read} of {taken.length} …
        </p>
      )}
      <div class="grid compare">
        <Threshold groups={groups} quantity={quantity} axis={axis} solved={solved} />
        <fieldset class="panel">
          <legend>Runs</legend>
          {candidates.map((run) => (
            <label class="check" key={run.id}>
              <input type="checkbox" checked={!left.has(run.id)} onChange={() => flip(run.id)} />
              <b class={`algorithm ${run.identity!.algorithm}`}>{run.identity!.algorithm.toUpperCase()}</b> {run.path}
              {repeats.has(run.path) && (
                <span class="quiet">
                  {" "}
                  · seed {run.identity!.seed} again: the {again === "longest" ? "longer" : "newer"} run counts
                </span>
              )}
            </label>
          ))}
        </fieldset>
      </div>
    </>
  );
}

/** Sorts runs as a date would, by how far they went. */
const byLength = (log: MetricLog): string => {
  const samples = log.column("samples");
  return String(samples[samples.length - 1] ?? 0).padStart(20, "0");
};

function Choice(props: {
  readonly name: string;
  readonly value: string;
  readonly values: Readonly<Record<string, string>>;
  readonly set: (value: string) => void;
}) {
  return (
    <label>
      {props.name}{" "}
      <select value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>
        {Object.entries(props.values).map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The task with the most runs: the one to begin with. */
function mostRuns(runs: readonly RunEntry[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { identity } of runs) counts.set(identity!.task, (counts.get(identity!.task) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Of copies of one run in several places, the first. */
function eachOnce(runs: readonly RunEntry[]): readonly RunEntry[] {
  const seen = new Set<string>();
  return runs.filter(({ identity }) => {
    const mark = `${gameOf(identity!)} · ${identity!.seed} · ${identity!.created}`;
    const fresh = !seen.has(mark);
    seen.add(mark);
    return fresh;
  });
}

/** The algorithm, and whatever else differs between the runs of the task. */
function groupName({ identity }: RunEntry, among: readonly RunEntry[]): string {
  const differ = (of: (run: RunEntry) => string) => new Set(among.map(of)).size > 1;
  const options = (run: RunEntry) => Object.values(run.identity!.options).join(" ");
  const { policy, model } = identity!.players;
  // A policy player that always sits beside the same model player names both.
  const isOtherModel = ({ identity: other }: RunEntry) =>
    other!.players.policy.name === policy.name && other!.players.model.name !== model.name;
  return [
    identity!.algorithm.toUpperCase(),
    ...(differ((run) => run.identity!.players.policy.name) ? [policy.name] : []),
    ...(among.some(isOtherModel) ? [model.name] : []),
    ...(differ((run) => run.identity!.preset) ? [identity!.preset] : []),
    ...(differ(options) ? [Object.values(identity!.options).join(" ")] : []),
    ...Object.entries(identity!.differs).map(([key, value]) => `${key}=${value}`),
  ].join(" · ");
}

const WHAT = `Bold: interquartile mean (IQM) over the seeds of each group, with the 95 % interval of a stratified bootstrap. Of fewer than ${LEAST_SEEDS} seeds: their mean without an interval, and each run thin. A colour is a way of playing, a dash one of its variants. Where some runs have ended, the curve goes on faint with the others.`;

function GroupChart(props: GroupsProps & { readonly task: string; readonly withBands: boolean }) {
  const { groups, quantity, axis, task, solved, withBands } = props;
  const { x, curves, bands } = useMemo(() => drawnOf(groups), [groups]);
  const title = `${task}: ${QUANTITIES[quantity]}`;
  const save = (kind: keyof typeof EXPORTS) =>
    download(`${task}-${quantity}.${kind}`, EXPORTS[kind](title, groups, quantity, axis));
  return (
    <>
      <Chart
        title={title}
        what={WHAT}
        good={quantity === "gap" ? "near 0." : quantity === "lossAfter" ? "low." : "high, early, with a narrow band."}
        x={x}
        xLabel={AXES[axis]}
        curves={curves}
        bands={withBands ? bands : []}
        yLabel={QUANTITIES[quantity]!}
        level={solved === null ? null : { value: solved, label: "solved" }}
        height={380}
      />
      <div class="controls">
        {Object.keys(EXPORTS).map((kind) => (
          <button type="button" key={kind} onClick={() => save(kind as keyof typeof EXPORTS)}>
            Save {kind.toUpperCase()}
          </button>
        ))}
      </div>
    </>
  );
}

/** Curves and bands of the groups on the places of all of them. */
function drawnOf(groups: readonly GroupCurve[]) {
  const thin = (group: GroupCurve) => (group.statistic === "mean" && group.lines.length > 1 ? group.lines : []);
  const places = groups.flatMap((group) => [...group.x, ...thin(group).flatMap(({ x }) => Array.from(x))]);
  const x = Float64Array.from(new Set(places)).sort();
  const curves: Curve[] = [];
  const bands: { readonly low: number; readonly high: number; readonly color: string }[] = [];
  for (const group of groups) {
    const color = colourOf(group);
    const dash = dashOf(group, groups);
    const look = { color, ...(dash === undefined ? {} : { dash }) };
    const on = (of: keyof Interval) =>
      interpolated(
        group.x,
        group.points.map((point) => point[of]),
        x,
      );
    const hidden = { color, width: 0, silent: true };
    const [value, end] = [on("value"), endOfAll(group)];
    const last = group.x[end - 1];
    const label = `${group.name} (${saidOf(group)})`;
    curves.push({ ...look, label, y: value.map((y, i) => (x[i] <= last ? y : Number.NaN)), width: 2.5 });
    if (end < group.x.length) {
      const tail = value.map((y, i) => (x[i] >= last ? y : Number.NaN));
      curves.push({ ...look, label: `${label}, of fewer`, y: tail, faint: true, silent: true });
    }
    if (group.statistic === "IQM") {
      bands.push({ low: curves.length, high: curves.length + 1, color });
      curves.push({ ...hidden, label: `${group.name} low`, y: on("low") });
      curves.push({ ...hidden, label: `${group.name} high`, y: on("high") });
    }
    thin(group).forEach((line, i) => {
      const label = `${group.name}: ${group.runs[i].name}`;
      curves.push({ ...hidden, label, y: interpolated(line.x, line.y, x), width: 1 });
    });
  }
  return { x, curves, bands };
}
