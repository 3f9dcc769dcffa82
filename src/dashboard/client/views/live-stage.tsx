import { useEffect, useRef, useState } from "preact/hooks";
import type { Vector3 } from "three";
import { figure } from "../format.js";
import { failure } from "../live.js";
import type { PhysicsReply, PhysicsRequest } from "../physics-protocol.js";
import { type Grip, StageView } from "../stage-view.js";
import { useColours } from "../theme.js";
import { PlayButton, SpeedChoice } from "./playback.js";
import { turnByKey } from "./replay.js";

/** How hard a pull is, N per m between hand and body. */
const STRENGTHS = { gentle: 20, firm: 100, strong: 500 } as const;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2];
/** How far the push buttons reach, m, and how long they push, s of the world's time. */
const PUSH = { reach: 0.5, time: 0.25 } as const;

type State = Extract<PhysicsReply, { kind: "state" }>;

export interface LiveStageProps {
  readonly run: string;
  readonly checkpoint: number;
  readonly task: string;
  readonly options: Readonly<Record<string, string>>;
  readonly seed: number;
  /** The run's own evaluation: where its episodes start. */
  readonly evaluation: { readonly episodes: number; readonly seed: number };
  /** What the log says that this checkpoint scored there. */
  readonly logged: number | null;
}

/** The policy at work in this page: world and network run here, in a worker, and the reader may interfere. */
export function LiveStage(props: LiveStageProps) {
  const { run, checkpoint, task, options, seed, evaluation, logged } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<StageView | null>(null);
  const worker = useRef<Worker | null>(null);
  const grip = useRef<{ readonly grip: Grip; event: PointerEvent } | null>(null);
  const [state, setState] = useState<State | null>(null);
  /** How many numbers the goal has; null until the worker is ready. */
  const [goalSize, setGoalSize] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [plays, setPlays] = useState(true);
  const [speed, setSpeed] = useState(1);
  const [strength, setStrength] = useState<keyof typeof STRENGTHS>("firm");
  const [goals, setGoals] = useState(0);
  const [scores, setScores] = useState<readonly number[] | "playing" | null>(null);
  const colours = useColours();
  const say = (request: PhysicsRequest, transfer: Transferable[] = []) =>
    worker.current?.postMessage(request, transfer);

  const pull = () => {
    const hand = grip.current;
    if (hand === null || view.current === null) return;
    const ends = view.current.reach(hand.grip, hand.event);
    view.current.rope(ends);
    const force = ends.to.clone().sub(ends.from).multiplyScalar(STRENGTHS[strength]);
    say({ kind: "pull", body: hand.grip.body, force: triple(force), point: triple(ends.from) });
  };
  const hear = useRef<(reply: PhysicsReply) => void>(() => {});
  hear.current = (reply) => {
    if (reply.kind === "failed") setProblem(reply.error);
    else if (reply.kind === "scored") setScores(reply.returns);
    else if (reply.kind === "opened") {
      setGoalSize(reply.goal.length);
      try {
        view.current = new StageView(canvas.current!, reply.scene, []);
      } catch (error) {
        setProblem(`The 3D view cannot be drawn: ${error instanceof Error ? error.message : String(error)}`);
      }
    } else {
      view.current?.place(0, reply.poses);
      pull();
      setState(reply);
    }
  };
  useEffect(() => {
    const started = new Worker(new URL("../physics-worker.ts", import.meta.url), { type: "module" });
    started.onmessage = ({ data }) => hear.current(data as PhysicsReply);
    started.onerror = ({ message }) => setProblem(message || "the worker could not be started");
    worker.current = started;
    const address = `/api/runs/${run}/policy.onnx?checkpoint=${checkpoint}`;
    fetch(address)
      .then(async (response) => {
        if (!response.ok) throw new Error(await failure(response));
        const policy = await response.arrayBuffer();
        say({ kind: "open", task, options, policy, seed }, [policy]);
      })
      .catch((error: Error) => setProblem(error.message));
    return () => {
      started.terminate();
      view.current?.dispose();
      view.current = null;
    };
  }, [run, checkpoint, task]);
  const ready = goalSize !== null;
  useEffect(() => {
    // While episodes are scored, the worker has no time to play for the eye as well.
    if (ready) say({ kind: "run", speed: plays && scores !== "playing" ? speed : 0 });
  }, [ready, plays, speed, scores]);
  useEffect(() => {
    if (ready) say({ kind: "reset", seed });
  }, [ready, seed]);
  useEffect(() => view.current?.recolour(), [colours]);

  const letGo = () => {
    if (grip.current === null) return;
    say({ kind: "pull", body: grip.current.grip.body, force: [0, 0, 0], point: [0, 0, 0] });
    grip.current = null;
    view.current?.rope(null);
  };
  const take = (event: PointerEvent) => {
    const found = view.current?.grip(event) ?? null;
    if (found === null) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    grip.current = { grip: found, event };
    pull();
  };
  const move = (event: PointerEvent) => {
    if (grip.current === null) {
      const canPull = event.pointerType !== "touch" && (view.current?.grip(event) ?? null) !== null;
      return (event.currentTarget as HTMLElement).classList.toggle("pullable", canPull);
    }
    grip.current.event = event;
    pull();
  };
  /** The keyboard's way to interfere: a push at the first body. */
  const push = (side: number) => {
    const body = 1;
    if (state === null) return;
    const [x, y, z] = state.poses.subarray(7 * body, 7 * body + 3);
    const force: [number, number, number] = [side * PUSH.reach * STRENGTHS[strength], 0, 0];
    say({ kind: "pull", body, force, point: [x!, y!, z!], seconds: PUSH.time });
  };
  const score = () => {
    setScores("playing");
    say({ kind: "score", seeds: Array.from({ length: evaluation.episodes }, (_, i) => evaluation.seed + i) });
  };
  const hasGoal = goalSize !== null && goalSize > 0;
  if (problem !== null)
    return (
      <p class="problems" role="alert">
        The policy cannot be played here: {problem}
      </p>
    );
  return (
    <div class="stage-layout">
      <section class="stage-panel" aria-label="The policy in this page">
        <div class="stage">
          <canvas
            ref={canvas}
            tabIndex={0}
            role="img"
            aria-label="The world with the policy at work: drag a body to pull it, drag the ground or use arrow keys to turn the camera"
            onKeyDown={(event) => turnByKey(event, view.current)}
            onPointerDownCapture={take}
            onPointerMove={move}
            onPointerUp={letGo}
            onPointerCancel={letGo}
          />
          {state === null && <p class="over">Loading world and policy …</p>}
          {state?.end != null && (
            <p class="over">{state.end === "terminal" ? "Fell: a terminal state" : "Cut at the horizon"}</p>
          )}
        </div>
        <div class="controls player">
          <PlayButton plays={plays} toggle={() => setPlays(!plays)} />
          <button type="button" onClick={() => say({ kind: "reset", seed })}>
            From the start
          </button>
          <SpeedChoice speed={speed} speeds={SPEEDS} choose={setSpeed} />
          <label>
            Pull{" "}
            <select
              value={strength}
              onChange={(event) => setStrength(event.currentTarget.value as keyof typeof STRENGTHS)}
            >
              {Object.entries(STRENGTHS).map(([name, value]) => (
                <option key={name} value={name}>
                  {name}, {value} N/m
                </option>
              ))}
            </select>
          </label>
          <button type="button" onClick={() => push(-1)}>
            Push ←
          </button>
          <button type="button" onClick={() => push(1)}>
            Push →
          </button>
          {hasGoal && (
            <button
              type="button"
              onClick={() => {
                setGoals(goals + 1);
                say({ kind: "goal", seed: seed + goals + 1 });
              }}
            >
              Another goal
            </button>
          )}
        </div>
        <p class="about">
          World and policy run in this page. Drag a body to pull it; drag beside it to turn the camera.
          {hasGoal && " “Another goal” moves the target to where another start has it."}
        </p>
      </section>
      <div class="stage-charts">
        <dl class="tiles">
          <Fact name="Step" value={state === null ? "–" : String(state.steps)} />
          <Fact name="Reward" value={figure(state?.reward)} />
          <Fact name="Return so far" value={figure(state?.return)} />
          {state?.success != null && <Fact name="Success" value={state.success ? "yes" : "no"} />}
          {hasGoal && <Fact name="Goal" value={state?.goal.map(figure).join(", ") ?? "–"} />}
        </dl>
        <section class="panel">
          <h2>Score in this page</h2>
          <p class="about">
            Plays the run's own {evaluation.episodes} evaluation episodes here.{" "}
            <span class="aim">Good: the same return as in the log.</span>
          </p>
          <button type="button" onClick={score} disabled={scores === "playing" || state === null}>
            {scores === "playing" ? "Playing …" : `Play ${evaluation.episodes} episodes`}
          </button>
          {Array.isArray(scores) && (
            <p>
              Mean return <b data-score={String(mean(scores))}>{figure(mean(scores))}</b>
              {logged !== null && `, in the log ${figure(logged)}`}; each: {scores.map(figure).join(", ")}
            </p>
          )}
        </section>
      </div>
    </div>
  );
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd>
      <b data-live={name}>{value}</b>
    </dd>
  </div>
);

const triple = ({ x, y, z }: Vector3): [number, number, number] => [x, y, z];
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
