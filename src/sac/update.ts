import { cached } from "../compute/cached.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  add,
  concat,
  constant,
  detach,
  exp,
  gatherRows,
  input,
  loop,
  mean,
  mul,
  neg,
  reshape,
  rows,
  slice,
  square,
  sub,
  sum,
  tanh,
} from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { flattened, type Moved, moved, movedInputs, scheduleInputs, unflattened } from "../nn/flat.js";
import { type CriticShape, criticLayout, criticOutputs, smallest } from "../policy/critics.js";
import { type ActorShape, actorHeads, actorLayout, logLikelihood } from "../policy/squashed-policy.js";

/** What an update's graph depends on; names as in the settings. */
export interface UpdateShape {
  readonly actor: ActorShape;
  readonly critic: CriticShape;
  readonly batchSize: number;
  readonly discount: number;
  readonly targetRate: number;
  /** Entropy that the temperature steers to, of a whole action. */
  readonly targetEntropy: number;
  /** Critics whose least value makes a target: all of them, or so many drawn anew for each update (REDQ). */
  readonly criticsInTarget: number;
  /** What the actor climbs: the least of the critics, or their mean. */
  readonly actorClimbs: "min" | "mean";
  /** Whether units of the critics are dropped (DroQ). */
  readonly dropout: boolean;
  /** Whether actor and temperature move too. */
  readonly movesActor: boolean;
}

/** What is watched of each update, in the order in which a row of `watched` has it. */
export const WATCHED = ["actorValue", "criticLoss", "entropy", "temperature", "value"] as const;
export type Watched = (typeof WATCHED)[number];

/** Passes through critics in an update, each with dropped units of its own: targets, loss and what the actor climbs. */
export const PASSES = 3;

/**
 * Many updates of critics, actor and temperature in one run: a loop over gradient steps, each on minibatches of its own.
 * All gradients are taken at the parameters of before (Haarnoja et al. 2018, with two critics and α that steers itself):
 *
 *   y    = r + γ (1 − d) (min_i Q′_i(s′, u′) − α log π(u′|s′))        u′ ~ π(·|s′)
 *   L_Q  = Σ_i ½ E[(Q_i(s, u) − y)²]
 *   L_π  = E[α log π(ũ|s) − min_i Q_i(s, ũ)]                          ũ ~ π(·|s), with the pathwise gradient
 *   L_α  = −log α · E[log π(ũ|s) + H̄]
 *   ψ′  ← (1 − τ) ψ′ + τ ψ
 *
 * Inputs, of all updates one after the other: `observations`, `actions`, `rewards`, `next`, `goesOn` [updates · B, …];
 * `noise` [updates · 2B, m], for s′ first and then for s; `subset` of the critics; where units are dropped `masks` and
 * `dropped`, the rows of it that each sample takes. Then parameters and moments of `critics` and, where they move,
 * `actor` and `temperature`; `target` ψ′; schedules.
 */
export const updateGraph = (shape: UpdateShape): Graph => cached(["sac update", shape], () => buildUpdate(shape));

function buildUpdate(shape: UpdateShape): Graph {
  const { actor, critic, batchSize, criticsInTarget, movesActor } = shape;
  const { observationSize: n, actionSize: m } = actor;
  const [actorTensors, criticTensors] = [actorLayout(actor), criticLayout(critic)];
  const drawn = criticsInTarget < critic.critics;
  const steps = input("steps", [], "int32");
  const tables = {
    observations: input("observations", ["rows", n]),
    actions: input("actions", ["rows", m]),
    rewards: input("rewards", ["rows"]),
    next: input("next", ["rows", n]),
    goesOn: input("goesOn", ["rows"]),
    noise: input("noise", ["noise", m]),
  };
  const subset = drawn ? input("subset", ["subset"], "int32") : undefined;
  const dropout = shape.dropout ? dropoutInputs(critic) : undefined;
  const critics = movedInputs("critics", criticTensors.size);
  const theta = movedInputs("actor", actorTensors.size);
  const logAlpha = movedInputs("temperature", 1);
  const target = input("target", [criticTensors.size]);
  const schedules = {
    critics: scheduleInputs("critics"),
    ...(movesActor && { actor: scheduleInputs("actor"), temperature: scheduleInputs("temperature") }),
  };
  const asTheyAre = { shift: constant(new Array(n).fill(0), [n]), factor: constant(new Array(n).fill(1), [n]) };

  const movers = movesActor ? [critics, theta, logAlpha] : [critics];
  const carriedIn = movers.flatMap(({ parameter, first, second }) => [parameter, first, second]);
  const { carried, stacked } = loop(steps, [...carriedIn, target], (round, ...state) => {
    const triple = (i: number): Moved => ({ parameter: state[i], first: state[i + 1], second: state[i + 2] });
    const psi = triple(0);
    const [pi, alphaLog] = movesActor ? [triple(3), triple(6)] : [theta, logAlpha];
    const psiTarget = state[state.length - 1];
    const part = (table: Node, count = batchSize) =>
      reshape(rows(table, round, count, "part"), [count, ...table.shape.slice(1)]);
    const actorNodes = unflattened(actorTensors, pi.parameter);
    const criticNodes = unflattened(criticTensors, psi.parameter);
    const alpha = exp(reshape(alphaLog.parameter, []));
    const noise = part(tables.noise, 2 * batchSize);
    const act = (states: Node, half: 0 | 1) => {
      const z = slice(noise, 0, half * batchSize, (half + 1) * batchSize);
      const { mean: mu, logStd } = actorHeads(actor, actorNodes, asTheyAre, states);
      const x = add(mu, mul(exp(logStd), z));
      return { u: tanh(x), logLikelihood: logLikelihood(x, logStd, z) };
    };
    const drop = (pass: number, count: number) => dropout?.of(round, batchSize, pass, count);
    const [s, next] = [part(tables.observations), part(tables.next)];

    const ahead = act(next, 0);
    const chosen = subset && reshape(rows(subset, round, criticsInTarget, "subset"), [criticsInTarget]);
    const targetNodes = unflattened(criticTensors, psiTarget).map((node) =>
      chosen === undefined ? node : gatherRows(node, chosen),
    );
    const few = { ...critic, critics: criticsInTarget };
    const aheadValues = criticOutputs(few, targetNodes, concat([next, ahead.u], 1), drop(0, criticsInTarget));
    const worth = sub(smallest(aheadValues), mul(ahead.logLikelihood, alpha));
    const y = detach(add(part(tables.rewards), mul(mul(part(tables.goesOn), worth), shape.discount)));
    const values = criticOutputs(critic, criticNodes, concat([s, part(tables.actions)], 1), drop(1, critic.critics));
    const squares = square(sub(values, y));
    const criticLoss = mul(sum(mean(squares, [1])), 0.5);
    const newPsi = moved(psi, flattened(criticTensors, gradients([criticLoss], criticNodes)), schedules.critics, round);
    const newTarget = add(mul(psiTarget, 1 - shape.targetRate), mul(newPsi.parameter, shape.targetRate));

    const now = movesActor ? act(s, 1) : ahead;
    const entropy = neg(mean(now.logLikelihood));
    let after = [newPsi];
    let climbed = worth;
    if (schedules.actor !== undefined && schedules.temperature !== undefined) {
      const all = criticOutputs(critic, criticNodes, concat([s, now.u], 1), drop(2, critic.critics));
      const best = shape.actorClimbs === "min" ? smallest(all) : mean(all, [0]);
      climbed = sub(best, mul(now.logLikelihood, alpha));
      const own = gradients([neg(mean(climbed))], actorNodes);
      const newTheta = moved(pi, flattened(actorTensors, own), schedules.actor, round);
      // ∂L_α/∂ log α: α falls while actions are more random than asked for.
      const surplus = reshape(sub(entropy, shape.targetEntropy), [1]);
      after = [newPsi, newTheta, moved(alphaLog, surplus, schedules.temperature, round)];
    }
    const watched: Record<Watched, Node> = {
      actorValue: mean(climbed),
      criticLoss: mean(squares),
      entropy,
      temperature: alpha,
      value: mean(values),
    };
    const line = WATCHED.map((name) => reshape(watched[name], [1]));
    return {
      next: [...after.flatMap(({ parameter, first, second }) => [parameter, first, second]), newTarget],
      stacked: [concat(line, 0)],
    };
  });
  const names = (movesActor ? ["critics", "actor", "temperature"] : ["critics"]).flatMap((name) =>
    ["parameter", "first", "second"].map((x) => `new.${name}.${x}`),
  );
  return graph(
    "sac update",
    [
      steps,
      ...Object.values(tables),
      ...(subset === undefined ? [] : [subset]),
      ...(dropout?.inputs ?? []),
      ...carriedIn,
      ...(movesActor ? [] : [theta.parameter, logAlpha.parameter]),
      target,
      ...Object.values(schedules).flat(),
    ],
    { ...Object.fromEntries([...names, "new.target"].map((name, i) => [name, carried[i]])), watched: stacked[0] },
  );
}

/** Masks of hidden units, and which of them each sample takes in each pass, critic and layer. */
function dropoutInputs({ hidden, critics }: CriticShape) {
  const masks = input("masks", ["masks", Math.max(...hidden)]);
  const picks = input("dropped", ["dropped"], "int32");
  return {
    inputs: [masks, picks],
    /** What is left of a layer's sums in a pass: those of `count` critics. */
    of: (round: Node, batch: number, pass: number, count: number) => (sums: Node, layer: number) => {
      const each = PASSES * hidden.length * critics * batch;
      const own = reshape(rows(picks, round, each, "dropped"), [each]);
      const start = (pass * hidden.length + layer) * critics * batch;
      const mask = gatherRows(masks, slice(own, 0, start, start + count * batch));
      const width = hidden[layer];
      return mul(sums, reshape(slice(mask, 1, 0, width), [count, batch, width]));
    },
  };
}
