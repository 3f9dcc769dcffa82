import { useCallback, useMemo } from "preact/hooks";
import type { RunEntry } from "../../shared/protocol.js";
import { hashOf, useChoice, useNames } from "../address.js";
import { download } from "../download.js";
import { count, counted, duration, figure, percent, playersOf } from "../format.js";
import { useLive } from "../live.js";
import { formatNotes, type Note, useNotes } from "../notes.js";
import { ordered, orderOf, settingsOf } from "../run-order.js";
import { LightRow, Status } from "./lights.js";
import { RunTable } from "./run-table.js";

/** All runs: as cards by task, or as a table. */
export function Home() {
  const { runs, roots } = useLive().state!;
  const [wanted, setWanted] = useChoice("find", "", "in place");
  const [form, setForm] = useChoice("as", "cards");
  const [sort, setSort] = useChoice("sort", "name");
  const [withHidden, setWithHidden] = useChoice("hidden", "");
  const [selected, flip] = useNames("chosen");
  const book = useNotes();
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useMemo(
    () => runs.filter((run) => words.every((word) => about(run, book.of(run.path)).includes(word))),
    [runs, wanted, book.all],
  );
  const shown = useMemo(
    () =>
      ordered(
        found.filter(({ path }) => withHidden !== "" || !book.of(path).hidden),
        orderOf(sort),
      ),
    [found, book.all, withHidden, sort],
  );
  const noteOf = useCallback((path: string) => book.of(path), [book.all]);
  if (runs.length === 0) {
    return (
      <section class="empty">
        <h1>No runs here yet</h1>
        <p>
          Looked in {roots.join(", ")}. Begin one, and it appears here by itself:{" "}
          <code>stackelberg train pal inverted-pendulum</code>
        </p>
      </section>
    );
  }
  const hidden = found.filter(({ path }) => book.of(path).hidden).length;
  const chosen = runs.filter(({ id }) => selected.has(id));
  const tasks = [...new Set(shown.map(taskOf))].sort();
  return (
    <>
      <h1>Runs</h1>
      <div class="controls">
        {runs.length > FEW && (
          <label>
            Find{" "}
            <input
              type="text"
              value={wanted}
              placeholder="hopper pal running"
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </label>
        )}
        <fieldset class="switch" aria-label="How to show runs">
          {["cards", "table"].map((each) => (
            <button type="button" key={each} aria-pressed={form === each} onClick={() => setForm(each)}>
              {each === "cards" ? "Cards" : "Table"}
            </button>
          ))}
        </fieldset>
        {hidden > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={withHidden !== ""}
              onChange={() => setWithHidden(withHidden === "" ? "shown" : "")}
            />{" "}
            {hidden} hidden
          </label>
        )}
        <span class="quiet" role="status">
          {shown.length} of {runs.length}
        </span>
        {chosen.length > 0 && (
          <>
            <a href={hashOf(["compare"], compareChoices(chosen))}>Compare {counted(chosen.length, "run")}</a>
            <button type="button" onClick={() => flip(...chosen.map(({ id }) => id))}>
              Choose none
            </button>
          </>
        )}
        {form === "table" && <NoteFile />}
      </div>
      {form === "table" ? (
        <RunTable
          runs={shown}
          order={orderOf(sort)}
          sort={({ column, down }) => setSort(`${down ? "-" : ""}${column}`)}
          selected={selected}
          flip={flip}
          noteOf={noteOf}
        />
      ) : (
        tasks.map((task) => (
          <section key={task}>
            <h2>{task}</h2>
            <ul class="cards">
              {shown
                .filter((run) => taskOf(run) === task)
                .map((run) => (
                  <RunCard key={run.id} run={run} />
                ))}
            </ul>
          </section>
        ))
      )}
    </>
  );
}

/** What Compare shows of some runs: they alone, on the task of most of them. */
function compareChoices(chosen: readonly RunEntry[]): Readonly<Record<string, string>> {
  const counts = new Map<string, number>();
  for (const run of chosen) counts.set(taskOf(run), (counts.get(taskOf(run)) ?? 0) + 1);
  const [[task]] = [...counts].sort(([, a], [, b]) => b - a);
  return { task, only: chosen.map(({ id }) => id).join() };
}

/** Notes as a file, out of this browser and into it. */
function NoteFile() {
  const book = useNotes();
  const load = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    if (file === undefined) return;
    if (book.add(await file.text()) === 0) alert(`${file.name} holds no notes.`);
    input.value = "";
  };
  return (
    <span class="note-file">
      <button
        type="button"
        onClick={() =>
          download("stackelberg-notes.json", new Blob([formatNotes(book.all)], { type: "application/json" }))
        }
      >
        Save notes
      </button>
      <label class="button">
        Load notes
        <input
          type="file"
          accept="application/json,.json"
          class="unseen"
          onChange={(event) => void load(event.currentTarget)}
        />
      </label>
    </span>
  );
}

/** Settings that set a run apart from others of its kind. */
const chosen = ({ differs }: NonNullable<RunEntry["identity"]>) =>
  Object.entries(differs).map(([key, value]) => `${key}=${value}`);

/** So many runs are seen at a glance; of more, some can be looked for. */
const FEW = 8;

/** What a run can be found by. */
const about = (run: RunEntry, note: Note): string =>
  [
    run.path,
    ...note.tags,
    note.text,
    run.status,
    taskOf(run),
    run.identity?.algorithm,
    run.identity && playersOf(run.identity),
    run.identity && settingsOf(run.identity),
  ]
    .join(" ")
    .toLowerCase();

const taskOf = (run: RunEntry) => run.identity?.task ?? "Not readable";

function RunCard({ run }: { readonly run: RunEntry }) {
  const { identity, digest, status } = run;
  const { evaluation } = digest;
  const share = identity === null ? 0 : Math.min(1, digest.samples / identity.maxSamples);
  return (
    <li class="card run-card">
      <a href={`#/run/${run.id}`}>
        <span class="row">
          <b class={`algorithm ${identity?.algorithm ?? ""}`}>{identity?.algorithm.toUpperCase() ?? "?"}</b>
          <span class="name" title={run.path}>
            {run.name}
          </span>
          <Status status={status} />
        </span>
        <span class="row">
          <span class="big">{figure(evaluation?.mean)}</span>
          <span class="quiet">
            {evaluation === null ? "not evaluated" : `± ${figure(evaluation.std)}`}
            {evaluation?.success != null && ` · success ${percent(evaluation.success)}`}
          </span>
          <Spark points={digest.spark} solved={identity?.solvedReturn ?? null} />
        </span>
        <progress value={share} max={1} aria-label="Progress" />
        <span class="row quiet">
          <span>
            {count(digest.samples)}
            {identity !== null && ` of ${count(identity.maxSamples)}`} samples ·{" "}
            {counted(digest.iterations, "iteration")}
          </span>
          {digest.eta !== null && <span>· {duration(digest.eta)} left</span>}
        </span>
        <span class="row quiet">
          <span>
            {identity !== null &&
              [
                identity.players.policy.name,
                `preset ${identity.preset}`,
                ...chosen(identity),
                `seed ${identity.seed}`,
                duration(digest.seconds),
              ].join(" · ")}
          </span>
          <LightRow lights={digest.lights} />
        </span>
        {run.problems.length > 0 && <CardProblems problems={run.problems} />}
      </a>
    </li>
  );
}

/** What is wrong with a run's files: the first sentences, and how many more there are on its own page. */
function CardProblems({ problems }: { readonly problems: readonly string[] }) {
  const more = problems.length - FIRST;
  return (
    <ul class="card-problems" aria-label="Problems">
      {problems.slice(0, FIRST).map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
      {more > 0 && <li key="more">and {more} more</li>}
    </ul>
  );
}
const FIRST = 2;

const [WIDTH, HEIGHT] = [120, 36];

/** A learning curve as small as a word. */
function Spark({ points, solved }: { readonly points: RunEntry["digest"]["spark"]; readonly solved: number | null }) {
  if (points.length < 2) return null;
  const values = points.map(([, y]) => y);
  const low = Math.min(...values);
  const high = Math.max(...values, solved ?? Number.NEGATIVE_INFINITY);
  const x = (samples: number) =>
    (WIDTH * (samples - points[0][0])) / (points[points.length - 1][0] - points[0][0] || 1);
  const y = (value: number) => 2 + (HEIGHT - 4) * (1 - (value - low) / (high - low || 1));
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Return over samples, from ${figure(values[0])} to ${figure(values.at(-1))}`}
    >
      {solved !== null && <line x1={0} x2={WIDTH} y1={y(solved)} y2={y(solved)} />}
      <polyline points={points.map(([s, v]) => `${x(s).toFixed(1)},${y(v).toFixed(1)}`).join(" ")} />
    </svg>
  );
}
