import { memo } from "preact/compat";
import { useMemo } from "preact/hooks";
import { type Axis, type ComparedRun, groupCurve } from "../../shared/compare.js";
import { gameOf } from "../../shared/groups.js";
import type { RunEntry } from "../../shared/protocol.js";
import type { Compared, Curves } from "../../shared/run-curves.js";
import { useChoice, useNames } from "../address.js";
import { AXES, QUANTITIES } from "../compared.js";
import { useCurves, useLive } from "../live.js";
import { useNotes } from "../notes.js";
import { useOneByOne } from "../one-by-one.js";
import { GroupChart } from "./group-chart.js";
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
  const quantity: Compared = Object.hasOwn(QUANTITIES, value) ? (value as Compared) : "return";
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
  const logs = useCurves(taken.map(({ id }) => id));
  const read = logs.filter((log) => log !== undefined).length;
  const isRead = read === taken.length;
  const wanted = useMemo(
    () => (isRead ? gamesOf(taken, logs, candidates, again) : []),
    [isRead, candidates, again, ...logs.map((log) => log?.count ?? 0), ...taken.map(({ id }) => id)],
  ).map((game) => ({ ...game, make: () => groupCurve(game.name, game.algorithm, game.runs, quantity, axis) }));
  const { made: groups, isWhole } = useOneByOne([task, quantity, axis, again].join(" "), wanted);
  const repeats = useMemo(() => new Set(groups.flatMap((group) => group.repeats.map(({ name }) => name))), [groups]);
  const solved = known.find(({ identity }) => identity!.task === task)?.identity?.solvedReturn ?? null;
  if (known.length === 0) return <p class="empty">No runs to compare yet.</p>;
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
      {isRead && groups.length > 0 ? (
        <GroupChart
          groups={groups}
          quantity={quantity}
          axis={axis}
          task={task}
          solved={quantity === "return" ? solved : null}
          withBands={withBands === "shown"}
          missing={wanted.length - groups.length}
          isFinal={isWhole}
        />
      ) : (
        <p class="empty" role="status">
          {taken.length === 0
            ? "No run is chosen that has a line in its log."
            : isRead
              ? `Making curves: 0 of ${wanted.length} …`
              : `Reading runs: ${read} of ${taken.length} …`}
        </p>
      )}
      <div class="grid compare">
        <Threshold groups={groups} quantity={quantity} axis={axis} solved={solved} />
        <RunChoices runs={candidates} left={left} flip={flip} repeats={repeats} again={again} />
      </div>
    </>
  );
}

/** Runs as the games whose seeds they are, by name. */
function gamesOf(
  runs: readonly RunEntry[],
  logs: readonly (Curves | undefined)[],
  among: readonly RunEntry[],
  again: Again,
) {
  const games = new Map<
    string,
    { readonly algorithm: string; readonly runs: ComparedRun[]; readonly marks: string[] }
  >();
  runs.forEach((run, i) => {
    const log = logs[i];
    if (log === undefined) return;
    const place = run.path.split("/").slice(0, -1).join("/");
    const name = `${groupName(run, among)}${again === "apart" && place !== "" ? ` · ${place}` : ""}`;
    const { seed, created, algorithm } = run.identity!;
    const game = games.get(name) ?? { algorithm, runs: [], marks: [] };
    games.set(name, game);
    game.runs.push({ name: run.path, seed, created: again === "longest" ? byLength(log) : created, log });
    game.marks.push(`${run.id} ${run.metrics.generation} ${log.count}`);
  });
  return [...games].map(([name, { marks, ...game }]) => ({ name, mark: marks.join(), ...game }));
}

/** Sorts runs as a date would, by how far they went. */
const byLength = (log: Curves): string => {
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
  const isNamedByWay = policy.name === identity!.algorithm; // a baseline that is its player
  return [
    identity!.algorithm.toUpperCase(),
    ...(!isNamedByWay && differ((run) => run.identity!.players.policy.name) ? [policy.name] : []),
    ...(among.some(isOtherModel) ? [model.name] : []),
    ...(differ((run) => run.identity!.preset) ? [identity!.preset] : []),
    ...(differ(options) ? [Object.values(identity!.options).join(" ")] : []),
    ...Object.entries(identity!.differs).map(([key, value]) => `${key}=${value}`),
  ].join(" · ");
}

/** Boxes for all runs of the task; drawn anew only where they change. */
const RunChoices = memo(
  (props: {
    readonly runs: readonly RunEntry[];
    readonly left: ReadonlySet<string>;
    readonly flip: (id: string) => void;
    /** Runs that do not count, because another has their seed. */
    readonly repeats: ReadonlySet<string>;
    readonly again: Again;
  }) => (
    <fieldset class="panel">
      <legend>Runs</legend>
      {props.runs.map(({ id, path, identity }) => (
        <label class="check" key={id}>
          <input type="checkbox" checked={!props.left.has(id)} onChange={() => props.flip(id)} />
          <b class={`algorithm ${identity!.algorithm}`}>{identity!.algorithm.toUpperCase()}</b> {path}
          {props.repeats.has(path) && (
            <span class="quiet">
              {" "}
              · seed {identity!.seed} again: the {props.again === "longest" ? "longer" : "newer"} run counts
            </span>
          )}
        </label>
      ))}
    </fieldset>
  ),
);
