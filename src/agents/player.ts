import type { z } from "zod";
import type { Compute } from "../compute/engine.js";
import type { Actor } from "../mdp/actor.js";
import type { Experience } from "../mdp/experience.js";
import type { ActingNet, AnyModel, Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import type { Rng } from "../random/rng.js";
import type { Algorithm, Side } from "./defaults.js";
import type { Preset } from "./preset.js";
import type { SettingsPatch } from "./settings.js";
import type { Part } from "./snapshot.js";
import type { SnapshotReader } from "./snapshot-reader.js";

/** Where a move takes place: what players may use beside their values. */
export interface Scene {
  readonly compute: Compute;
  /** Of the iteration under way: it may change between two (`task.changes`). */
  readonly task: Task;
  /** k of the iteration under way. */
  readonly iteration: number;
  /** N: the newest so many samples stand for μ_W^π. */
  readonly samplesPerIteration: number;
  /** Draws states from ρ, [count, observation size]. */
  initialStates(): Promise<(count: number, rng: Rng) => Float32Array>;
  /** Hears how far a long move is. */
  progress(done: number, total: number): void;
}

/** What every policy player's move reports; each kind adds its own. */
export interface PolicyReport {
  /** J(π, M) of each member before the move: mean undiscounted return of rollouts from ρ; empty where there is no model. */
  readonly memberReturns: readonly number[];
}

/** How a policy player looks into the model, for those who measure: the bound meter and `gap`. */
export interface LookAhead {
  /** γ */
  readonly discount: number;
  /** H: longest rollout in the model; the task's horizon bounds it too. */
  readonly rolloutHorizon: number;
  /** Rollouts in each member. */
  readonly trajectories: number;
}

/**
 * The policy player of the game, whose state is a value P of plain data. Its moves draw from rng alone and leave their
 * arguments as they were.
 */
export interface PolicyPlayer<P, M extends AnyModel = Model, R extends PolicyReport = PolicyReport> {
  readonly lookAhead: LookAhead;
  /** Whether D is to keep what π drew beside what was executed (`Experience.drawn`); absent: no. */
  readonly needsDraws?: true;
  /** π_0. Draws from rng. */
  initial(rng: Rng): P;
  /** One step up ∇_π J(π, M). @throws {DivergenceError} where its numbers stop being numbers */
  improve(
    scene: Scene,
    policy: P,
    model: M,
    data: Experience,
    rng: Rng,
  ): Promise<{ readonly policy: P; readonly report: R }>;
  /** π made ready to act. */
  actor(compute: Compute, policy: P): Promise<Actor>;
  /** π as a network; absent where acting is planning. */
  network?(policy: P): ActingNet;
  /** What a checkpoint holds of it. */
  keep(policy: P): Part;
  /** The same state again. @throws {StorageError} where a tensor is missing or has another size */
  recall(from: SnapshotReader): P;
}

/** What a fit reports. */
export interface FitReport {
  /** Mean squared error on fresh data in units of σ_Δ², before and after; per entry before. */
  readonly before: number;
  readonly after: number;
  readonly byDimension: readonly number[];
  readonly loss: number;
  readonly steps: number;
  /** More steps on samples that it was fitted to before: with the fit before it, one fit in rounds. */
  readonly again?: true;
}

/** The model player of the game, whose state is a value V of plain data. */
export interface ModelPlayer<V, M extends AnyModel = Model> {
  /** Some fits may report null: a snapshot then has the newest report, which stands for them. */
  readonly mayNotFit?: true;
  /** M_0. Draws from rng. */
  initial(rng: Rng): V;
  /** What others see of it. */
  view(model: V): M;
  /**
   * argmin_M ℓ(M, D), or a part of the way there. Reports null where too little is new to fit again, and where nothing is ever fitted.
   *
   * @throws {DivergenceError} where its numbers stop being numbers
   */
  fit(
    scene: Scene,
    model: V,
    data: Experience,
    rng: Rng,
  ): Promise<{ readonly model: V; readonly report: FitReport | null }>;
  keep(model: V): Part;
  recall(from: SnapshotReader): V;
}

/** Settings of a kind: groups by name, each a group of settings with help lines. */
export type Groups = Readonly<Record<string, z.ZodObject>>;
export type SettingsOf<G extends Groups> = { readonly [K in keyof G]: z.infer<G[K]> };

interface Kind<G extends Groups> {
  /** For lists: what plays. */
  readonly title: string;
  /** Policy: learns from D alone. Model: predicts nothing. The two sit together, and with nobody else. */
  readonly modelFree?: true;
  /** Its settings. */
  readonly groups: G;
  /** The values of its own paper for a side (conservative, aggressive) and a task. */
  paper(side: Side, task: Task): SettingsOf<G>;
  /** Settings that came after the kind did, as runs of earlier versions were played: with none of what they ask for. */
  readonly later?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Settings that are fine one by one but impossible together, in this way of playing or on this task. @throws {ConfigError} */
  check?(settings: SettingsOf<G> & Readonly<Record<string, unknown>>, algorithm: Algorithm, task: Task): void;
}

/** A kind of policy player: a player with its settings and its metrics. */
export interface PolicyKind<P, M extends AnyModel, R extends PolicyReport, G extends Groups> extends Kind<G> {
  /**
   * Whether rewards and ends of episodes have to be graphs: the task's own, or rewards that the model player learns;
   * "unless learned": none are needed where that learns ends too.
   */
  readonly needsGraphs?: true | "unless learned";
  /** What it asks of the world's side (sizes of an iteration, lines of the log); absent: what the paper has. */
  world?(side: Side, task: Task): SettingsPatch;
  /** How its player looks into the model. */
  lookAhead(settings: SettingsOf<G>): LookAhead;
  /** Its presets for a task by name, `default`, `paper` and `quick` among them; absent: those of the paper's players. */
  presets?(task: Task): Readonly<Record<string, Preset>>;
  /** K: moves in an iteration, or in a round of it. */
  steps(settings: SettingsOf<G>): number;
  /** Rounds of an iteration, in an order of play that has some; absent: 1. */
  rounds?(settings: SettingsOf<G>): number;
  /** @param unfitted M_0: how models of this run look, for one whose value has the tensors of a model */
  open(task: Task, settings: SettingsOf<G>, unfitted: () => M): PolicyPlayer<P, M, R>;
  /** Its part of an iteration's metrics, from the reports of the iteration's moves. */
  metrics(reports: readonly R[], settings: SettingsOf<G>): Readonly<Record<string, unknown>>;
  /** The same settings for J(π, M) alone: no margin, nothing added to the objective. */
  plain(settings: SettingsOf<G>): SettingsOf<G>;
}

/** A kind of model player. */
export interface ModelKind<V, M extends AnyModel, G extends Groups> extends Kind<G> {
  /** Whether its model says rewards of its own; absent: never. */
  learnsReward?(settings: SettingsOf<G>, task: Task): boolean;
  /** Whether its model says itself where episodes end (`Model.outcomes`). */
  readonly learnsEnds?: true;
  open(task: Task, settings: SettingsOf<G>): ModelPlayer<V, M>;
}
