import type { Transition } from "../mdp/transition.js";
import type { ModelData } from "../model/ensemble.js";

/** Transitions as the tables that a model is fitted to. */
export function modelData(transitions: readonly Transition[]): ModelData {
  const samples = transitions.length;
  const table = (width: number, row: (transition: Transition) => Float32Array) => {
    const data = new Float32Array(samples * width);
    transitions.forEach((transition, i) => {
      data.set(row(transition), i * width);
    });
    return data;
  };
  const { observation, action } = transitions[0]!;
  return {
    samples,
    observations: table(observation.length, (t) => t.observation),
    actions: table(action.length, (t) => t.action),
    next: table(observation.length, (t) => t.next),
    rewards: Float32Array.from(transitions, (t) => t.reward),
  };
}
