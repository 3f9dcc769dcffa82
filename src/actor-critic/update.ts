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
  minimum,
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
import type { ScalarMlp } from "../nn/scalar-mlp.js";
import {
  type CriticShape,
  criticAlone,
  criticLayout,
  criticsTogether,
  eachCritic,
  valuesOf,
} from "../policy/critics.js";
import { scaled } from "../policy/input-scaling.js";
import { type ActorShape, actorLayout } from "../policy/squashed-policy.js";
import { actorValue, expandedTargets } from "./returns.js";
import { byTime, imaginedWindow, underWay, type WindowShape } from "./window.js";

/** What an update's graph depends on; names as in the settings. */
export interface UpdateShape {
  readonly actor: ActorShape;
  readonly critic: CriticShape;
  readonly window: WindowShape;
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
 * own; `shift`, `factor`; `centre`, `halfWidth` of the action box; `discount`; `valueCentre`, `valueWidth` and the bounds
 * `lowest`, `highest` of targets.
 */
export const updateGraph = (task: Task, model: DynamicsNet, shape: UpdateShape): Graph =>
  cachedFor(task.graphs!, ["actor-critic update", model.key, shape], () => buildUpdate(task, model, shape));

/** Rows that critics work on at once: a layer of 256 is then 384 KiB, so that some five of them stay in a core's own cache. */
const ROWS_AT_ONCE = 384;

/** Times 0 … h − 1 in spans of about so many rows. */
function spansOf(h: number, batch: number): readonly { readonly start: number; readonly end: number }[] {
  const length = Math.max(1, Math.floor(ROWS_AT_ONCE / batch));
  return Array.from({ length: Math.ceil(h / length) }, (_, i) => ({
    start: i * length,
    end: Math.min(h, (i + 1) * length),
  }));
}

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
  const discount = input("discount", []);
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
    const criticNodes = eachCritic(shape.critic, psi.parameter);
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
    const states = byTime(window.states, h + 1);
    const actions = byTime(window.actions, h + 1);
    const pairs = states.map((s, t) => concat([scaled(s, scaling), actions[t]], 1));

    // Critics at every state of the window, some times at a time: their layers then stay in a core's own cache. Two losses
    // look at them: the actor's goes on to θ by their slopes, their own to ψ.
    const spans = [...spansOf(h, batch), { start: h, end: h + 1 }];
    const pieces = spans.map(({ start, end }) => concat(pairs.slice(start, end), 0));
    const seen = criticNodes.map((tensors) => pieces.map((pair) => criticAlone(shape.critic, tensors, detach(pair))));
    const totals = pieces.map((_, i) => seen.map((critic) => critic[i].output).reduce(add));
    const values = byTime(reshape(concat(totals, 0), [(h + 1) * batch]), h + 1);
    const average = values.map((total) => valuesOf(mul(total, 1 / shape.critic.critics), units));
    const climbed = actorValue(lists, average, discount, shape.lambda);
    const actorLoss = neg(div(mean(climbed), units.width));
    const climbs = gradients([actorLoss], totals).map((g, i) =>
      mul(seen.map((critic) => critic[i].slope).reduce(add), g),
    );
    const actorGradients = gradients([actorLoss, ...pieces], actorNodes, [constant(1), ...climbs]);

    const weights = concat(underWay(lists.alive, constant(new Array(batch).fill(1), [batch])), 0);
    const share = maximum(sum(weights), 1);
    const remembered = criticRows === null ? undefined : returnsSeen(criticRows);
    const criticLoss = remembered === undefined ? byWindows() : mul(add(byWindows(), remembered.loss), 0.5);
    const criticGradients = seen.map((times, c) => {
      const taught = [...times.slice(0, -1), ...(remembered === undefined ? [] : [remembered.critics[c]])];
      const slopes = gradients(
        [criticLoss],
        taught.map(({ output }) => output),
      );
      return taught
        .map((critic, i) => critic.gradient(slopes[i]))
        .reduce((total, more) => total.map((gradient, i) => add(gradient, more[i])));
    });

    /** Squared error of the critics on their expanded targets, over the steps that rows were under way. */
    function byWindows(): Node {
      const last = eachCritic(shape.critic, psiTarget).map((tensors) => criticAlone(shape.critic, tensors, pairs[h]));
      const bootstrap = last.map(({ output }) => valuesOf(reshape(output, [batch]), units)).reduce(minimum);
      const targets = expandedTargets(lists, bootstrap, discount).map((y) => clip(y, lowest, highest));
      const wanted = detach(div(sub(concat(targets, 0), units.centre), units.width));
      const said = seen.map((critic) =>
        concat(
          critic.slice(0, -1).map(({ output }) => output),
          0,
        ),
      );
      const errors = said.map((outputs) => mul(square(sub(reshape(outputs, [h * batch]), wanted)), weights));
      return div(sum(errors.reduce(add)), mul(share, shape.critic.critics));
    }

    /** The critics on states of the pool, and their squared error on the returns that were seen from there. */
    function returnsSeen(count: number): { readonly critics: readonly ScalarMlp[]; readonly loss: Node } {
      const chosen = part(criticPicks, count);
      const from = reshape(gatherRows(pool, chosen), [count, n]);
      const taken = reshape(gatherRows(poolActions, chosen), [count, m]);
      const returns = clip(
        reshape(gatherRows(reshape(poolReturns, ["states", 1]), chosen), [count, 1]),
        lowest,
        highest,
      );
      const wanted = div(sub(returns, units.centre), units.width);
      const inputs = concat([scaled(from, scaling), taken], 1);
      const critics = criticNodes.map((tensors) => criticAlone(shape.critic, tensors, inputs));
      const loss = mean(
        concat(
          critics.map(({ output }) => square(sub(output, wanted))),
          1,
        ),
      );
      return { critics, loss };
    }

    const entropy = neg(mean(window.logLikelihoods));
    const newTheta = moved(theta, flattened(actorTensors, actorGradients), schedules.actor, round);
    const newPsi = moved(psi, criticsTogether(criticGradients), schedules.critics, round);
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
      value: mean(concat(average, 0)),
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
      discount,
      units.centre,
      units.width,
      lowest,
      highest,
      ...dynamics.inputs,
    ],
    { ...Object.fromEntries([...names, "new.target"].map((name, i) => [name, carried[i]])), watched: stacked[0] },
  );
}
