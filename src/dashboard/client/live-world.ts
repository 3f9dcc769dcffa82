import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { failure } from "./live.js";
import type { PhysicsReply, PhysicsRequest } from "./physics-protocol.js";
import { StageView } from "./stage-view.js";
import { useColours } from "./theme.js";

/** Built apart from the page (vite.config.ts): the modules of own tasks import parts of it by their addresses. */
const PHYSICS = "/worker/physics-worker.js";

export type WorldState = Extract<PhysicsReply, { kind: "state" }>;

/** What is played. */
export interface LiveWorldOf {
  readonly run: string;
  readonly checkpoint: number;
  readonly task: string;
  /** Address of the task's module below the run's; null for a task of the catalogue. */
  readonly module: string | null;
  readonly options: Readonly<Record<string, string>>;
  readonly seed: number;
}

/** World and policy at work in a worker of this page, and their picture. */
export interface LiveWorld {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Null until the worker is ready. */
  readonly view: { readonly current: StageView | null };
  readonly state: WorldState | null;
  /** How many numbers the goal has; null until the worker is ready. */
  readonly goalSize: number | null;
  /** Whether this world can tell where solids touch. */
  readonly touches: boolean;
  readonly problem: string | null;
  readonly scores: readonly number[] | "playing" | null;
  say(request: PhysicsRequest): void;
  score(seeds: readonly number[]): void;
  /** Called with every new picture. */
  readonly follow: { current: () => void };
}

/** @param speed world time per wall time; 0 stands still */
export function useLiveWorld(of: LiveWorldOf, speed: number): LiveWorld {
  const { run, checkpoint, task, options, seed } = of;
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<StageView | null>(null);
  const worker = useRef<Worker | null>(null);
  const follow = useRef(() => {});
  const [state, setState] = useState<WorldState | null>(null);
  const [goalSize, setGoalSize] = useState<number | null>(null);
  const [touches, setTouches] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [scores, setScores] = useState<LiveWorld["scores"]>(null);
  const colours = useColours();
  const say = (request: PhysicsRequest, transfer: Transferable[] = []) =>
    worker.current?.postMessage(request, transfer);
  const hear = useRef<(reply: PhysicsReply) => void>(() => {});
  hear.current = (reply) => {
    if (reply.kind === "failed") setProblem(reply.error);
    else if (reply.kind === "scored") setScores(reply.returns);
    else if (reply.kind === "opened") {
      setGoalSize(reply.goal.length);
      setTouches(reply.touches);
      try {
        view.current = new StageView(canvas.current!, reply.scene);
      } catch (error) {
        setProblem(`The 3D view cannot be drawn: ${error instanceof Error ? error.message : String(error)}`);
      }
    } else {
      view.current?.place(0, reply.poses);
      view.current?.contacts(reply.contacts ?? []);
      follow.current();
      setState(reply);
    }
  };
  useEffect(() => {
    const started = new Worker(PHYSICS, { type: "module" });
    started.onmessage = ({ data }) => hear.current(data as PhysicsReply);
    started.onerror = ({ message }) => setProblem(message || "the worker could not be started");
    worker.current = started;
    const module = of.module && `${addressOf(run)}/${of.module}`;
    policyOf(run, checkpoint)
      .then((policy) => say({ kind: "open", task, module, options, policy, seed }, [policy]))
      .catch((error: Error) => setProblem(error.message));
    return () => {
      started.terminate();
      view.current?.dispose();
      view.current = null;
    };
  }, [run, checkpoint, task, of.module]);
  const ready = goalSize !== null;
  useEffect(() => {
    // While episodes are scored, the worker has no time to play for the eye as well.
    if (ready) say({ kind: "run", speed: scores === "playing" ? 0 : speed });
  }, [ready, speed, scores]);
  useEffect(() => {
    if (ready) say({ kind: "reset", seed });
  }, [ready, seed]);
  useEffect(() => view.current?.recolour(), [colours]);
  const score = (seeds: readonly number[]) => {
    setScores("playing");
    say({ kind: "score", seeds });
  };
  return { canvas, view, state, goalSize, touches, problem, scores, say, score, follow };
}

const addressOf = (run: string) => `/api/runs/${run}`;

/** The policy of a checkpoint, as ONNX. */
async function policyOf(run: string, checkpoint: number): Promise<ArrayBuffer> {
  const response = await fetch(`${addressOf(run)}/policy.onnx?checkpoint=${checkpoint}`);
  if (!response.ok) throw new Error(await failure(response));
  return response.arrayBuffer();
}
