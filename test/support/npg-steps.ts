import type { Compute } from "../../src/compute/engine.js";
import type { StartStates } from "../../src/mdp/start-states.js";
import type { Task } from "../../src/mdp/task.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { type ModelBasedReport, type ModelBasedSettings, modelBasedStep } from "../../src/npg/model-based-step.js";
import { type NpgStepSettings, npgStep } from "../../src/npg/npg-step.js";
import { type GaussianPolicy, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { initialValue, type ValueFunction } from "../../src/policy/value.js";
import { type Rng, seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask } from "./line-task.js";
import { normals } from "./some-policy.js";

/** Those of Subroutine 1 and of its natural step. */
export type NpgSettings = ModelBasedSettings & NpgStepSettings;

export interface NpgPlayers {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
}

export interface NpgScene {
  readonly compute: Compute;
  readonly task: Task;
  readonly ensemble: Ensemble;
  readonly starts: StartStates;
}

/** Subroutine 1 with a natural step, in an ensemble. Draws from rng. */
export async function modelBasedNpg(
  { ensemble, ...scene }: NpgScene,
  players: NpgPlayers,
  settings: NpgSettings,
  rng: Rng,
): Promise<NpgPlayers & { readonly report: ModelBasedReport }> {
  const { player, report } = await modelBasedStep(
    { ...scene, model: ensembleModel(ensemble) },
    { ...players, state: undefined },
    npgStep(settings),
    settings,
    rng,
  );
  return { policy: player.policy, value: player.value, report };
}

/** A line on which nothing ends a rollout but its horizon of 12 steps. */
export const task = lineTask({ isTerminal: () => false });
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const shape = { observationSize: 2, hidden: [8, 8], actionSize: 1 };
export const policy = initialPolicy(shape, inputs, -0.5, seeded(0));
export const value = initialValue(2, [16], inputs, 1, seeded(1));
export const STARTS = { observations: normals(2 * 40, 2).map((x) => 0.7 * x), fromInitial: 20 };
/** The line's dynamics, but for an error of a few per cent: what a well fitted ensemble knows. */
export const nearly = linearEnsemble([LINE, LINE.map((row) => row.map((x) => 1.03 * x))]);

export const settings: NpgSettings = {
  discount: 0.95,
  gaeLambda: 0.95,
  rolloutHorizon: 500,
  terminalMargin: 0,
  normalizedStepSize: 0.05,
  maxKl: null,
  klBacktrack: 0.7,
  cgIterations: 20,
  fisherDamping: 1e-4,
  fisherFraction: 1,
  entropyCoefficient: 0,
  minLogStd: null,
  value: { epochs: 2, batchSize: 64, learningRate: 1e-2, weightDecay: 0 },
};

/** Steps on the line. */
export const stepsOn =
  (compute: () => Compute) =>
  (
    using: Partial<NpgSettings> = {},
    players: NpgPlayers = { policy, value },
    on: Compute = compute(),
    seed = 0,
    ensemble: Ensemble = nearly,
    played: Task = task,
  ) =>
    modelBasedNpg(
      { compute: on, task: played, ensemble, starts: STARTS },
      players,
      { ...settings, ...using },
      seeded(seed),
    );
