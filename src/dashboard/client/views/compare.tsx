import { useMemo, useState } from "preact/hooks";
import { endOfAll, LEAST_SEEDS, saidOf } from "../../../experiments/seed-curve.js";
import { interpolated } from "../../../math/interpolated.js";
import type { Interval } from "../../../math/stratified-bootstrap.js";
import { type Axis, type ComparedRun, type GroupCurve, groupCurve } from "../../shared/compare.js";
import { gameOf } from "../../shared/groups.js";
import type { Scalar } from "../../shared/metric-log.js";
import type { RunEntry } from "../../shared/protocol.js";
import { Chart } from "../chart.js";
import { download, EXPORTS } from "../compare-export.js";
import { AXES, colourOf, type GroupsProps, QUANTITIES } from "../compared.js";
import { useLive, useLogs } from "../live.js";
import type { Curve } from "../plot.js";
import { Threshold } from "./threshold.js";

/** Runs of one task side by side, grouped by algorithm and preset, over their seeds. */
export function Compare() {
  const { runs } = useLive().state!;
  const known = runs.filter(({ identity }) => identity !== null);
  const tasks = [...new Set(known.map(({ identity }) => identity!.task))].sort();
  const [chosen, setTask] = useState<string | null>(null);
  const task = chosen !== null && tasks.includes(chosen) ? chosen : (mostRuns(known) ?? "");
  const [quantity, setQuantity] = useState<Scalar>("return");
  const [axis, setAxis] = useState<Axis>("samples");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const candidates = useMemo(
    () => eachOnce(known.filter(({ identity }) => identity!.task === task)),
    [task, known.map(({ id }) => id).join()],
  );
  const taken = candidates.filter(({ id, metrics }) => !left.has(id) && metrics.bytes > 0);
  const logs = useLogs(taken.map(({ id }) => id));
  const read = logs.filter((log) => log !== undefined).length;
  const lines = logs.map((log) => log?.lines ?? 0).join();
  const groups = useMemo(() => {
    const byGame = new Map<string, ComparedRun[]>();
    taken.forEach((run, i) => {
      const log = logs[i];
      if (log === undefined) return;
      const name = groupName(run, candidates);
      const { seed, created } = run.identity!;
      byGame.set(name, [...(byGame.get(name) ?? []), { name: run.path, seed, created, log }]);
    });
    const algorithmOf = (name: string) => taken.find((run) => groupName(run, candidates) === name)!.identity!.algorithm;
    return [...byGame].map(([name, members]) => groupCurve(name, algorithmOf(name), members, quantity, axis));
  }, [lines, quantity, axis, task, taken.map(({ id }) => id).join()]);
  const solved = known.find(({ identity }) => identity!.task === task)?.identity?.solvedReturn ?? null;
  if (known.length === 0) return <p class="empty">No runs to compare yet.</p>;
  const repeats = new Set(groups.flatMap((group) => group.repeats.map(({ name }) => name)));
  const flip = (id: string) => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    setLeft(next);
  };
  return (
    <>
      <h1>Compare</h1>
      <div class="controls">
        <label>
          Task{" "}
          <select value={task} onChange={(event) => setTask(event.currentTarget.value)}>
            {tasks.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Value{" "}
          <select value={quantity} onChange={(event) => setQuantity(event.currentTarget.value as Scalar)}>
            {Object.entries(QUANTITIES).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          Over{" "}
          <select value={axis} onChange={(event) => setAxis(event.currentTarget.value as Axis)}>
            {Object.entries(AXES).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      {read < taken.length && (
        <p class="quiet" role="status">
          {read} of {taken.length} runs read: curves and their seeds are of these.
        </p>
      )}
      <GroupChart
        groups={groups}
        quantity={quantity}
        axis={axis}
        task={task}
        solved={quantity === "return" ? solved : null}
      />
      <div class="grid compare">
        <Threshold groups={groups} quantity={quantity} axis={axis} solved={solved} />
        <fieldset class="panel">
          <legend>Runs</legend>
          {candidates.map((run) => (
            <label class="check" key={run.id}>
              <input type="checkbox" checked={!left.has(run.id)} onChange={() => flip(run.id)} />
              <b class={`algorithm ${run.identity!.algorithm}`}>{run.identity!.algorithm.toUpperCase()}</b> {run.path}
              {repeats.has(run.path) && (
                <span class="quiet"> · seed {run.identity!.seed} again: the newer run counts</span>
              )}
            </label>
          ))}
        </fieldset>
      </div>
    </>
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

const WHAT = `Bold: interquartile mean (IQM) over the seeds of each group, with the 95 % interval of a stratified bootstrap. Of fewer than ${LEAST_SEEDS} seeds: their mean without an interval, and each run thin. Of several runs with one seed the newest counts. Where some runs have ended, the curve goes on dashed with the others.`;

function GroupChart({ groups, quantity, axis, task, solved }: GroupsProps & { readonly task: string }) {
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
        bands={bands}
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
    const color = colourOf(group, groups);
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
    curves.push({ label, color, y: value.map((y, i) => (x[i] <= last ? y : Number.NaN)), width: 2.5 });
    if (end < group.x.length) {
      const tail = value.map((y, i) => (x[i] >= last ? y : Number.NaN));
      curves.push({ label: `${label}, of fewer`, color, y: tail, width: 2, dash: [5, 4], silent: true });
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
