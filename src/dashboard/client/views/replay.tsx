import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SceneReport, ShownEpisode } from "../../shared/protocol.js";
import { Cursor } from "../cursor.js";
import { filmEpisode } from "../film.js";
import { figure } from "../format.js";
import { ghostColour } from "../ghosts.js";
import { coincide, decodePoses, type Poses } from "../poses.js";
import { StageView } from "../stage-view.js";
import { useColours } from "../theme.js";
import { EpisodeCharts } from "./episode-charts.js";
import { Player } from "./player.js";
import { StageTools } from "./stage-tools.js";

/** An episode in the world, solid, and the same start in every member of the model, as ghosts. */
export function Replay({ report }: { readonly report: SceneReport }) {
  const steps = Math.max(report.world.rewards.length, ...report.ghosts.map(({ rewards }) => rewards.length));
  const at = useRef<Cursor | null>(null);
  const cursor = useMemo(() => new Cursor(steps, at.current?.value), [report]); // where the reader was when the ghosts came
  at.current = cursor;
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
        <ReplayCanvas report={report} cursor={cursor} hidden={hidden} steps={steps} />
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
            The observation of this task does not determine the pose, so the members have no ghosts; their curves are
            beside.
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
  steps,
}: {
  readonly report: SceneReport;
  readonly cursor: Cursor;
  readonly hidden: ReadonlySet<number>;
  readonly steps: number;
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
      view.current = new StageView(canvas.current!, scene);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return;
    }
    return () => {
      view.current?.dispose();
      view.current = null;
    };
  }, []); // one view of the episode, which stays as the reader has turned it when the ghosts come
  useEffect(() => view.current?.haunt(report.ghosts.map((_, i) => ghostColour(i))), [report]);
  useEffect(() => {
    const place = () =>
      actors.forEach((poses, i) => {
        const absent = poses === null || (i > 0 && (hidden.has(i - 1) || cursor.value > poses.count - 1 + 0.5));
        const same =
          !absent && i > 0 && actors[0] !== null && coincide(poses.at(cursor.value), actors[0].at(cursor.value));
        view.current?.place(i, absent || same ? null : poses.at(cursor.value));
      });
    place();
    return cursor.subscribe(place);
  }, [report, cursor, hidden]);
  useEffect(() => view.current?.recolour(), [colours]);
  const [withContacts, setContacts] = useState(false);
  const { contacts } = report.world;
  useEffect(() => {
    if (contacts === null) return;
    const show = () =>
      view.current?.contacts(withContacts ? contacts[Math.min(Math.round(cursor.value), contacts.length - 1)] : []);
    show();
    return cursor.subscribe(show);
  }, [report, cursor, withContacts]);
  const player = <Player report={report} cursor={cursor} steps={steps} />;
  if (scene === null || problem !== null) {
    const why =
      problem === null ? "This task has no picture; its curves are below." : `The 3D view cannot be drawn: ${problem}`;
    return (
      <>
        <p class="empty">{why}</p>
        {player}
      </>
    );
  }
  const world = actors[0];
  return (
    <>
      <div class="stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`Replay of the episode from seed ${report.seed}: arrow keys turn the camera`}
          onKeyDown={(event) => turnByKey(event, view.current)}
        />
      </div>
      {player}
      <StageTools
        view={view}
        canFollow={scene.follows !== undefined}
        contacts={contacts === null ? null : { shown: withContacts, show: setContacts }}
        trail={world === null ? null : trailOf(world, scene.follows ?? 1)}
        film={(onProgress) =>
          filmEpisode(canvas.current!, cursor, steps, 1 / (report.controlStep * report.stride), onProgress)
        }
      />
    </>
  );
}

/** Where a body was at each step. */
const trailOf = (poses: Poses, body: number): readonly (readonly [number, number, number])[] =>
  Array.from({ length: poses.count }, (_, step) => {
    const [x, y, z] = poses.at(step).subarray(7 * body, 7 * body + 3);
    return [x, y, z];
  });

/** Arrow keys turn the camera by some degrees. */
export function turnByKey(event: KeyboardEvent, view: StageView | null): void {
  const turn = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
  if (turn === undefined) return;
  event.preventDefault();
  view?.turn(turn[0], turn[1]);
}
