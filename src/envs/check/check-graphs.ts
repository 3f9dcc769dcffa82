import type { Compute, Engine, Tensor } from "../../compute/engine.js";
import { type Graph, graph } from "../../compute/graph.js";
import { gate, input, sub } from "../../compute/operators.js";
import { checkedGraphs } from "../../mdp/checked-task.js";
import type { NumberRow, Task, TaskGraphs } from "../../mdp/task.js";
import { fail, type Played } from "./played.js";

/** Transitions compared, at most. */
const MOST_ROWS = 10_000;
/** Largest |r − r̂| / max(1, |r|) between the numbers' reward and the graph's: float32, over some hundred operations. */
const TOLERANCE = 1e-4;
/** How near to a limit, relative to max(1, |entry|), float32 may fall on its other side. */
const ROUNDING = 1e-5;
/** Margins with which termination is compared. */
const MARGINS = [0, 0.25];

const UNPLAYABLE = "NPG, TRPO and PPO can play this task; the actor-critic cannot, which needs termination as a graph";

/**
 * Compares `graphs` with `reward` and `isTerminal` on what was played, through an engine. Both see the same float32
 * numbers. Ends as failed where they differ by more than rounding, at a limit or a jump as elsewhere.
 */
export async function checkGraphs(task: Task, played: readonly Played[], compute?: Compute): Promise<string> {
  if (!task.graphs) return `not defined by this task: ${UNPLAYABLE}`;
  const graphs = checkedGraphs(task.id, task.graphs);
  const asOne = graphOf(task, graphs);
  const engine = compute?.engines[0];
  if (!engine) return "not compared: there is no engine to run them on";
  const rows = played.slice(0, MOST_ROWS).map((step) => ({
    s: Float32Array.from(step.before),
    a: Float32Array.from(step.action),
    next: Float32Array.from(step.observation),
  }));
  const said = await answers(asOne, rows, engine);
  const ends = MARGINS.map((margin, m) => compareAlive(task, "alive", margin, rows, said[`alive${m}`]));
  if (graphs.room)
    for (const [m, margin] of MARGINS.entries()) compareAlive(task, "room", margin, rows, said[`room${m}`]);
  const terminal = `alive as isTerminal says on ${rows.length} transitions, ${ends[0]} of them terminal (${ends[1]} with a margin of ${MARGINS[1]})`;
  if (!graphs.reward) return `${terminal}; no reward: who takes gradients through a model has to learn it`;
  const worst = compareReward(task, rows, said.reward);
  return `reward equal, largest relative difference ${worst.toExponential(1)}; ${terminal}`;
}

interface Row {
  readonly s: Float32Array;
  readonly a: Float32Array;
  readonly next: Float32Array;
}

function graphOf({ id, observation, action }: Task, graphs: TaskGraphs): Graph {
  const s = input("s", ["rows", observation.size]);
  const a = input("a", ["rows", action.size]);
  const next = input("next", ["rows", observation.size]);
  const alive = MARGINS.map((margin, m) => [`alive${m}`, graphs.alive(next, margin)] as const);
  const { room } = graphs;
  const roomy = room ? MARGINS.map((margin, m) => [`room${m}`, gate(sub(room(next), margin), 1)] as const) : [];
  return graph(`${id} graphs`, [s, a, next], {
    ...Object.fromEntries([...alive, ...roomy]),
    ...(graphs.reward && { reward: graphs.reward(s, a, next) }),
  });
}

async function answers(g: Graph, rows: readonly Row[], engine: Engine) {
  const tensor = (key: keyof Row): Tensor => {
    const size = rows[0][key].length;
    const data = new Float32Array(rows.length * size);
    rows.forEach((row, i) => {
      data.set(row[key], i * size);
    });
    return { shape: [rows.length, size], data };
  };
  const outputs = await (await engine.load(g)).run({ s: tensor("s"), a: tensor("a"), next: tensor("next") });
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
}

/** @returns how many states are terminal with this margin */
function compareAlive(
  task: Task,
  name: "alive" | "room",
  margin: number,
  rows: readonly Row[],
  alive: NumberRow,
): number {
  let ends = 0;
  rows.forEach(({ next }, i) => {
    const isTerminal = task.isTerminal(next, margin);
    if (isTerminal) ends++;
    const said = alive[i];
    const shown = `for s' = [${Array.from(next).join(", ")}] with a margin of ${margin}`;
    if (said !== 0 && said !== 1) fail(`graphs.${name} gives ${said} ${shown}, not 0 or 1`);
    if ((said === 0) === isTerminal || near(next).some((other) => task.isTerminal(other, margin) !== isTerminal))
      return;
    const what = name === "alive" ? `gives ${said}` : `is ${said === 1 ? "above" : "not above"} ${margin}`;
    fail(`graphs.${name} ${what}, isTerminal(s', ${margin}) says ${isTerminal} ${shown}`);
  });
  return ends;
}

/** @returns the largest relative difference, jumps left out */
function compareReward(task: Task, rows: readonly Row[], paid: NumberRow): number {
  let worst = 0;
  rows.forEach(({ s, a, next }, i) => {
    const said = paid[i];
    const off = (reward: number) => Math.abs(said - reward) / Math.max(1, Math.abs(reward));
    const reward = task.reward(s, a, next);
    if (off(reward) <= TOLERANCE) {
      worst = Math.max(worst, off(reward));
      return;
    }
    const others = [
      ...near(next).map((other) => task.reward(s, a, other)),
      ...near(s).map((other) => task.reward(other, a, next)),
      ...near(a).map((other) => task.reward(s, other, next)),
    ];
    if (others.some((other) => off(other) <= TOLERANCE)) return;
    fail(`graphs.reward gives ${said}, reward(s, a, s') is ${reward} of the same float32 numbers`);
  });
  return worst;
}

/** Rows that float32 may not distinguish from this one: each entry a little off, either way. */
function near(row: Float32Array): readonly Float64Array[] {
  return [1, -1].flatMap((sign) =>
    Array.from(row, (x, i) => {
      const moved = Float64Array.from(row);
      moved[i] = x + sign * ROUNDING * Math.max(1, Math.abs(x));
      return moved;
    }),
  );
}
