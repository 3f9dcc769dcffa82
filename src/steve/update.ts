import { cached, cachedFor } from "../compute/cached.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  add,
  concat,
  detach,
  input,
  loop,
  mean,
  mul,
  neg,
  reshape,
  rows,
  square,
  sub,
  tanh,
} from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import type { Model } from "../mdp/parametric.js";
import type { Task, TaskGraphs } from "../mdp/task.js";
import { flattened, type Moved, moved, movedInputs, scheduleInputs, unflattened } from "../nn/flat.js";
import { mlp } from "../nn/mlp.js";
import { type CriticShape, criticLayout, criticNetwork, criticOutputs } from "../policy/critics.js";
import { beforeTanh, type DeterministicShape, deterministicLayout } from "../policy/deterministic-policy.js";
import { candidateTargets, type ImaginedStep, targetWeights, type Weighting, weightedTarget } from "./targets.js";

/** What an update's graph depends on beside model and task; names as in the settings. */
export interface UpdateShape {
  readonly actor: DeterministicShape;
  readonly critic: CriticShape;
  /** A multiple of the number of critics. */
  readonly batchSize: number;
  readonly discount: number;
  /** H: imagined steps of the longest target; 0 is DDPG. */
  readonly horizon: number;
  readonly weighting: Weighting;
  /** Weight of the mean square of what goes into the actor's tanh. */
  readonly saturationPenalty: number;
}

/** What is watched of each update, in the order in which a row of `watched` has it; then a weight and a variance for each horizon. */
export const WATCHED = ["actorValue", "criticLoss", "value"] as const;
export const watchedNames = (horizon: number): readonly string[] => [
  ...WATCHED,
  ...["weight", "variance"].flatMap((name) => Array.from({ length: horizon + 1 }, (_, h) => `${name}${h}`)),
];

/**
 * Many updates of actor and critics in one run: a loop over gradient steps, each on a minibatch of real steps (Buckman et
 * al. 2018). Both gradients are taken at the parameters of before:
 *
 *   y    = Σ_h w_h · mean of T_h                                       (`targets.ts`)
 *   L_Q  = E[½ (Q_i(s, u) − y)²]                                       a critic i for each row: its share of them
 *   L_π  = −E[mean_i Q_i(s, π(s))] + κ E[x²],  π(s) = tanh(x)
 *
 * Imagined steps are each member's mean prediction. Inputs, of all updates one after the other: `observations`, `actions`,
 * `rewards`, `next`, `goesOn` [updates · B, …]; parameters and moments of `actor` and `critics`; `target` ψ′; schedules;
 * the model's, and the action box.
 */
export function updateGraph({ graphs }: Pick<Task, "graphs">, model: Model, shape: UpdateShape): Graph {
  const { outcomes, together, members } = model;
  const key = ["steve update", together.key, members.length, outcomes?.key, shape] as const;
  if (outcomes !== undefined || shape.horizon === 0) return cached(key, () => buildUpdate(undefined, model, shape));
  return cachedFor(graphs!, key, () => buildUpdate(graphs, model, shape));
}

function buildUpdate(graphs: TaskGraphs | undefined, model: Model, shape: UpdateShape): Graph {
  const { actor, critic, batchSize, discount, horizon } = shape;
  const { observationSize: n, actionSize: m } = actor;
  const { critics } = critic;
  const [actorTensors, criticTensors] = [deterministicLayout(actor), criticLayout(critic)];
  const steps = input("steps", [], "int32");
  const tables = {
    observations: input("observations", ["rows", n]),
    actions: input("actions", ["rows", m]),
    rewards: input("rewards", ["rows"]),
    next: input("next", ["rows", n]),
    goesOn: input("goesOn", ["rows"]),
  };
  const [psi, theta] = [movedInputs("critics", criticTensors.size), movedInputs("actor", actorTensors.size)];
  const target = input("target", [criticTensors.size]);
  const schedules = { critics: scheduleInputs("critics"), actor: scheduleInputs("actor") };
  const imagine = horizon === 0 ? undefined : imagination(graphs, model, actor, batchSize);

  const carriedIn = [psi, theta].flatMap(({ parameter, first, second }) => [parameter, first, second]);
  const { carried, stacked } = loop(steps, carriedIn, (round, ...state) => {
    const triple = (i: number): Moved => ({ parameter: state[i], first: state[i + 1], second: state[i + 2] });
    const [q, pi] = [triple(0), triple(3)];
    const part = (table: Node) => reshape(rows(table, round, batchSize, "part"), [batchSize, ...table.shape.slice(1)]);
    const [actorNodes, criticNodes] = [
      unflattened(actorTensors, pi.parameter),
      unflattened(criticTensors, q.parameter),
    ];
    const act = (states: Node) => tanh(beforeTanh(actor, actorNodes, states));
    const targetNodes = unflattened(criticTensors, target);
    const worth = (states: Node, actions: Node) => criticOutputs(critic, targetNodes, concat([states, actions], 1));

    const [s, next] = [part(tables.observations), part(tables.next)];
    const nextActions = act(next);
    const real = { rewards: part(tables.rewards), goesOn: part(tables.goesOn), values: worth(next, nextActions) };
    const imagined = imagine?.steps(horizon, next, nextActions, act, worth) ?? [];
    const candidates = candidateTargets(real, imagined, discount);
    const weights = targetWeights(candidates.variances, shape.weighting);
    const y = detach(weightedTarget(candidates, weights));

    const shared = (x: Node, width: number) => reshape(x, [critics, batchSize / critics, width]);
    const asked = shared(concat([s, part(tables.actions)], 1), n + m);
    const values = mlp(criticNetwork(critic), criticNodes, asked);
    const squares = square(sub(values, shared(y, 1)));
    const newPsi = moved(
      q,
      flattened(criticTensors, gradients([mul(mean(squares), 0.5)], criticNodes)),
      schedules.critics,
      round,
    );

    const x = beforeTanh(actor, actorNodes, s);
    const climbed = mean(criticOutputs(critic, criticNodes, concat([s, tanh(x)], 1)));
    const loss = add(neg(climbed), mul(mean(square(x)), shape.saturationPenalty));
    const newTheta = moved(pi, flattened(actorTensors, gradients([loss], actorNodes)), schedules.actor, round);

    const line = [climbed, mean(squares), mean(values)].map((watched) => reshape(watched, [1]));
    return {
      next: [newPsi, newTheta].flatMap(({ parameter, first, second }) => [parameter, first, second]),
      stacked: [concat([...line, mean(weights, [1]), mean(candidates.variances, [1])], 0)],
    };
  });
  const names = ["critics", "actor"].flatMap((name) => ["parameter", "first", "second"].map((x) => `new.${name}.${x}`));
  return graph(
    "steve update",
    [
      steps,
      ...Object.values(tables),
      ...carriedIn,
      target,
      ...Object.values(schedules).flat(),
      ...(imagine?.inputs ?? []),
    ],
    { ...Object.fromEntries(names.map((name, i) => [name, carried[i]])), watched: stacked[0] },
  );
}

/** π in all members, from s_1 on. */
function imagination(graphs: TaskGraphs | undefined, model: Model, actor: DeterministicShape, batch: number) {
  const m = actor.actionSize;
  const members = model.members.length;
  const dynamics = model.together.nodes("model");
  const outcomes = model.outcomes?.nodes("outcomes");
  const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
  const beside = (x: Node) => reshape(x, [members, batch, x.shape[1]]);
  const flat = (x: Node) => reshape(x, [members * batch, ...x.shape.slice(2)]);
  const everywhere = (x: Node) =>
    concat(
      Array.from({ length: members }, () => x),
      0,
    );
  return {
    inputs: [...dynamics.inputs, ...(outcomes?.inputs ?? []), centre, halfWidth],
    steps(
      horizon: number,
      first: Node,
      firstActions: Node,
      act: (states: Node) => Node,
      worth: (states: Node, actions: Node) => Node,
    ): readonly ImaginedStep[] {
      let [states, actions] = [everywhere(first), everywhere(firstActions)];
      return Array.from({ length: horizon }, (): ImaginedStep => {
        const [s, a] = [beside(states), beside(add(mul(actions, halfWidth), centre))];
        const { next, reward } = dynamics.step(s, a, undefined);
        const to = flat(next);
        const rewards = outcomes?.rewards(s, a, next) ?? reward ?? graphs!.reward!(states, flat(a), to);
        const goesOn = outcomes?.goesOn(s, a, next) ?? graphs!.alive(to, 0);
        [states, actions] = [to, act(to)];
        const values = worth(states, actions);
        return {
          rewards: outcomes === undefined ? reshape(rewards, [1, members, batch]) : rewards,
          goesOn: reshape(goesOn, [members, batch]),
          values: reshape(values, [values.shape[0], members, batch]),
        };
      });
    },
  };
}
