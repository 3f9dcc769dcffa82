import { useMemo, useState } from "preact/hooks";
import { interquartileMean } from "../../../experiments/interquartile-mean.js";
import { type Axis, type ComparedRun, type GroupCurve, groupCurve, reached } from "../../shared/compare.js";
import { gameOf, interpolated } from "../../shared/groups.js";
import type { Scalar } from "../../shared/metric-log.js";
import type { RunEntry } from "../../shared/protocol.js";
import { Chart, type Curve } from "../chart.js";
import { count, duration } from "../format.js";
import { useLive, useLogs } from "../live.js";
import { curvesSvg, type SvgCurve } from "../svg.js";
import { colour } from "../theme.js";

const QUANTITIES: Readonly<Partial<Record<Scalar, string>>> = {
  return: "return of the mean policy",
  success: "success",
  worldReturn: "return with exploration",
  modelReturn: "return in the model",
  gap: "gap J(π, M) − J(π, W)",
  lossAfter: "model loss on fresh data, after the fit",
};
const AXES: Readonly<Record<Axis, string>> = { samples: "real samples", time: "time [s]" };
const COLOURS = ["pal", "mal", "gda", "br", "muted", "ink"];

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
  const taken = candidates.filter(({ id }) => !left.has(id));
  const logs = useLogs(taken.map(({ id }) => id));
  const lines = logs.map((log) => log?.lines ?? 0).join();
  const groups = useMemo(() => {
    const byGame = new Map<string, ComparedRun[]>();
    taken.forEach((run, i) => {
      const log = logs[i];
      if (log === undefined) return;
      const name = groupName(run, candidates);
      byGame.set(name, [...(byGame.get(name) ?? []), { name: run.path, seed: run.identity!.seed, log }]);
    });
    const algorithmOf = (name: string) => taken.find((run) => groupName(run, candidates) === name)!.identity!.algorithm;
    return [...byGame].map(([name, members]) => groupCurve(name, algorithmOf(name), members, quantity, axis));
  }, [lines, quantity, axis, task, taken.map(({ id }) => id).join()]);
  const solved = known.find(({ identity }) => identity!.task === task)?.identity?.solvedReturn ?? null;
  if (known.length === 0) return <p class="empty">No runs to compare yet.</p>;
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

/** The algorithm, and whatever else differs between the runs on show. */
function groupName({ identity }: RunEntry, among: readonly RunEntry[]): string {
  const differ = (of: (run: RunEntry) => string) => new Set(among.map(of)).size > 1;
  const options = (run: RunEntry) => Object.values(run.identity!.options).join(" ");
  return [
    identity!.algorithm.toUpperCase(),
    ...(differ((run) => run.identity!.preset) ? [identity!.preset] : []),
    ...(differ(options) ? [Object.values(identity!.options).join(" ")] : []),
  ].join(" · ");
}

const colourOf = (group: GroupCurve, groups: readonly GroupCurve[]) => {
  const first = groups.find(({ algorithm }) => algorithm === group.algorithm) === group;
  return first && COLOURS.includes(group.algorithm)
    ? group.algorithm
    : COLOURS[(groups.indexOf(group) + 2) % COLOURS.length]!;
};

interface GroupsProps {
  readonly groups: readonly GroupCurve[];
  readonly quantity: Scalar;
  readonly axis: Axis;
  readonly solved: number | null;
}

function GroupChart({ groups, quantity, axis, task, solved }: GroupsProps & { readonly task: string }) {
  const { x, curves, bands } = useMemo(() => {
    const x = Float64Array.from(new Set(groups.flatMap((group) => [...group.x]))).sort();
    const on = (group: GroupCurve, of: (i: number) => number) =>
      interpolated(
        group.x,
        group.points.map((_, i) => of(i)),
        x,
      );
    const curves = groups.flatMap((group): Curve[] => {
      const color = colourOf(group, groups);
      return [
        {
          label: `${group.name} (${group.runs.length})`,
          color,
          y: on(group, (i) => group.points[i]!.value),
          width: 2.5,
        },
        { label: `${group.name} low`, color, y: on(group, (i) => group.points[i]!.low), width: 0, silent: true },
        { label: `${group.name} high`, color, y: on(group, (i) => group.points[i]!.high), width: 0, silent: true },
      ];
    });
    const bands = groups.map((group, i) => ({ low: 3 * i + 1, high: 3 * i + 2, color: colourOf(group, groups) }));
    return { x, curves, bands };
  }, [groups]);
  const title = `${task}: ${QUANTITIES[quantity]}`;
  const save = (kind: keyof typeof EXPORTS) =>
    download(`${task}-${quantity}.${kind}`, EXPORTS[kind](title, groups, quantity, axis));
  return (
    <>
      <Chart
        title={title}
        what="Interquartile mean over the seeds of each group (their number in brackets), with the 95 % band of a stratified bootstrap over seeds. A curve ends where the first of its runs ends."
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

/** When each group first reached a level. */
function Threshold({ groups, quantity, axis, solved }: GroupsProps) {
  const best = Math.max(...groups.flatMap(({ points }) => points.map(({ value }) => value)), Number.NEGATIVE_INFINITY);
  const proposed =
    solved !== null && solved <= best
      ? solved
      : Number.isFinite(best)
        ? Number((best > 0 ? 0.9 * best : 1.1 * best).toPrecision(2))
        : 0;
  const [typed, setTyped] = useState<string | null>(null);
  const level = typed === null || typed === "" ? proposed : Number(typed);
  const show = (value: number) => (axis === "samples" ? count(value) : duration(value));
  return (
    <section class="panel">
      <h2>{axis === "samples" ? "Samples" : "Time"} to a threshold</h2>
      <p class="about">
        Where each seed's evaluation first reaches the level; the interquartile mean over those that do.{" "}
        <span class="aim">Good: small, and all seeds get there.</span>
      </p>
      <div class="controls">
        <label>
          Level{" "}
          <input type="number" value={level} step="any" onInput={(event) => setTyped(event.currentTarget.value)} />
        </label>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">group</th>
            <th scope="col">seeds there</th>
            <th scope="col">interquartile mean</th>
            <th scope="col">each seed</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => {
            const places = group.runs.map(({ log }) => reached(log, quantity, level, axis));
            const there = places.filter((place) => place !== null);
            return (
              <tr key={group.name}>
                <th scope="row">{group.name}</th>
                <td>
                  {there.length} of {places.length}
                </td>
                <td data-threshold={group.name}>{there.length === 0 ? "–" : show(interquartileMean(there))}</td>
                <td>{places.map((place) => (place === null ? "–" : show(place))).join(", ")}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

const EXPORTS = {
  svg: (title: string, groups: readonly GroupCurve[], quantity: Scalar, axis: Axis) =>
    new Blob(
      [
        curvesSvg(
          title,
          AXES[axis],
          QUANTITIES[quantity]!,
          groups.map(
            (group): SvgCurve => ({
              label: `${group.name} (${group.runs.length} ${group.runs.length === 1 ? "seed" : "seeds"})`,
              color: colour(colourOf(group, groups)),
              x: group.x,
              y: group.points.map(({ value }) => value),
              low: group.points.map(({ low }) => low),
              high: group.points.map(({ high }) => high),
            }),
          ),
        ),
      ],
      { type: "image/svg+xml" },
    ),
  csv: (_title: string, groups: readonly GroupCurve[], quantity: Scalar, axis: Axis) =>
    new Blob(
      [
        `group,${axis},${quantity},low,high,seeds\n`,
        ...groups.flatMap(({ name, x, points, runs }) =>
          points.map(({ value, low, high }, i) => `"${name}",${x[i]},${value},${low},${high},${runs.length}\n`),
        ),
      ],
      { type: "text/csv" },
    ),
  json: (title: string, groups: readonly GroupCurve[], quantity: Scalar, axis: Axis) =>
    new Blob(
      [
        JSON.stringify(
          {
            title,
            quantity,
            axis,
            groups: groups.map(({ name, x, points, runs }) => ({
              name,
              runs: runs.map((run) => ({ run: run.name, seed: run.seed })),
              points: points.map((point, i) => ({ x: x[i], ...point })),
            })),
          },
          null,
          1,
        ),
      ],
      { type: "application/json" },
    ),
};

function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
