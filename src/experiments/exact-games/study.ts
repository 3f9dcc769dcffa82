import { br } from "../../game/br.js";
import type { Play, Players } from "../../game/game.js";
import { gda } from "../../game/gda.js";
import { mal } from "../../game/mal.js";
import { pal } from "../../game/pal.js";
import { flattened, unflattened } from "../../math/matrix.js";
import { norm, type Vector } from "../../math/vector.js";
import type { FiniteMdp, TabularPolicy } from "../../theory/finite-mdp.js";
import { discountedVisitation } from "../../theory/visitation.js";
import {
  aliasedMoves,
  BRIDGE,
  BRIDGE_NASH,
  bestAliasedModel,
  type ChoiceMove,
  explored,
  ROPE_BRIDGE,
} from "./aliased-game.js";
import { bestModel, moments, visibleWorld } from "./linear-quadratic.js";
import { LAGGING, linearQuadraticMoves, nashEquilibrium } from "./linear-quadratic-play.js";
import { leaderEquilibrium, type Move, nash, quadraticMoves, scalarGame } from "./quadratic-game.js";
import { FAR, playOut, type Verdict, verdict } from "./trajectory.js";

/** A point of a portrait: one number of the policy player, one of the model player. */
export type Point = readonly [policy: number, model: number];

/** One order of play in one game. */
export interface ExactRun {
  /** How the players moved: `PAL`, or `PAL, total gradient`. */
  readonly algorithm: string;
  readonly moves: string;
  readonly verdict: Verdict;
  readonly iterations: number;
  /** How far each player is at the end from the Nash equilibrium, and from the one with the policy as leader. */
  readonly toNash: Point;
  readonly toPolicyLed: Point;
  readonly path: readonly Point[];
}

/** A game with the runs that were made in it. */
export interface ExactStudy {
  readonly name: string;
  readonly what: string;
  readonly axes: readonly [policy: string, model: string];
  readonly nash: Point;
  readonly policyLed: Point;
  readonly runs: readonly ExactRun[];
}

const ORDERS = { PAL: pal, MAL: mal, GDA: gda, BR: br } as const;

interface Entry<P, M> {
  readonly algorithm: keyof typeof ORDERS;
  readonly note?: string;
  readonly moves: string;
  readonly iterations: number;
  run(play: Play, iterations: number): Promise<readonly Players<P, M>[]>;
}

async function study<P, M>(
  { name, what, axes, nash: at, policyLed }: Omit<ExactStudy, "runs">,
  point: (players: Players<P, M>) => Point,
  entries: readonly Entry<P, M>[],
): Promise<ExactStudy> {
  const runs: ExactRun[] = [];
  for (const { algorithm, note, moves, iterations, run } of entries) {
    const path = (await run(ORDERS[algorithm], iterations)).map(point);
    const last = path[path.length - 1];
    const distance = (to: Point): Point => [Math.abs(last[0] - to[0]), Math.abs(last[1] - to[1])];
    runs.push({
      algorithm: note === undefined ? algorithm : `${algorithm}, ${note}`,
      moves,
      verdict: verdict(path.map((p) => Float64Array.from(p))),
      iterations: path.length - 1,
      toNash: distance(at),
      toPolicyLed: distance(policyLed),
      path,
    });
  }
  return { name, what, axes, nash: at, policyLed, runs };
}

const TOTAL = "total gradient";

/** Game (b): two numbers, p·m < 0. */
async function quadraticStudy(
  name: string,
  what: string,
  { p, m }: { readonly p: number; readonly m: number },
  { step, begin }: { readonly step: number; readonly begin: Point },
): Promise<ExactStudy> {
  const game = scalarGame({ p, m });
  const point = ({ policy, model }: Players<Vector, Vector>): Point => [policy[0], model[0]];
  const start = { policy: Float64Array.of(begin[0]), model: Float64Array.of(begin[1]) };
  const entry = (
    algorithm: Entry<Vector, Vector>["algorithm"],
    policyMove: Move,
    modelMove: Move,
    moves: string,
    note?: string,
  ): Entry<Vector, Vector> => ({
    algorithm,
    ...(note === undefined ? {} : { note }),
    moves,
    iterations: 1200,
    run: (play, iterations) =>
      playOut(
        { play, start, moves: quadraticMoves(game, policyMove, modelMove) },
        iterations,
        ({ policy, model }) => !(Math.hypot(norm(policy), norm(model)) < FAR),
      ),
  });
  const [small, large] = [{ gradient: step }, { gradient: 6 * step }];
  return study<Vector, Vector>(
    {
      name,
      what,
      axes: ["policy x", "model y"],
      nash: point(nash(game)),
      policyLed: point(leaderEquilibrium(game, "policy")),
    },
    point,
    [
      entry("PAL", small, "answer", `policy step ${step}, model answers`),
      entry("MAL", "answer", small, `policy answers, model step ${step}`),
      entry("GDA", small, small, `both step ${step}`),
      entry("GDA", large, large, `both step ${large.gradient.toPrecision(2)}`, "large steps"),
      entry("BR", "answer", "answer", "both answer"),
      entry("PAL", { stackelberg: step }, "answer", `policy step ${step} along (12), model answers`, TOTAL),
    ],
  );
}

/** Game (a): the rope bridge. */
async function bridgeStudy(): Promise<ExactStudy> {
  const { near, far, goal, cross } = BRIDGE;
  const bold: TabularPolicy = ROPE_BRIDGE.clusters.map(() => Float64Array.of(0.8, 0.2));
  const believed = (model: FiniteMdp) => model.transitions[near][cross][goal];
  const modelOf = (choice: TabularPolicy) =>
    bestAliasedModel(
      ROPE_BRIDGE,
      discountedVisitation(explored(ROPE_BRIDGE, choice), ROPE_BRIDGE.world),
      ROPE_BRIDGE.world,
    );
  const point = ({ policy, model }: Players<TabularPolicy, FiniteMdp>): Point => [
    explored(ROPE_BRIDGE, policy)[far][cross],
    believed(model),
  ];
  const entry = (
    algorithm: Entry<TabularPolicy, FiniteMdp>["algorithm"],
    policyMove: ChoiceMove,
    modelStep: number,
    moves: string,
    more: { readonly note?: string; readonly keepsAll?: boolean; readonly iterations?: number } = {},
  ): Entry<TabularPolicy, FiniteMdp> => ({
    algorithm,
    ...(more.note === undefined ? {} : { note: more.note }),
    moves,
    iterations: more.iterations ?? 400,
    run: (play, iterations) =>
      playOut(
        {
          play,
          start: { policy: bold, model: modelOf(bold) },
          moves: aliasedMoves(ROPE_BRIDGE, policyMove, modelStep),
          keepsAll: more.keepsAll ?? false,
        },
        iterations,
      ),
  });
  const led = bold.map((row, s) => (s === far ? Float64Array.of(0, 1) : s === near ? Float64Array.of(1, 0) : row));
  const nashChoice = (BRIDGE_NASH.crossing - ROPE_BRIDGE.exploration / 2) / (1 - ROPE_BRIDGE.exploration);
  const balanced = bold.map((row, s) => (s === far ? Float64Array.of(nashChoice, 1 - nashChoice) : row));
  return study<TabularPolicy, FiniteMdp>(
    {
      name: "rope bridge",
      what: "a finite world; the model takes two states for one",
      axes: ["policy: crosses at the far end", "model: crossing reaches the goal"],
      nash: point({ policy: balanced, model: modelOf(balanced) }),
      policyLed: point({ policy: led, model: modelOf(led) }),
    },
    point,
    [
      entry("PAL", { natural: 0.2 }, 1, "natural step 0.2, model answers"),
      entry("MAL", "answer", 1, "policy answers, model fits all data so far", { keepsAll: true }),
      entry("GDA", { natural: 0.05 }, 0.3, "natural step 0.05, model step 0.3", { iterations: 1000 }),
      entry("GDA", { natural: 3 }, 0.3, "natural step 3, model step 0.3", { note: "large steps" }),
      entry("BR", "answer", 1, "both answer"),
      entry("PAL", { stackelberg: 5 }, 1, "step 5 up (14) as a whole, model answers", { note: TOTAL, iterations: 200 }),
    ],
  );
}

/** Game (c): control of a lagging mass by a model that does not know of the lag. */
async function lagStudy(): Promise<ExactStudy> {
  const start = { policy: Float64Array.of(-0.3), model: flattened(visibleWorld(LAGGING)) };
  const point = ({ policy, model }: Players<Vector, Vector>): Point => [policy[0], model[0]];
  const entry = (
    algorithm: Entry<Vector, Vector>["algorithm"],
    policyMove: Move,
    modelMove: Move,
    moves: string,
    note?: string,
  ): Entry<Vector, Vector> => ({
    algorithm,
    ...(note === undefined ? {} : { note }),
    moves,
    iterations: 400,
    run: (play, iterations) =>
      playOut({ play, start, moves: linearQuadraticMoves(LAGGING, policyMove, modelMove) }, iterations),
  });
  const total = entry("PAL", { stackelberg: 0.1 }, "answer", "step 0.1 along (12), model answers", TOTAL);
  const led = (await total.run(pal, 400)).at(-1)!.policy;
  return study<Vector, Vector>(
    {
      name: "lagging mass",
      what: "linear-quadratic control; the model does not see the actuator's lag",
      axes: ["policy: gain K", "model: Â"],
      nash: point(nashEquilibrium(LAGGING, start.policy)),
      policyLed: point({ policy: led, model: flattened(bestModel(moments(LAGGING, unflattened(led, 1)))) }),
    },
    point,
    [
      entry("PAL", { gradient: 0.1 }, "answer", "step 0.1, model answers"),
      entry("MAL", "answer", { gradient: 2 }, "policy answers, model step 2"),
      entry("GDA", { gradient: 0.1 }, { gradient: 2 }, "policy step 0.1, model step 2"),
      entry("BR", "answer", "answer", "both answer"),
      total,
    ],
  );
}

/** All exact games, played by the four orders of play and by PAL with the leader's total gradient. Draws nothing. */
export async function exactGames(): Promise<readonly ExactStudy[]> {
  return [
    await quadraticStudy(
      "circle",
      "quadratic, p·m = −1: answers go in a circle",
      { p: 1, m: -1 },
      { step: 0.1, begin: [1.4, -0.6] },
    ),
    await quadraticStudy(
      "spiral",
      "quadratic, p·m = −16: answers run away",
      { p: 4, m: -4 },
      { step: 0.03, begin: [0.4, -0.3] },
    ),
    await bridgeStudy(),
    await lagStudy(),
  ];
}
