import { cached } from "../compute/cached.js";
import type { Engine } from "../compute/engine.js";
import { graph } from "../compute/graph.js";
import { input } from "../compute/operators.js";
import type { ActingNet } from "./parametric.js";
import type { Task } from "./task.js";

/** π made ready to act on a batch of episodes. */
export interface Actor {
  /** Samples u [rows, action size] for observations [rows, observation size] and standard normal noise [rows, action size]; zero noise gives the mean. */
  act(observations: Float32Array, noise: Float32Array): Promise<Float32Array>;
  /**
   * Says that a batch of episodes begins, for one that keeps something of each (a plan): what `memory` gave of an episode
   * that goes on where it stopped, undefined of one that is new. Unless it is told, all rows are new where their number changes.
   */
  begin?(memories: readonly (Float32Array | undefined)[]): void;
  /** Says which rows of the batch go on. */
  keep?(rows: readonly number[]): void;
  /** What it keeps of an episode, for its next actions. */
  memory?(row: number): Float32Array;
  release(): Promise<void>;
}

/** A network made ready to act on an engine. */
export async function networkActor(
  engine: Engine,
  net: ActingNet,
  { observation, action }: Pick<Task, "observation" | "action">,
): Promise<Actor> {
  const [n, m] = [observation.size, action.size];
  const actGraph = cached(["act", net.key, n, m], () => {
    const nodes = net.nodes("policy");
    const [observations, noise] = [input("observations", ["rows", n]), input("noise", ["rows", m])];
    return graph("act", [...nodes.inputs, observations, noise], { actions: nodes.act(observations, noise) });
  });
  const program = await (await engine.load(actGraph)).bind(net.tensors("policy"));
  return {
    async act(observations, noise) {
      const rows = observations.length / n;
      const results = await program.run({
        observations: { shape: [rows, n], data: observations },
        noise: { shape: [rows, m], data: noise },
      });
      return results.actions.data as Float32Array;
    },
    release: () => program.release(),
  };
}
