import { hostname } from "node:os";
import { resolve } from "node:path";
import { MOST_WORKERS } from "../../../compute/engine-node.js";
import { ConfigError, DivergenceError, StorageError } from "../../../errors/errors.js";
import { isRun, type RunConfig, readConfig } from "../../../runs/config.js";
import { forgetLock, lockOwner } from "../../../runs/lock.js";
import { RunStore } from "../../../runs/store.js";
import { versions } from "../../../runs/versions.js";
import { WORK_EXIT } from "../../../suites/executor.js";
import { attemptHere } from "../../../suites/executors.js";
import { gameOf, jobOf, runOf, type Suite, type SuiteGame, type SuiteJob } from "../../../suites/frozen-suite.js";
import { failureOf, forgetFailure, isCancelled, isFinal, noteFailure } from "../../../suites/marks.js";
import { comeTo, isFinished } from "../../../suites/progress.js";
import { wholeNumber } from "../../arguments.js";
import type { AddCommand, Context } from "../../command.js";
import { exitCode, type Played, play, withCompute } from "../../run-game.js";
import { recallTask, remakerOf, rememberTask } from "../../task-source.js";
import type { Terminal } from "../../terminal.js";
import { suiteNamed } from "./open.js";

interface Options {
  readonly index?: number;
  readonly run?: string;
  readonly workers?: number;
  readonly attached?: boolean;
  readonly quiet?: boolean;
}

/** How often is looked whether the run was cancelled, ms. */
const LOOK = 1000;
/** Within which two SIGTERMs are one, ms. */
const MOMENT = 3000;

/** `stackelberg suite work`: what engines start. Whatever came before, calling it again is right. */
export const suiteWorkCommand: AddCommand = (add, context) => {
  add("work")
    .summary("work on one run of a suite: what engines start")
    .description(
      "Does what is left of one run: nothing where it is finished, else it goes on from its newest checkpoint, or begins. " +
        "Exit codes: 0 nothing is left, 1 failed and may be tried again, 2 wrong settings, 3 diverged, 75 another process has it, 130 stopped.",
    )
    .argument("<suite>", "the directory of a suite")
    .option("--index <n>", "the run's place in the suite, from 0", wholeNumber("--index", 0))
    .option("--run <id>", "or its id")
    .option(
      "--workers <n>",
      "threads that compute; results do not depend on it",
      wholeNumber("--workers", 1, MOST_WORKERS),
    )
    .option("--attached", "end with the process that started this one (its channel closes)")
    .option("--quiet", "say nothing while all is well")
    .action((named: string, options: Options) => work(named, options, context));
};

async function work(named: string, options: Options, context: Context): Promise<void> {
  const { terminal, outcome } = context;
  if (options.attached) endWithParent();
  const suite = suiteNamed(named, terminal.cwd);
  const which = options.run ?? options.index;
  if (which === undefined) throw new ConfigError("--index", "none was given", "Name a run by --index or --run");
  const job = jobOf(suite, which);
  const game = gameOf(suite, job);
  const directory = runOf(suite, job.id);
  const say = options.quiet ? () => {} : (text: string) => terminal.out(`${job.id}: ${text}\n`);
  if (isFinished(directory, game.settings.data.maxSamples)) {
    forgetLock(directory);
    return say("finished already");
  }
  if (isCancelled(suite, job.id)) return say("cancelled");
  const failure = failureOf(suite, job.id);
  if (failure !== undefined && isFinal(failure, suite.attempts)) {
    terminal.err(`${job.id}: failed before, and is not tried again by itself: ${failure.message}\n`);
    outcome.code =
      failure.kind === "settings" || failure.kind === "diverged" ? WORK_EXIT[failure.kind] : WORK_EXIT.failed;
    return;
  }
  const attempt = attemptHere(process.env);
  const owner = lockOwner(directory);
  if (owner !== undefined && !attempt.formerIsOver) {
    terminal.err(`${job.id}: process ${owner.pid} on ${owner.host} works in it\n`);
    outcome.code = WORK_EXIT.busy;
    return;
  }
  try {
    const played = await playJob(suite, job, game, attempt.formerIsOver, options, context);
    outcome.code = exitCode(played) === 0 ? WORK_EXIT.done : WORK_EXIT.interrupted;
    outcome.killed = played.killed;
  } catch (error) {
    outcome.code = fail(suite, job, error);
    if (outcome.code === WORK_EXIT.busy) terminal.err(`${(error as Error).message}\n`);
    else if (outcome.code === WORK_EXIT.diverged) terminal.err(`${(error as Error).message}\n`);
    else throw error;
    return;
  }
  if (outcome.code === WORK_EXIT.done) forgetFailure(suite, job.id);
}

/** Begins a run or goes on with it. */
async function playJob(
  suite: Suite,
  job: SuiteJob,
  game: SuiteGame,
  takeOver: boolean,
  { workers, quiet = false }: Options,
  { terminal, loadParts }: Context,
): Promise<Played> {
  const parts = await loadParts();
  const directory = runOf(suite, job.id);
  const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
  const begun = isRun(directory);
  if (begun) checkSame(directory, readConfig(directory), job, game);
  const task = await recallTask(suite.directory, { task: game.world }, terminal.cwd, parts, warn);
  const remakeTask = remakerOf(suite.directory, { task: game.world }, terminal.cwd, parts);
  return withCompute(parts, "cpu", workers ?? null, async (compute) => {
    const store = begun
      ? RunStore.resume(directory, { warn, takeOver })
      : RunStore.create(directory, {
          algorithm: game.algorithm,
          task: movedTask(suite, game, task.id, directory),
          preset: game.preset,
          seed: job.seed,
          settings: game.settings,
          workers: null,
          provider: "cpu",
          keepEvery: game.keepEvery,
          created: new Date().toISOString(),
          versions: versions(),
        });
    return play({ store, task, remakeTask, compute, json: false, quiet }, stoppable(terminal, suite, job), parts);
  });
}

/** A task as the run keeps it: a module's path is relative to the run. */
const movedTask = (suite: Suite, { world }: SuiteGame, id: string, run: string): RunConfig["task"] =>
  world.module === null
    ? world
    : rememberTask(
        {
          task: { id, options: world.options } as never,
          module: { ...world.module, path: resolve(suite.directory, world.module.path) },
        },
        run,
      );

/** @throws {ConfigError} where the directory holds another run than this suite's */
function checkSame(directory: string, config: RunConfig, job: SuiteJob, game: SuiteGame): void {
  const kind = (of: Pick<RunConfig, "algorithm" | "seed" | "preset" | "settings">, task: RunConfig["task"]) =>
    JSON.stringify([of.algorithm, of.seed, of.preset, task.id, task.options, task.module?.sha256 ?? null, of.settings]);
  if (kind(config, config.task) === kind({ ...game, seed: job.seed }, game.world)) return;
  throw new ConfigError(
    directory,
    "holds a run that is not this suite's: another way, task, seed or other settings",
    "Move it away, or run the suite with another --out",
  );
}

/** Notes why a run failed. @returns the exit code */
function fail(suite: Suite, job: SuiteJob, error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  // Lost to another process, or its lock was: that one goes on.
  if (error instanceof StorageError && / is in use by process | no longer this process's/.test(message))
    return WORK_EXIT.busy;
  const kind = error instanceof ConfigError ? "settings" : error instanceof DivergenceError ? "diverged" : "failed";
  try {
    const { iteration } = comeTo(runOf(suite, job.id));
    noteFailure(suite, job.id, { kind, iteration, message, date: new Date().toISOString(), host: hostname() });
  } catch {
    // A full disk takes no note either: the engine counts the attempt by the exit code.
  }
  return WORK_EXIT[kind];
}

/**
 * A terminal from which a run hears also that it was cancelled, once. SIGTERM within a moment of another is the same one: an
 * engine that ends a job sends it to all processes, and whoever started this one hands it on.
 */
function stoppable(terminal: Terminal, suite: Suite, job: SuiteJob): Terminal {
  return {
    ...terminal,
    columns: terminal.columns,
    onSignal(listener) {
      let told = false;
      let last = Number.NEGATIVE_INFINITY;
      const timer = setInterval(() => {
        if (told || !isCancelled(suite, job.id)) return;
        told = true;
        listener("SIGTERM");
      }, LOOK).unref();
      const stop = terminal.onSignal((signal) => {
        told = true;
        const isSame = signal === "SIGTERM" && performance.now() - last < MOMENT;
        if (signal === "SIGTERM") last = performance.now();
        if (!isSame) listener(signal);
      });
      return () => {
        clearInterval(timer);
        stop();
      };
    },
  };
}

/** Nothing is lost by an end at once but the iteration under way, and the next to come need not wait for it. */
function endWithParent(): void {
  const end = () => process.kill(process.pid, "SIGKILL");
  if (process.connected === false) end();
  process.once("disconnect", end);
  process.channel?.unref(); // the listener alone would keep this process from its own end
}
