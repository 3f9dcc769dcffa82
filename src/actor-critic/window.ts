import type { Node } from "../compute/node.js";
import { add, concat, detach, exp, mul, reshape, slice, tanh } from "../compute/operators.js";
import type { DynamicsNodes } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import type { ScalingNodes } from "../policy/input-scaling.js";
import { type ActorShape, actorHeads, logLikelihood } from "../policy/squashed-policy.js";

/** Sizes of the imagined windows of an update: `members` × `rows` of them, each in one member, H steps long. */
export interface WindowShape {
  readonly members: number;
  readonly rows: number;
  readonly horizon: number;
}

/** What an imagined window is made with. */
export interface WindowScene {
  readonly task: Task;
  readonly shape: WindowShape;
  readonly actor: ActorShape;
  /** θ as tensors. */
  readonly parameters: readonly Node[];
  readonly scaling: ScalingNodes;
  /** Of all members side by side. */
  readonly model: DynamicsNodes;
  readonly noiseSize: number;
  /** Centre and half-width of the action box, [action size]. */
  readonly box: { readonly centre: Node; readonly halfWidth: Node };
  readonly terminalMargin: number;
}

/** An imagined window, differentiable in θ: everything of all its times is stacked, [times × members × rows, …]. */
export interface ImaginedWindow {
  /** s_0 … s_H, [(H + 1) B, n]. */
  readonly states: Node;
  /** u_0 … u_H, [(H + 1) B, m]. */
  readonly actions: Node;
  /** log π(u_t|s_t), [(H + 1) B]. */
  readonly logLikelihoods: Node;
  /** r_0 … r_{H−1}, [H B]. */
  readonly rewards: Node;
  /** 1 where s_1 … s_H goes on, [H B]. */
  readonly alive: Node;
}

/**
 * H steps of π_θ in the model from each state, a row staying in its member, and one more action in the last.
 *
 * @param states s_0, [B, n], the rows of a member together
 * @param noise standard normals of the actions, [(H + 1) B, m]
 * @param chance standard normals of the members, [H B, noise size], where they have some
 */
export function imaginedWindow(
  scene: WindowScene,
  states: Node,
  noise: Node,
  chance: Node | undefined,
): ImaginedWindow {
  const { task, shape, actor, model, noiseSize, box } = scene;
  const { members, rows, horizon } = shape;
  const [n, m, batch] = [task.observation.size, task.action.size, members * rows];
  const at = (stack: Node, t: number) => slice(stack, 0, t * batch, (t + 1) * batch);
  const beside = (x: Node, width: number) => reshape(x, [members, rows, width]);
  const visited = [states];
  const learned: Node[] = [];
  const goesOn: Node[] = [];
  const before: Node[] = [];
  const deviations: Node[] = [];
  const actions: Node[] = [];
  const executed: Node[] = [];
  for (let t = 0; t <= horizon; t++) {
    const { mean, logStd } = actorHeads(actor, scene.parameters, scene.scaling, visited[t]);
    const x = add(mean, mul(exp(logStd), at(noise, t)));
    const u = tanh(x);
    before.push(x);
    deviations.push(logStd);
    actions.push(u);
    if (t === horizon) break;
    const a = add(mul(u, box.halfWidth), box.centre);
    const draws = chance === undefined ? undefined : beside(at(chance, t), noiseSize);
    const { next, reward, alive } = model.step(beside(visited[t], n), beside(a, m), draws);
    executed.push(a);
    visited.push(reshape(next, [batch, n]));
    if (reward !== undefined) learned.push(reshape(reward, [batch]));
    if (alive !== undefined) goesOn.push(reshape(alive, [batch]));
  }
  const all = (parts: readonly Node[]) => concat(parts, 0);
  const [from, to] = [all(visited.slice(0, -1)), all(visited.slice(1))];
  const { graphs } = task;
  return {
    states: all(visited),
    actions: all(actions),
    logLikelihoods: logLikelihood(all(before), all(deviations), noise),
    rewards: learned.length > 0 ? all(learned) : graphs!.reward!(from, all(executed), to),
    alive: detach(goesOn.length > 0 ? all(goesOn) : graphs!.alive(to, scene.terminalMargin)),
  };
}

/** Entries of a stack over times as a list of them, [rows] each. */
export function byTime(stack: Node, times: number): readonly Node[] {
  const batch = (stack.shape[0] as number) / times;
  return Array.from({ length: times }, (_, t) => slice(stack, 0, t * batch, (t + 1) * batch));
}

/** Whether each row is still in its episode at times 0 … H − 1, [rows] each: the product of what was alive before. */
export function underWay(alive: readonly Node[], first: Node): readonly Node[] {
  const masks = [first];
  for (let t = 1; t < alive.length; t++) masks.push(mul(masks[t - 1], alive[t - 1]));
  return masks;
}
