import { basename } from "node:path";
import type { RemakeTask } from "../agents/task-changes.js";
import type { Compute } from "../compute/engine.js";
import type { NodeProvider } from "../compute/engine-node.js";
import { DivergenceError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import type { RunSummary } from "../runs/events.js";
import { playRun } from "../runs/play-run.js";
import type { RunStore } from "../runs/store.js";
import { INTERRUPTED } from "./failures.js";
import type { Parts } from "./parts.js";
import { ProgressView } from "./progress.js";
import { quoted, shown } from "./runs.js";
import type { Terminal } from "./terminal.js";
import { aboutTwice, COMMAND, count, duration, iterationCount, optionsText, score } from "./text.js";

export interface PlayCommand {
  readonly store: RunStore;
  readonly task: Task;
  /** Makes the task with other options, for `task.changes`. */
  readonly remakeTask: RemakeTask;
  readonly compute: Compute;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** What came of a run, for the exit code; `killed` where the process has to leave without waiting for anything. */
export interface Played {
  readonly summary: RunSummary;
  readonly killed?: NodeJS.Signals | undefined;
}

/** Opens engines for a run and closes them after it, unless the process has to leave without waiting. */
export async function withCompute(
  { openNodeCompute }: Parts,
  provider: NodeProvider,
  workers: number | null,
  body: (compute: Compute) => Promise<Played>,
): Promise<Played> {
  const compute = await openNodeCompute({ provider, ...(workers === null ? {} : { workers }) });
  let killed: NodeJS.Signals | undefined;
  try {
    const played = await body(compute);
    killed = played.killed;
    return played;
  } finally {
    if (killed === undefined) await compute.close();
  }
}

/**
 * Plays a run that is open in `store` in front of a person: progress, what Ctrl-C does, and what to type next.
 * Closes the store.
 */
export async function play(command: PlayCommand, terminal: Terminal, { player }: Parts): Promise<Played> {
  const { store, task, remakeTask, compute, json, quiet } = command;
  const human = quiet ? () => {} : json ? terminal.err : terminal.out;
  const name = shown(store.directory, terminal.cwd);
  const view = quiet ? undefined : new ProgressView(terminal, store.config, store.iterations, human);

  const soon = new AbortController();
  const now = new AbortController();
  let killed: NodeJS.Signals | undefined;
  const say = (text: string) => (view ? view.line(text) : terminal.err(`${text}\n`));
  const stopListening = terminal.onSignal((signal) => {
    if (soon.signal.aborted) {
      killed = signal;
      now.abort();
    } else {
      soon.abort();
      const at = view === undefined ? "" : `: ${view.underWay()}`;
      say(
        `Stopping after this iteration${at}. Ctrl-C again to stop at once; that loses this iteration and nothing else.`,
      );
    }
  });

  try {
    const summary = await playRun({
      store,
      task,
      remakeTask,
      compute,
      player,
      stops: { soon: soon.signal, now: now.signal },
      onProgress: (progress) => view?.progress(progress),
      onTaskChange: (event) => {
        if (json) terminal.out(`${JSON.stringify(event)}\n`);
        view?.line(
          `the task changed before iteration ${event.iteration}, at ${count(event.samples)} samples: ${optionsText(event.options)}`,
        );
      },
      onIteration: (event) => {
        if (json) terminal.out(`${JSON.stringify(event)}\n`);
        view?.iteration(event);
      },
    });
    view?.close();
    if (json) terminal.out(`${JSON.stringify(summary)}\n`);
    if (summary.reason === "interrupted") terminal.err(interrupted(summary, name));
    else human(finished(summary, name, store));
    return { summary, killed };
  } catch (error) {
    view?.close();
    terminal.err(`${failed(error, store, name)}\n`);
    throw error;
  } finally {
    stopListening();
    store.close();
  }
}

function interrupted({ iterations, samples }: RunSummary, name: string): string {
  const kept =
    iterations === 0
      ? "before the first iteration was complete"
      : `after iteration ${iterations} (${count(samples)} samples)`;
  return `\nStopped ${kept}. To go on from there as if it had never stopped:\n\n  ${COMMAND} resume ${quoted(name)}\n`;
}

function finished(
  { samples, iterations, seconds, evaluation }: RunSummary,
  name: string,
  { config }: RunStore,
): string {
  const target = aboutTwice(Math.max(config.settings.data.maxSamples, samples));
  const run = quoted(name);
  return [
    "",
    `Finished: ${score(evaluation)} after ${count(samples)} real samples (${iterationCount(iterations)}, ${duration(seconds)}).`,
    `Learning curve: ${name}/learning-curve.svg`,
    "",
    "Next:",
    `  ${COMMAND} evaluate ${run} --episodes 20`,
    `  ${COMMAND} resume ${run} --samples ${target}`,
    `  ${COMMAND} export ${run}`,
    "",
  ].join("\n");
}

function failed(error: unknown, store: RunStore, name: string): string {
  const what = error instanceof DivergenceError ? "The run diverged" : "The run stopped";
  const kept =
    store.snapshot === undefined
      ? "before its first iteration was complete"
      : `in iteration ${store.snapshot.meta.iteration + 1}. The last good checkpoint is ${name}/checkpoints/${basename(store.checkpoint!)}`;
  return `${what} ${kept}.`;
}

/** The exit code of a run. */
export const exitCode = ({ summary }: Played): number => (summary.reason === "interrupted" ? INTERRUPTED : 0);
