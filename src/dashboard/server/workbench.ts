import { statSync } from "node:fs";
import { join } from "node:path";
import { policyToOnnx } from "../../agents/export.js";
import { stageOf } from "../../agents/snapshot.js";
import { SnapshotReader } from "../../agents/snapshot-reader.js";
import { openPlayers } from "../../agents/ways.js";
import { type WorldPool, worldPool } from "../../agents/world/pool.js";
import type { Compute } from "../../compute/engine.js";
import { heardCompute } from "../../compute/heard-compute.js";
import { ConfigError } from "../../errors/errors.js";
import { oneStepError } from "../../experiments/one-step-error.js";
import { type LookAhead, rolloutError } from "../../experiments/rollout-error.js";
import { type ShownEpisodes, showEpisodes } from "../../experiments/shown-episodes.js";
import { worldTrajectories } from "../../experiments/trajectories.js";
import { networkActor } from "../../mdp/actor.js";
import { predicts } from "../../mdp/parametric.js";
import type { ReplayEpisode } from "../../mdp/replay.js";
import type { Task } from "../../mdp/task.js";
import { checkpointPath, readCheckpoint } from "../../runs/checkpoint.js";
import { type RunHead, readConfig } from "../../runs/config.js";
import type { LabCurves, LabPart, LabReport, SceneReport, ShownEpisode } from "../shared/protocol.js";
import { requireFile, requireReadable } from "./files.js";
import { Job, type Waiting, type Work } from "./job.js";
import { Refusal } from "./respond.js";

/** Episodes that the lab plays in the world, and real steps that it predicts. */
const LAB_EPISODES = 8;
const LAB_STEPS = 600;
/** The lab's episodes start here: seeds that neither training nor the run's own evaluation uses. */
export const LAB_SEED = 3_000_000;
/** Answers kept: one for each checkpoint that somebody goes back and forth between. */
const KEPT = 16;

/**
 * The task of a run.
 *
 * @param stage how many of its changes are in force (`task.changes`); 0 if left out
 * @throws {StorageError} where its module is gone
 */
export type OpenTask = (directory: string, config: RunHead, stage?: number) => Promise<Task>;

/**
 * What is computed on demand for a checkpoint, one request after the other: worlds are played and graphs run here, not
 * in the page. Engines are opened with the first request.
 */
export class Workbench {
  readonly #openTask: OpenTask;
  readonly #openCompute: () => Promise<Compute>;
  #compute: Promise<Compute> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** By what is asked, the last asked for last. */
  readonly #jobs = new Map<string, Job<unknown, unknown>>();
  #closed = false;

  constructor(openTask: OpenTask, openCompute: () => Promise<Compute>) {
    this.#openTask = openTask;
    this.#openCompute = openCompute;
  }

  /** @throws {StorageError} where the checkpoint cannot be read */
  lab(directory: string, iteration: number, waiting: Waiting<LabPart> = {}): Promise<LabReport> {
    return this.#once(`lab ${mark(directory, iteration)}`, (work) => this.#lab(directory, iteration, work), waiting);
  }

  /** @throws {StorageError} where the checkpoint cannot be read */
  scene(directory: string, iteration: number, seed: number, waiting: Waiting<SceneReport> = {}): Promise<SceneReport> {
    return this.#once(
      `scene ${mark(directory, iteration)} ${seed}`,
      (work) => this.#scene(directory, iteration, seed, work),
      waiting,
    );
  }

  /** The mean policy as an ONNX file. @throws {StorageError} where the checkpoint cannot be read */
  policy(directory: string, iteration: number): Promise<Uint8Array> {
    return this.#once(`policy ${mark(directory, iteration)}`, async () => {
      const { config, snapshot, task } = await this.#read(directory, iteration);
      return policyToOnnx(snapshot, config.settings, task);
    });
  }

  /** Works on one request at a time, and answers the same one twice with the same answer. What nobody waits for any more is stopped. */
  #once<Answer, Part>(
    key: string,
    work: (how: Work<Part>) => Promise<Answer>,
    waiting: Waiting<Part> = {},
  ): Promise<Answer> {
    const known = this.#jobs.get(key) as Job<Answer, Part> | undefined;
    const job = known ?? new Job<Answer, Part>((how) => this.#inTurn(() => work(how), how));
    if (known === undefined) {
      this.#jobs.set(key, job as Job<unknown, unknown>);
      const forget = () => this.#jobs.get(key) === (job as Job<unknown, unknown>) && this.#jobs.delete(key);
      job.answer.catch(forget); // a checkpoint that was half written may be whole next time
      if (this.#jobs.size > KEPT) this.#jobs.delete(this.#jobs.keys().next().value!);
    }
    let isThere = false;
    job.answer.then(
      () => (isThere = true),
      () => {},
    );
    job.join(waiting, () => {
      if (!isThere) this.#jobs.delete(key);
    });
    return job.answer;
  }

  #inTurn<Answer, Part>(work: () => Promise<Answer>, { goOn, tell }: Work<Part>): Promise<Answer> {
    tell({ share: 0, doing: "Waiting for what was asked for before" });
    const answer = this.#queue.then(() => {
      if (this.#closed) throw new Refusal(503, "The server is about to end.");
      goOn();
      return work();
    });
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** A checkpoint, with the task as it was in that iteration. */
  async #read(directory: string, iteration: number) {
    requireFile(join(directory, "config.json"));
    requireReadable(directory, iteration);
    const config = readConfig(directory);
    const snapshot = readCheckpoint(directory, iteration);
    return { config, snapshot, task: await this.#openTask(directory, config, stageOf(snapshot)) };
  }

  async #open(directory: string, iteration: number) {
    const { config, snapshot, task } = await this.#read(directory, iteration);
    const { policy, model } = openPlayers(task, config.settings);
    const from = new SnapshotReader(snapshot);
    const net = policy.network?.(policy.recall(from));
    if (net === undefined) {
      throw new ConfigError(
        "the policy player",
        `${config.settings.players.policy} plans in the model, and has no network to look at`,
        "Look at its curves",
      );
    }
    const { lookAhead } = policy;
    return { task, policy: net, lookAhead, model: model.view(model.recall(from)), compute: await this.#engines() };
  }

  /** Opened once; what could not be opened is tried again with the next request. */
  async #engines(): Promise<Compute> {
    const compute = (this.#compute ??= this.#openCompute());
    try {
      return await compute;
    } catch (error) {
      this.#compute = undefined;
      throw error;
    }
  }

  async #lab(directory: string, iteration: number, work: Work<LabPart>): Promise<LabReport> {
    work.tell({ share: 0, doing: "Opening the checkpoint" });
    const { task, policy, lookAhead, model, compute: engines } = await this.#open(directory, iteration);
    if (!predicts(model))
      throw new ConfigError(
        "the model player",
        "there is none in this run, and no error of its to look at",
        "Look at its curves",
      );
    const horizon = lookAhead.rolloutHorizon;
    const members = model.members.length;
    const { compute, begin } = counted(engines, horizon + members + 2 * members * horizon, work);
    begin("Playing fresh episodes in the world");
    const seeds = Array.from({ length: LAB_EPISODES }, (_, i) => LAB_SEED + i);
    const acting = await networkActor(compute.engines[0], policy, task);
    const episodes = await withPool(task, (pool) =>
      worldTrajectories(acting, pool, seeds, lookAhead.rolloutHorizon),
    ).finally(() => acting.release());
    begin("Predicting their steps one by one");
    const step = await oneStepError(compute, task, model, episodes, LAB_STEPS);
    const n = task.observation.size;
    const columns = (table: Float32Array) =>
      Array.from({ length: n }, (_, j) => Array.from({ length: step.samples }, (_, i) => short(table[i * n + j])));
    const part: LabPart = {
      iteration,
      episodes: LAB_EPISODES,
      seed: LAB_SEED,
      names: task.observation.names,
      oneStep: {
        samples: step.samples,
        byDimension: Array.from(step.byDimension, (x) => (Number.isNaN(x) ? null : x)),
        real: columns(step.real),
        predicted: columns(step.predicted),
        error: shortened(step.error),
        disagreement: shortened(step.disagreement),
      },
    };
    begin("Rolling every member out beside the episodes", part);
    const { alive, open, closed } = await rolloutError({ compute, task, policy, model, episodes });
    return { ...part, alive: [...alive], open: curves(open), closed: curves(closed) };
  }

  async #scene(directory: string, iteration: number, seed: number, work: Work<SceneReport>): Promise<SceneReport> {
    work.tell({ share: 0, doing: "Opening the checkpoint" });
    const { task, policy, model, compute: engines } = await this.#open(directory, iteration);
    const members = predicts(model) ? model.members.length : 0;
    const { compute, begin } = counted(engines, (1 + members) * task.horizon, work);
    const report = (seen: ShownEpisodes): SceneReport => ({
      iteration,
      seed,
      controlStep: task.controlStep,
      stride: 1,
      names: task.observation.names,
      goalName: task.goalError?.name ?? null,
      scene: seen.scene,
      world: shown("world", seen.world, task),
      ghosts: seen.members.map((member, i) => shown(`member ${i + 1}`, member, task)),
    });
    begin("Playing the episode in the world");
    const request = { engine: compute.engines[0], task, policy, model, seed };
    return report(
      await showEpisodes(request, (seen) => {
        const ghosts = seen.members.length;
        if (ghosts < members)
          begin(`Playing it in member ${ghosts + 1} of ${members}`, ghosts === 0 ? report(seen) : undefined);
      }),
    );
  }

  /** Ends what is being worked on; what still waits for its turn is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue;
    await (await this.#compute)?.close();
  }
}

/** Engines whose runs are counted, of about `expected`, and stop when nobody waits any more; and what says what comes next. */
function counted<Part>(engines: Compute, expected: number, { goOn, tell }: Work<Part>) {
  let [runs, doing, told] = [0, "", 0];
  const share = () => Math.min(runs / expected, 0.99);
  const compute = heardCompute(engines, () => {
    goOn();
    runs++;
    if (share() - told < 0.01) return;
    told = share();
    tell({ share: told, doing });
  });
  const begin = (what: string, part?: Part) => {
    doing = what;
    tell({ share: share(), doing, ...(part !== undefined && { part }) });
  };
  return { compute, begin };
}

/** Names a checkpoint; one that a later run wrote in the same place has another name. */
const mark = (directory: string, iteration: number) =>
  `${directory} ${iteration} ${statSync(checkpointPath(directory, iteration), { throwIfNoEntry: false })?.ctimeMs}`;

async function withPool<Result>(task: Task, body: (pool: WorldPool) => Promise<Result>): Promise<Result> {
  const pool = worldPool(task);
  try {
    return await body(pool);
  } finally {
    pool.close();
  }
}

/** Five digits: more than a picture shows. */
const short = (x: number) => Number(x.toPrecision(5));
const shortened = (values: ArrayLike<number>) => Array.from(values, short);

const curves = ({ error, disagreement, byDimension }: LookAhead): LabCurves => ({
  error: shortened(error),
  disagreement: shortened(disagreement),
  byDimension: byDimension.map(shortened),
});

function shown(name: string, episode: ReplayEpisode, task: Task): ShownEpisode {
  const { poses, contacts, rewards, observations, successes, goalErrors, end } = episode;
  return {
    name,
    poses: poses && Buffer.from(Float32Array.from(poses.flat()).buffer).toString("base64"),
    contacts: contacts?.map(shortened) ?? null,
    rewards: rewards.map(short),
    terms: termsOf(episode, task),
    observations: observations[0].map((_, j) => observations.map((row) => short(row[j]))),
    successes,
    goalErrors: goalErrors?.map(short) ?? null,
    terminated: end === "terminal",
  };
}

/** The terms of every step's reward, by name. */
function termsOf({ observations, actions }: ReplayEpisode, task: Task): ShownEpisode["terms"] {
  if (task.rewardTerms === undefined) return null;
  const steps = actions.map((action, t) => task.rewardTerms!(observations[t], action, observations[t + 1]));
  return Object.fromEntries(
    Object.keys(steps[0] ?? {}).map((name) => [name, steps.map((terms) => short(terms[name]))]),
  );
}
