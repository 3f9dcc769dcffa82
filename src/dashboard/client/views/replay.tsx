import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SceneReport, ShownEpisode } from "../../shared/protocol.js";
import { Chart, type Curve } from "../chart.js";
import { Cursor } from "../cursor.js";
import { figure } from "../format.js";
import { decodePoses } from "../poses.js";
import { StageView } from "../stage-view.js";
import { useColours } from "../theme.js";

/** Colours of the members: ghosts and curves. */
const GHOSTS = ["#1c7ed6", "#ae3ec9", "#0ca678", "#e64980", "#f08c00", "#5c7cfa", "#e8590c", "#82c91e"] as const;
const ghostColour = (i: number) => GHOSTS[i % GHOSTS.length]!;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4];

/** An episode in the world, solid, and the same start in every member of the model, as ghosts. */
export function Replay({ report }: { readonly report: SceneReport }) {
  const steps = Math.max(report.world.rewards.length, ...report.ghosts.map(({ rewards }) => rewards.length));
  const cursor = useMemo(() => new Cursor(steps), [report]);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const flip = (i: number) => {
    const next = new Set(hidden);
    if (!next.delete(i)) next.add(i);
    setHidden(next);
  };
  const ghosts = report.ghosts.map((ghost, i) => ({ ghost, i })).filter(({ i }) => !hidden.has(i));
  return (
    <div class="stage-layout">
      <section class="stage-panel" aria-label="Replay">
        <ReplayCanvas report={report} cursor={cursor} hidden={hidden} />
        <Player report={report} cursor={cursor} steps={steps} />
        <ul class="legend actors" aria-label="Who is who">
          <li>
            <span>
              <i class="line" style={{ color: "var(--world)" }} /> in the world, solid: return{" "}
              <b data-return="world">{figure(total(report.world))}</b>
              {report.world.terminated && `, fell after ${report.world.rewards.length * report.stride} steps`}
            </span>
          </li>
          {report.ghosts.map((ghost, i) => (
            <li key={ghost.name}>
              <button type="button" aria-pressed={!hidden.has(i)} onClick={() => flip(i)}>
                <i class="line" style={{ color: ghostColour(i) }} />
                <span>{ghost.name}</span> <b>{figure(total(ghost))}</b>
                {ghost.terminated && <span class="quiet">to step {ghost.rewards.length * report.stride}</span>}
              </button>
            </li>
          ))}
        </ul>
        {report.ghosts.some(({ poses }) => poses === null) && report.scene !== null && (
          <p class="about">
            The observation of this task does not tell the pose, so the members have no ghosts; their curves are beside.
          </p>
        )}
      </section>
      <EpisodeCharts report={report} cursor={cursor} shown={ghosts} />
    </div>
  );
}

const total = ({ rewards }: ShownEpisode) => rewards.reduce((sum, reward) => sum + reward, 0);

function ReplayCanvas({
  report,
  cursor,
  hidden,
}: {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly hidden: ReadonlySet<number>;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<StageView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const colours = useColours();
  const { scene } = report;
  const actors = useMemo(
    () =>
      scene === null
        ? []
        : [report.world, ...report.ghosts].map(({ poses }) =>
            poses === null ? null : decodePoses(poses, scene.bodies.length),
          ),
    [report],
  );
  useEffect(() => {
    if (scene === null) return;
    try {
      view.current = new StageView(
        canvas.current!,
        scene,
        report.ghosts.map((_, i) => ghostColour(i)),
      );
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return;
    }
    return () => {
      view.current?.dispose();
      view.current = null;
    };
  }, [report]);
  useEffect(() => {
    const place = () =>
      actors.forEach((poses, i) => {
        const absent = poses === null || (i > 0 && (hidden.has(i - 1) || cursor.value > poses.count - 1 + 0.5));
        view.current?.place(i, absent ? null : poses.at(cursor.value));
      });
    place();
    return cursor.subscribe(place);
  }, [report, cursor, hidden]);
  useEffect(() => view.current?.recolour(), [colours]);
  if (scene === null) return <p class="empty">This task has no picture; its curves are below.</p>;
  if (problem !== null) return <p class="empty">The 3D view cannot be drawn: {problem}</p>;
  return (
    <div class="stage">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Replay of the episode from seed ${report.seed}: arrow keys turn the camera`}
        onKeyDown={(event) => turnByKey(event, view.current)}
      />
    </div>
  );
}

/** Arrow keys turn the camera by some degrees. */
export function turnByKey(event: KeyboardEvent, view: StageView | null): void {
  const turn = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
  if (turn === undefined) return;
  event.preventDefault();
  view?.turn(turn[0]!, turn[1]!);
}

/** Plays, stops, and moves through the episode; slow motion. */
function Player({
  report,
  cursor,
  steps,
}: {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly steps: number;
}) {
  const [plays, setPlays] = useState(false);
  const [speed, setSpeed] = useState(1);
  const slider = useRef<HTMLInputElement>(null);
  const clock = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    const show = () => {
      if (slider.current !== null) slider.current.value = String(Math.round(cursor.value));
      if (clock.current !== null)
        clock.current.textContent = `step ${Math.round(cursor.value) * report.stride} · ${(cursor.value * report.controlStep).toFixed(2)} s`;
    };
    show();
    return cursor.subscribe(show);
  }, [cursor]);
  useEffect(() => {
    if (!plays) return;
    if (cursor.value >= steps) cursor.set(0);
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(now) {
      cursor.set(cursor.value + (Math.min(now - last, 200) / 1000) * (speed / report.controlStep));
      last = now;
      if (cursor.value >= steps) setPlays(false);
      else frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [plays, speed, cursor]);
  return (
    <div class="controls player">
      <button type="button" class="play" onClick={() => setPlays(!plays)} aria-label={plays ? "Pause" : "Play"}>
        {plays ? "❚❚" : "►"}
      </button>
      <input
        ref={slider}
        class="scrub"
        type="range"
        min={0}
        max={steps}
        step={1}
        aria-label="Step"
        onInput={(event) => cursor.set(Number(event.currentTarget.value))}
      />
      <output ref={clock} class="clock" />
      <label>
        Speed{" "}
        <select value={String(speed)} onChange={(event) => setSpeed(Number(event.currentTarget.value))}>
          {SPEEDS.map((value) => (
            <option key={value} value={String(value)}>
              {value}×
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface ChartsProps {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly shown: readonly { readonly ghost: ShownEpisode; readonly i: number }[];
}

/** What happens over the steps of the episode, with the moment on show. */
function EpisodeCharts({ report, cursor, shown }: ChartsProps) {
  const [entry, setEntry] = useState(0);
  const key = shown.map(({ i }) => i).join();
  const steps = Math.max(report.world.rewards.length, ...report.ghosts.map(({ rewards }) => rewards.length));
  const charts = useMemo(() => {
    const x = Float64Array.from({ length: steps + 1 }, (_, t) => t);
    const padded = (values: readonly number[], lead: number) => {
      const column = new Float64Array(steps + 1).fill(Number.NaN);
      column.set(values, lead);
      return column;
    };
    const curves = (of: (episode: ShownEpisode) => readonly number[], lead: number): Curve[] => [
      { label: "in the world", color: "world", y: padded(of(report.world), lead), width: 2 },
      ...shown.map(
        ({ ghost, i }): Curve => ({ label: ghost.name, color: ghostColour(i), y: padded(of(ghost), lead), width: 1 }),
      ),
    ];
    const summed = ({ rewards }: ShownEpisode) => {
      let sum = 0;
      return rewards.map((reward) => (sum += reward));
    };
    return {
      x,
      reward: curves(({ rewards }) => rewards, 1),
      gathered: curves(summed, 1),
      terms: Object.keys(report.world.terms ?? {}).map(
        (name, i): Curve => ({
          label: name,
          color: TERM_COLOURS[i % TERM_COLOURS.length]!,
          y: padded(report.world.terms![name]!, 1),
          width: 1.5,
        }),
      ),
      observation: curves(({ observations }) => observations[entry]!, 0),
      success: report.world.successes === null ? null : curves(({ successes }) => (successes ?? []).map(Number), 1),
      goal: report.world.goalErrors === null ? null : curves(({ goalErrors }) => goalErrors ?? [], 0),
    };
  }, [report, key, entry]);
  const summed = report.stride === 1 ? "" : ` Sums of ${report.stride} steps each.`;
  const common = {
    x: charts.x,
    xLabel: report.stride === 1 ? "step" : `${report.stride} steps`,
    cursor,
    sync: "scene",
    height: 150,
  };
  return (
    <div class="stage-charts">
      {charts.goal !== null && (
        <Chart
          {...common}
          title={report.goalName ?? "Distance to the goal"}
          what="How far the state is from the goal."
          good="goes to 0."
          curves={charts.goal}
        />
      )}
      {charts.success !== null && (
        <Chart
          {...common}
          title="Success"
          what="1 where the state counts as success."
          good="1 at the end."
          curves={charts.success}
          height={110}
        />
      )}
      {charts.terms.length > 1 && (
        <Chart
          {...common}
          title="Reward terms"
          what={`What the reward of each step in the world is the sum of.${summed}`}
          good="the term that is the task's aim carries it."
          curves={charts.terms}
        />
      )}
      <Chart
        {...common}
        title="Reward"
        what={`R(s, a, s′) of each step.${summed}`}
        good="the members agree with the world."
        curves={charts.reward}
      />
      <Chart
        {...common}
        title="Return so far"
        what="Sum of rewards up to here."
        good="the lines stay together: the model's promise is kept."
        curves={charts.gathered}
      />
      <div>
        <label class="check">
          State entry{" "}
          <select value={String(entry)} onChange={(event) => setEntry(Number(event.currentTarget.value))}>
            {report.names.map((name, j) => (
              <option key={name} value={String(j)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Chart
          {...common}
          title={report.names[entry] ?? ""}
          what="One entry of the observation, in the world and as each member imagines it."
          good="the members stay with the world for long."
          curves={charts.observation}
        />
      </div>
    </div>
  );
}

const TERM_COLOURS = ["world", "policy", "model", "br", "muted"];
