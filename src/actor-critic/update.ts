import { cachedFor } from "../compute/cached.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  add,
  clip,
  concat,
  constant,
  detach,
  div,
  exp,
  gatherRows,
  input,
  loop,
  maximum,
  mean,
  mul,
  neg,
  reshape,
  rows,
  slice,
  square,
  sub,
  sum,
} from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import type { DynamicsNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { flattened, moved, movedInputs, scheduleInputs, unflattened } from "../nn/flat.js";
import { type CriticShape, criticLayout, criticOutputs, smallest, valuesOf } from "../policy/critics.js";
import { scaled } from "../policy/input-scaling.js";
import { type ActorShape, actorLayout } from "../policy/squashed-policy.js";
import { actorValue, expandedTargets } from "./returns.js";
import { byTime, imaginedWindow, underWay, type WindowShape } from "./window.js";

/** What an update's graph depends on; names as in the settings. */
export interface UpdateShape {
  readonly actor: ActorShape;
  readonly critic: CriticShape;
  readonly window: WindowShape;
  readonly discount: number;
  readonly lambda: number;
  readonly targetRate: number;
  readonly terminalMargin: number;
  /** Entropy that the temperature steers to, of a whole action. */
  readonly targetEntropy: number;
  /** Rows of the pool that critics learn from in an update beside the windows, by the returns seen there; null: by windows alone. */
  readonly criticRows: number | null;
}

/** What is watched of each update, in the order in which a row of `watched` has it. */
export const WATCHED = [
  "actorValue",
  "criticLoss",
  "entropy",
  "temperature",
  "value",
  "alive",
  "gain",
  "gainSquared",
] as const;
export type Watched = (typeof WATCHED)[number];

/**
 * Many updates of actor, critics and temperature in one run: a loop over gradient steps, each on windows imagined from
 * states of its own. All gradients are taken at the parameters of before.
 *
 * Inputs: `pool` [states, n] and `picks` [updates · B] of its rows; `noise` and `chance` as `imaginedWindow` takes them, one
 * update after the other; parameters and moments of `actor`, `critics` and `temperature`; `target` ψ′; schedules; the model's
 * own; `shift`, `factor`; `centre`, `halfWidth` of the action box; `valueCentre`, `valueWidth` and the bounds `lowest`, `highest`
 * of targets.
 */
export const updateGraph = (task: Task, model: DynamicsNet, shape: UpdateShape): Graph =>
  cachedFor(task.graphs!, ["actor-critic update", model.key, shape], () => buildUpdate(task, model, shape));

function buildUpdate(task: Task, model: DynamicsNet, shape: UpdateShape): Graph {
  const [n, m] = [task.observation.size, task.action.size];
  const { members, rows: each, horizon: h } = shape.window;
  const batch = members * each;
  const [actorTensors, criticTensors] = [actorLayout(shape.actor), criticLayout(shape.critic)];
  const steps = input("steps", [], "int32");
  const pool = input("pool", ["states", n]);
  const picks = input("picks", ["picks"], "int32");
  const { criticRows } = shape;
  const criticPicks = input("criticPicks", ["criticPicks"], "int32");
  const [poolActions, poolReturns] = [input("poolActions", ["states", m]), input("poolReturns", ["states"])];
  const noise = input("noise", ["noise", m]);
  const chance = model.noiseSize === 0 ? undefined : input("chance", ["chance", model.noiseSize]);
  const actor = movedInputs("actor", actorTensors.size);
  const critics = movedInputs("critics", criticTensors.size);
  const temperature = movedInputs("temperature", 1);
  const target = input("target", [criticTensors.size]);
  const schedules = {
    actor: scheduleInputs("actor"),
    critics: scheduleInputs("critics"),
    temperature: scheduleInputs("temperature"),
  };
  const scaling = { shift: input("shift", [n]), factor: input("factor", [n]) };
  const box = { centre: input("centre", [m]), halfWidth: input("halfWidth", [m]) };
  const units = { centre: input("valueCentre", []), width: input("valueWidth", []) };
  const [lowest, highest] = [input("lowest", []), input("highest", [])];
  const dynamics = model.nodes("model");

  const carriedIn = [actor, critics, temperature].flatMap(({ parameter, first, second }) => [parameter, first, second]);
  const { carried, stacked } = loop(steps, [...carriedIn, target], (round, ...state) => {
    const triple = (i: number) => ({ parameter: state[i], first: state[i + 1], second: state[i + 2] });
    const [theta, psi, logAlpha, psiTarget] = [triple(0), triple(3), triple(6), state[9]];
    const part = (table: Node, count: number) =>
      reshape(rows(table, round, count, "part"), [count, ...table.shape.slice(1)]);
    const actorNodes = unflattened(actorTensors, theta.parameter);
    const criticNodes = unflattened(criticTensors, psi.parameter);
    const alpha = exp(reshape(logAlpha.parameter, []));
    const starts = reshape(gatherRows(pool, part(picks, batch)), [batch, n]);
    const window = imaginedWindow(
      {
        task,
        shape: shape.window,
        actor: shape.actor,
        parameters: actorNodes,
        scaling,
        model: dynamics,
        noiseSize: model.noiseSize,
        box,
        terminalMargin: shape.terminalMargin,
      },
      starts,
      part(noise, (h + 1) * batch),
      chance && part(chance, h * batch),
    );
    const price = mul(window.logLikelihoods, alpha);
    const lists = {
      rewards: byTime(window.rewards, h),
      alive: byTime(window.alive, h),
      price: byTime(price, h + 1),
    };
    const pairs = concat([scaled(window.states, scaling), window.actions], 1);

    // Critics at every state of the window: with gradients to θ for the actor, to ψ for their own loss.
    const outputs = criticOutputs(shape.critic, criticNodes, pairs);
    const average = mul(sum(valuesOf(outputs, units), [0]), 1 / shape.critic.critics);
    const climbed = actorValue(lists, byTime(average, h + 1), shape.discount, shape.lambda);
    const actorLoss = neg(div(mean(climbed), units.width));

    const weights = concat(underWay(lists.alive, constant(new Array(batch).fill(1), [batch])), 0);
    const share = maximum(sum(weights), 1);
    const criticLoss = criticRows === null ? byWindows() : mul(add(byWindows(), byReturns(criticRows)), 0.5);

    /** Squared error of the critics on their expanded targets, over the steps that rows were under way. */
    function byWindows(): Node {
      const last = slice(pairs, 0, h * batch, (h + 1) * batch);
      const targetNodes = unflattened(criticTensors, psiTarget);
      const bootstrap = smallest(valuesOf(criticOutputs(shape.critic, targetNodes, last), units));
      const targets = expandedTargets(lists, bootstrap, shape.discount).map((y) => clip(y, lowest, highest));
      const wanted = detach(div(sub(concat(targets, 0), units.centre), units.width));
      const errors = mul(square(sub(slice(outputs, 1, 0, h * batch), wanted)), weights);
      return div(sum(errors), mul(share, shape.critic.critics));
    }

    /** Squared error of the critics on returns that were seen. */
    function byReturns(count: number): Node {
      const chosen = part(criticPicks, count);
      const states = reshape(gatherRows(pool, chosen), [count, n]);
      const taken = reshape(gatherRows(poolActions, chosen), [count, m]);
      const seen = clip(reshape(gatherRows(reshape(poolReturns, ["states", 1]), chosen), [count]), lowest, highest);
      const said = criticOutputs(shape.critic, criticNodes, concat([scaled(states, scaling), taken], 1));
      return mean(square(sub(said, div(sub(seen, units.centre), units.width))));
    }

    const entropy = neg(mean(window.logLikelihoods));
    const newTheta = moved(theta, flattened(actorTensors, gradients([actorLoss], actorNodes)), schedules.actor, round);
    const newPsi = moved(psi, flattened(criticTensors, gradients([criticLoss], criticNodes)), schedules.critics, round);
    // ∂/∂ log α of log α · (entropy − target): α falls while actions are more random than asked for.
    const surplus = reshape(sub(entropy, shape.targetEntropy), [1]);
    const newAlpha = moved(logAlpha, surplus, schedules.temperature, round);
    const newTarget = add(mul(psiTarget, 1 - shape.targetRate), mul(newPsi.parameter, shape.targetRate));

    const gains = mul(sub(window.rewards, slice(price, 0, 0, h * batch)), weights);
    const watched: Record<Watched, Node> = {
      actorValue: mean(climbed),
      criticLoss,
      entropy,
      temperature: alpha,
      value: mean(average),
      alive: mean(window.alive),
      gain: div(sum(gains), share),
      gainSquared: div(sum(square(gains)), share),
    };
    return {
      next: [newTheta, newPsi, newAlpha]
        .flatMap(({ parameter, first, second }) => [parameter, first, second])
        .concat(newTarget),
      stacked: [
        concat(
          WATCHED.map((name) => reshape(watched[name], [1])),
          0,
        ),
      ],
    };
  });
  const names = ["actor", "critics", "temperature"].flatMap((name) =>
    ["parameter", "first", "second"].map((x) => `new.${name}.${x}`),
  );
  return graph(
    "actor-critic update",
    [
      steps,
      pool,
      picks,
      ...(criticRows === null ? [] : [criticPicks, poolActions, poolReturns]),
      noise,
      ...(chance === undefined ? [] : [chance]),
      ...carriedIn,
      target,
      ...Object.values(schedules).flat(),
      scaling.shift,
      scaling.factor,
      box.centre,
      box.halfWidth,
      units.centre,
      units.width,
      lowest,
      highest,
      ...dynamics.inputs,
    ],
    { ...Object.fromEntries([...names, "new.target"].map((name, i) => [name, carried[i]])), watched: stacked[0] },
  );
}
