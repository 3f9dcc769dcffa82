import { useState } from "preact/hooks";
import type { RunEntry } from "../../shared/protocol.js";
import { count, counted, duration, figure, percent, playersOf } from "../format.js";
import { useLive } from "../live.js";
import { LightRow, Status } from "./lights.js";

/** All runs, grouped by task. */
export function Home() {
  const { runs, roots } = useLive().state!;
  const [wanted, setWanted] = useState("");
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
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = runs.filter((run) => words.every((word) => about(run).includes(word)));
  const tasks = [...new Set(shown.map(taskOf))].sort();
  return (
    <>
      <h1>Runs</h1>
      {runs.length > FEW && (
        <div class="controls">
          <label>
            Find{" "}
            <input
              type="text"
              value={wanted}
              placeholder="hopper pal running"
              onInput={(event) => setWanted(event.currentTarget.value)}
            />
          </label>
          <span class="quiet" role="status">
            {shown.length} of {runs.length}
          </span>
        </div>
      )}
      {tasks.map((task) => (
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
      ))}
    </>
  );
}

/** Settings that set a run apart from others of its kind. */
const chosen = ({ differs }: NonNullable<RunEntry["identity"]>) =>
  Object.entries(differs).map(([key, value]) => `${key}=${value}`);

/** So many runs are seen at a glance; of more, some can be looked for. */
const FEW = 8;

/** What a run can be found by. */
const about = (run: RunEntry): string =>
  [
    run.path,
    run.status,
    taskOf(run),
    run.identity?.algorithm,
    run.identity && playersOf(run.identity),
    run.identity?.preset,
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
