import { availableParallelism, cpus, totalmem } from "node:os";
import { resolve } from "node:path";
import { loadOnnxRuntime } from "../../compute/onnxruntime.js";
import { StorageError } from "../../errors/errors.js";
import { listCheckpoints } from "../../runs/checkpoint.js";
import { isRun, playersOf, readHead } from "../../runs/config.js";
import { lockOwner } from "../../runs/lock.js";
import { iterationsOf, readEvents } from "../../runs/metrics-log.js";
import { versions } from "../../runs/versions.js";
import type { AddCommand } from "../command.js";
import { FAILED, isSystemError } from "../failures.js";
import { quoted, runsIn, shown } from "../runs.js";
import { COMMAND, count, duration, iterationCount, score, table } from "../text.js";

/** `stackelberg info`: versions and machine, or how a run is. */
export const infoCommand: AddCommand = (add, { terminal, outcome }) => {
  add("info")
    .summary("versions and machine, or the state of runs")
    .description(
      "Without a run: versions, machine and providers. With a run directory: how it is. With a directory of runs: one line for each; exit code 1 where one cannot be read.",
    )
    .argument("[run]", "a run directory, or a directory that holds some")
    .option("--json", "JSON instead of text")
    .action(async (path: string | undefined, options: { readonly json?: boolean }) => {
      if (path === undefined) {
        const facts = {
          ...versions(),
          cores: availableParallelism(),
          processor: cpus()[0]?.model ?? "unknown",
          memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
          providers: await providers(),
        };
        terminal.out(
          options.json
            ? `${JSON.stringify(facts)}\n`
            : table(Object.entries(facts).map(([name, value]) => [name, String(value)])),
        );
        return;
      }
      const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
      const directory = resolve(terminal.cwd, path);
      if (isRun(directory)) {
        const state = stateOf(directory, warn);
        terminal.out(options.json ? `${JSON.stringify(state)}\n` : describe(state, shown(directory, terminal.cwd)));
        return;
      }
      const states = runsIn(directory).map((run) => stateOrWhyNot(run, warn));
      if (options.json) terminal.out(states.map((state) => `${JSON.stringify(state)}\n`).join(""));
      else terminal.out(table(states.map((state) => row(state, shown(state.run, terminal.cwd)))));
      const unreadable = states.filter(({ status }) => status === "unreadable").length;
      if (unreadable === 0) return;
      terminal.err(`${unreadable} of ${states.length} runs cannot be read.\n`);
      outcome.code = FAILED;
    });
};

type Warn = (message: string) => void;

/** A run that cannot be read does not hide those beside it. */
function stateOrWhyNot(run: string, warn: Warn) {
  try {
    return stateOf(run, warn);
  } catch (error) {
    if (!(error instanceof StorageError || isSystemError(error))) throw error;
    return { run, status: "unreadable" as const, message: error.message };
  }
}

const row = (state: ReturnType<typeof stateOrWhyNot>, name: string): readonly string[] =>
  state.status === "unreadable"
    ? [name, state.status, "", state.message]
    : [name, state.status, `${count(state.samples)} of ${count(state.maxSamples)}`, score(state.evaluation)];

/** Providers that the installed onnxruntime-node knows; "bundled" ones work without more. */
async function providers(): Promise<string> {
  const { listSupportedBackends } = await loadOnnxRuntime();
  return listSupportedBackends()
    .map(({ name, bundled }) => `${name}${bundled ? "" : " (needs libraries of your own)"}`)
    .join(", ");
}

type Status = "running" | "finished" | "interrupted" | "failed" | "killed";

function stateOf(run: string, warn: Warn) {
  const config = readHead(run);
  const events = readEvents(run, warn);
  const iterations = iterationsOf(events);
  const last = events[events.length - 1];
  const owner = lockOwner(run);
  const status: Status = owner !== undefined ? "running" : last?.type === "end" ? last.reason : "killed";
  return {
    run,
    status,
    ...(owner === undefined ? {} : { process: owner.pid, host: owner.host }),
    ...(last?.type === "end" && last.message !== undefined ? { message: last.message } : {}),
    algorithm: config.algorithm,
    players: playersOf(config),
    task: config.task.id,
    preset: config.preset,
    seed: config.seed,
    iterations: iterations[iterations.length - 1]?.iteration ?? 0,
    samples: iterations[iterations.length - 1]?.samples ?? 0,
    maxSamples: config.settings.data.maxSamples,
    seconds: iterations.reduce((sum, { seconds }) => sum + seconds.total, 0),
    evaluation: iterations.filter(({ evaluation }) => evaluation !== null).at(-1)?.evaluation ?? null,
    checkpoints: listCheckpoints(run),
  };
}

function describe(state: ReturnType<typeof stateOf>, name: string): string {
  const { status } = state;
  const facts = [
    ["run", `${state.algorithm.toUpperCase()} on ${state.task}, preset ${state.preset}, seed ${state.seed}`],
    ["players", `${state.players.policy} and ${state.players.model}`],
    ["status", `${status}${"process" in state ? ` (process ${state.process} on ${state.host})` : ""}`],
    ...("message" in state ? [["message", state.message]] : []),
    [
      "progress",
      `${count(state.samples)} of ${count(state.maxSamples)} real samples, ${iterationCount(state.iterations)}, ${duration(state.seconds)}`,
    ],
    ["score", score(state.evaluation)],
    ["checkpoints", state.checkpoints.join(", ") || "none"],
  ];
  const next =
    status === "running"
      ? ""
      : status === "finished"
        ? `\n  ${COMMAND} evaluate ${quoted(name)}\n`
        : `\n  ${COMMAND} resume ${quoted(name)}\n`;
  return table(facts) + next;
}
