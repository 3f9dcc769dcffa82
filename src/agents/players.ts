import type { GameState } from "../game/game.js";
import type { Task } from "../mdp/task.js";
import type { Transition } from "../mdp/transition.js";
import { type Ensemble, initialEnsemble } from "../model/ensemble.js";
import { type GaussianPolicy, type InputScaling, initialPolicy } from "../policy/gaussian-policy.js";
import { initialValue, type ValueFunction } from "../policy/value.js";
import type { Rng } from "../random/rng.js";
import type { Settings } from "./settings.js";

/** The policy player: π_θ and its baseline V_ψ. */
export interface PolicyPlayer {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
  /** Whether the inputs' scaling is final; standardised inputs wait for the initial samples. */
  readonly inputsReady: boolean;
}

/** The state of our games. */
export type AgentState = GameState<PolicyPlayer, Ensemble, Transition>;

function initialInputs(task: Task, kind: Settings["policy"]["inputs"]): InputScaling {
  const n = task.observation.size;
  const factor =
    kind === "task" && task.policyInputScale !== undefined
      ? Float32Array.from(task.policyInputScale)
      : new Float32Array(n).fill(1);
  return { shift: new Float32Array(n), factor };
}

/** π_0, V_0 and M_0. Draws from rng. */
export function initialPlayers(
  task: Task,
  settings: Settings,
  rng: Rng,
): { readonly policy: PolicyPlayer; readonly model: Ensemble } {
  const [observationSize, actionSize] = [task.observation.size, task.action.size];
  const inputs = initialInputs(task, settings.policy.inputs);
  const shape = { observationSize, hidden: settings.policy.hidden, actionSize };
  return {
    policy: {
      policy: initialPolicy(shape, inputs, settings.policy.initialLogStd, rng.stream("policy")),
      value: initialValue(
        observationSize,
        settings.value.hidden,
        inputs,
        settings.value.targetScale,
        rng.stream("value"),
      ),
      inputsReady: settings.policy.inputs !== "standardized",
    },
    model: initialEnsemble(
      {
        observationSize,
        actionSize,
        hidden: settings.model.hidden,
        rewardHidden: settings.model.learnReward ? settings.model.rewardHidden : null,
      },
      settings.model.ensembleSize,
      rng.stream("model"),
    ),
  };
}
