/** The public API of the core: runs in Node and in the browser. Engines are opened by `stackelberg/node` and `stackelberg/web`. */
export { ALGORITHMS, type Algorithm, TABLE_1, TABLE_2, TABLE_3 } from "./agents/defaults.js";
export { type Evaluation, evaluatePolicy } from "./agents/evaluate.js";
export { modelToOnnx, policyToOnnx } from "./agents/export.js";
export { type LoadedPolicy, loadedPolicy, type PolicySession } from "./agents/loaded-policy.js";
export type { BoundReading, IterationMetrics, PairReading, ReturnStatistics } from "./agents/metrics.js";
export type {
  FitReport,
  Groups,
  LookAhead,
  ModelKind,
  ModelPlayer,
  PolicyKind,
  PolicyPlayer,
  PolicyReport,
  Scene as PlayerScene,
  SettingsOf,
} from "./agents/player.js";
export { type PolicyMetadata, readPolicyMetadata } from "./agents/policy-metadata.js";
export { DEFAULT_PRESET, presetNames } from "./agents/presets.js";
export { resolveSettings } from "./agents/resolve-settings.js";
export { paperSettings } from "./agents/run-settings.js";
export { type Settings, type SettingsPatch, settingsSchema } from "./agents/settings.js";
export type { NamedTensor, Part, Snapshot } from "./agents/snapshot.js";
export type { SnapshotReader } from "./agents/snapshot-reader.js";
export type { AgentState } from "./agents/state.js";
export type { RemakeTask, TaskChange } from "./agents/task-changes.js";
export { type Progress, type StopSignal, type TrainedIteration, type TrainSetup, train } from "./agents/train.js";
export {
  MODEL_NAMES,
  type ModelName,
  type OwnPlayers,
  POLICY_NAMES,
  type PolicyName,
  WAYS,
  type Way,
} from "./agents/ways.js";
export type { BoundProgram, Compute, Engine, Program, Tensor, Tensors } from "./compute/engine.js";
export { jacobianVectorProducts } from "./compute/forward-mode.js";
export { type Graph, graph } from "./compute/graph.js";
export type { Node } from "./compute/node.js";
export { describeOnnx, encodeOnnx, type OnnxDescription, type OnnxMetadata } from "./compute/onnx.js";
export * as operators from "./compute/operators.js";
export { gradients } from "./compute/reverse-mode.js";
export { hessianVectorProducts, secondDerivativeProducts } from "./compute/second-order.js";
export { type CheckTaskOptions, checkTask, type TaskReport } from "./envs/check/check-task.js";
export { createTask, taskIds, taskOptions } from "./envs/index.js";
export { type MujocoTaskSpec, mujocoTask } from "./envs/mujoco/mujoco-task.js";
export type { NumberOption, TaskOption } from "./envs/options.js";
export { defineTask, type TaskDefinition } from "./envs/simple/define-task.js";
export { box, uniformAround } from "./envs/spaces.js";
export {
  ComputeError,
  ConfigError,
  DivergenceError,
  ShapeError,
  StackelbergError,
  StorageError,
  WorldError,
} from "./errors/errors.js";
export { br } from "./game/br.js";
export type { GameConfig, GameState, Moves, Play, Players } from "./game/game.js";
export { gda } from "./game/gda.js";
export { mal } from "./game/mal.js";
export { pal } from "./game/pal.js";
export { slbo } from "./game/slbo.js";
export { implicitGradient, type SmoothGame, type StackelbergGradient, unrolledGradient } from "./game/stackelberg.js";
export { type Actor, networkActor } from "./mdp/actor.js";
export type { Experience } from "./mdp/experience.js";
export { type ModelPlay, modelRollouts } from "./mdp/model-rollouts.js";
export type { ActingNet, AnyModel, DynamicsNet, Model, NoModel } from "./mdp/parametric.js";
export type { Replay, ReplayEpisode } from "./mdp/replay.js";
export type { Rollouts } from "./mdp/rollouts.js";
export type { Scene, SceneGeom, Stage } from "./mdp/scene.js";
export type { Perturbation, Space, Task, TaskGraphs, World, WorldStep } from "./mdp/task.js";
export * as taskGraphs from "./mdp/task-graphs.js";
export { type Rng, seeded } from "./random/rng.js";
export type { IterationEvent, RunEvent, RunSummary } from "./runs/events.js";
export type { Bound } from "./theory/bound.js";
export { klDivergence, totalVariation } from "./theory/distributions.js";
export { type EquilibriumBound, equilibriumBound } from "./theory/equilibrium-bound.js";
export { type ErrorAmplification, errorAmplification } from "./theory/error-amplification.js";
export { actionValues, expectedReturn, values } from "./theory/expected-return.js";
export {
  chainOf,
  deterministicPolicy,
  type FiniteMdp,
  type FiniteMdpSpec,
  finiteMdp,
  type TabularPolicy,
  tabularPolicy,
} from "./theory/finite-mdp.js";
export { modelLoss } from "./theory/model-error.js";
export { type PerformanceDifference, performanceDifference } from "./theory/performance-difference.js";
export { policyIteration } from "./theory/policy-iteration.js";
export { type SimulationLemma, simulationLemma } from "./theory/simulation-lemma.js";
export {
  averageVisitation,
  discountedVisitation,
  marginalVisitations,
  visitationDistance,
} from "./theory/visitation.js";
