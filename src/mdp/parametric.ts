import type { Tensors } from "../compute/engine.js";
import type { Node } from "../compute/node.js";

/** A function with parameters from both sides: as nodes of a graph, and as the tensors that the graph is fed. */
export interface Parametric<F> {
  /** Names the nodes: functions with the same key differ in their tensors alone. JSON. */
  readonly key: unknown;
  /** The function as nodes, its inputs named `prefix.…`. */
  nodes(prefix: string): F & { readonly inputs: readonly Node[] };
  /** What those inputs are fed. */
  tensors(prefix: string): Tensors;
}

/** π_θ as a function of nodes. */
export interface ActingNodes {
  /** Samples u of π in units of the half-width of the action box, unclipped, [rows, action size]; zero noise gives the mean. */
  act(observations: Node, noise: Node): Node;
  /** The mean action, [rows, action size]. */
  mean(observations: Node): Node;
}
export type ActingNet = Parametric<ActingNodes>;

/** One step of M_φ as nodes. */
export interface DynamicsStep {
  /** s′, [rows, observation size]. */
  readonly next: Node;
  /** r̂(s, a, s′), [rows], where the reward is learned. */
  readonly reward?: Node;
  /** Where ends are learned: 1 where s′ goes on, 0 where it is more likely terminal than not, [rows]; no derivative. */
  readonly alive?: Node;
}

/** One member of M as a function of nodes; all side by side, nodes have a leading axis of members. */
export interface DynamicsNodes {
  /** From observations [rows, observation size], executed actions [rows, action size] and noise [rows, noise size]. */
  step(observations: Node, actions: Node, noise: Node | undefined): DynamicsStep;
  /** The mean change s′ − s in units of σ_Δ, before it is bounded, [rows, observation size]. */
  change(observations: Node, actions: Node): Node;
}

export interface DynamicsNet extends Parametric<DynamicsNodes> {
  /** Standard normal numbers that a step takes; 0 where it is certain, and then `noise` is undefined. */
  readonly noiseSize: number;
  /** Whether steps say a reward; else it is the task's own. */
  readonly learnsReward: boolean;
  /** Whether steps say where episodes end; absent: the task does. */
  readonly learnsEnds?: true;
}

/** What comes of a step, learned apart from where it leads, as nodes; rows are those of members side by side. */
export interface OutcomeNodes {
  /** r̂(s, a, s′) of each reward network for every row, [networks, members, rows], of [members, rows, size] each. */
  rewards(observations: Node, actions: Node, next: Node): Node;
  /** Probability that s′ goes on, each row's by its member, [members, rows], of [members, rows, size] each. */
  goesOn(observations: Node, actions: Node, next: Node): Node;
}

/** M as everybody sees it, where a model player predicts something: an ensemble, and the units of its predictions. */
export interface Model {
  readonly members: readonly DynamicsNet[];
  /** All members side by side, each on rows of its own: [members, rows, size] in, [members, rows, size] out. */
  readonly together: DynamicsNet;
  /** Rewards and ends of episodes, where networks of their own learn both; absent: the task's graphs say what `together` does not. */
  readonly outcomes?: Parametric<OutcomeNodes>;
  /** Real samples that it has been fitted to; later ones are fresh. */
  readonly seenSamples: number;
  /** 1/σ_s, [observation size]; 0 where an entry never changes. */
  readonly stateFactor: Float32Array;
  /** σ_Δ of a step's change, [observation size]; 0 where an entry never changes. */
  readonly deltaScale: Float32Array;
}

/** M where nobody predicts anything: the data D are all that is known of the world. */
export interface NoModel {
  readonly members: readonly [];
  /** Nothing was fitted to anything. */
  readonly seenSamples: 0;
}

/** What a model player shows, whoever it is. */
export type AnyModel = Model | NoModel;

/** Whether somebody predicts. */
export const predicts = (model: AnyModel): model is Model => model.members.length > 0;
