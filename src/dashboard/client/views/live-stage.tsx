import { useState } from "preact/hooks";
import { figure } from "../format.js";
import { useHand } from "../live-hand.js";
import { type LiveWorld, type LiveWorldOf, useLiveWorld } from "../live-world.js";
import { PlayButton, SpeedChoice } from "./playback.js";
import { turnByKey } from "./replay.js";

/** How hard a pull is, N per m between hand and body. */
const STRENGTHS = { gentle: 20, firm: 100, strong: 500 } as const;
type Strength = keyof typeof STRENGTHS;
const SPEEDS = [0.1, 0.25, 0.5, 1, 2];

export interface LiveStageProps extends LiveWorldOf {
  /** The run's own evaluation: where its episodes start. */
  readonly evaluation: { readonly episodes: number; readonly seed: number };
  /** What the log says that this checkpoint scored there. */
  readonly logged: number | null;
}

/** The policy at work in this page: world and network run here, in a worker, and the reader may interfere. */
export function LiveStage(props: LiveStageProps) {
  const [plays, setPlays] = useState(true);
  const [speed, setSpeed] = useState(1);
  const [strength, setStrength] = useState<Strength>("firm");
  const world = useLiveWorld(props, plays ? speed : 0);
  const hand = useHand(world, STRENGTHS[strength]);
  const hasGoal = world.goalSize !== null && world.goalSize > 0;
  if (world.problem !== null)
    return (
      <p class="problems" role="alert">
        The policy cannot be played here: {world.problem}
      </p>
    );
  return (
    <div class="stage-layout">
      <section class="stage-panel" aria-label="The policy in this page">
        <Picture world={world} hand={hand} />
        <div class="controls player">
          <PlayButton plays={plays} toggle={() => setPlays(!plays)} />
          <button type="button" onClick={() => world.say({ kind: "reset", seed: props.seed })}>
            From the start
          </button>
          <SpeedChoice speed={speed} speeds={SPEEDS} choose={setSpeed} />
          <StrengthChoice strength={strength} choose={setStrength} />
          <button type="button" onClick={() => hand.push(-1)}>
            Push ←
          </button>
          <button type="button" onClick={() => hand.push(1)}>
            Push →
          </button>
          {hasGoal && <AnotherGoal world={world} seed={props.seed} />}
          {world.touches && (
            <label class="check">
              <input
                type="checkbox"
                onChange={(event) => world.say({ kind: "contacts", wanted: event.currentTarget.checked })}
              />{" "}
              contacts
            </label>
          )}
        </div>
        <p class="about">
          World and policy run in this page. Drag a body to pull it; drag beside it to turn the camera.
          {hasGoal && " “Another goal” moves the target to where another start has it."}
        </p>
      </section>
      <div class="stage-charts">
        <Facts state={world.state} hasGoal={hasGoal} />
        <Score {...props} world={world} />
      </div>
    </div>
  );
}

/** The world, to be looked at and pulled at. */
function Picture({ world, hand }: { readonly world: LiveWorld; readonly hand: ReturnType<typeof useHand> }) {
  const { canvas, view, state } = world;
  return (
    <div class="stage">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label="The world with the policy at work: drag a body to pull it, drag the ground or use arrow keys to turn the camera"
        onKeyDown={(event) => turnByKey(event, view.current)}
        onPointerDownCapture={hand.take}
        onPointerMove={hand.move}
        onPointerUp={hand.letGo}
        onPointerCancel={hand.letGo}
      />
      {state === null && <p class="over">Loading world and policy …</p>}
      {state?.end != null && (
        <p class="over">{state.end === "terminal" ? "Fell: a terminal state" : "Cut at the horizon"}</p>
      )}
    </div>
  );
}

const StrengthChoice = (props: { readonly strength: Strength; readonly choose: (strength: Strength) => void }) => (
  <label>
    Pull{" "}
    <select value={props.strength} onChange={(event) => props.choose(event.currentTarget.value as Strength)}>
      {Object.entries(STRENGTHS).map(([name, value]) => (
        <option key={name} value={name}>
          {name}, {value} N/m
        </option>
      ))}
    </select>
  </label>
);

function AnotherGoal({ world, seed }: { readonly world: LiveWorld; readonly seed: number }) {
  const [goals, setGoals] = useState(0);
  const move = () => {
    setGoals(goals + 1);
    world.say({ kind: "goal", seed: seed + goals + 1 });
  };
  return (
    <button type="button" onClick={move}>
      Another goal
    </button>
  );
}

/** How the episode stands. */
const Facts = ({ state, hasGoal }: Pick<LiveWorld, "state"> & { readonly hasGoal: boolean }) => (
  <dl class="tiles">
    <Fact name="Step" value={state === null ? "–" : String(state.steps)} />
    <Fact name="Reward" value={figure(state?.reward)} />
    <Fact name="Return so far" value={figure(state?.return)} />
    {state?.success != null && <Fact name="Success" value={state.success ? "yes" : "no"} />}
    {hasGoal && <Fact name="Goal" value={state?.goal.map(figure).join(", ") ?? "–"} />}
  </dl>
);

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div class="tile">
    <dt>{name}</dt>
    <dd>
      <b data-live={name}>{value}</b>
    </dd>
  </div>
);

/** The run's own evaluation, played here. */
function Score({ world, evaluation, logged }: LiveStageProps & { readonly world: LiveWorld }) {
  const { scores, state } = world;
  const { episodes, seed } = evaluation;
  const play = () => world.score(Array.from({ length: episodes }, (_, i) => seed + i));
  return (
    <section class="panel">
      <h2>Score in this page</h2>
      <p class="about">
        Plays the run's own {episodes} evaluation episodes here.{" "}
        <span class="aim">Good: the same return as in the log.</span>
      </p>
      <button type="button" onClick={play} disabled={scores === "playing" || state === null}>
        {scores === "playing" ? "Playing …" : `Play ${episodes} episodes`}
      </button>
      {scores !== null && scores !== "playing" && (
        <p>
          Mean return <b data-score={String(mean(scores))}>{figure(mean(scores))}</b>
          {logged !== null && `, in the log ${figure(logged)}`}; each: {scores.map(figure).join(", ")}
        </p>
      )}
    </section>
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
