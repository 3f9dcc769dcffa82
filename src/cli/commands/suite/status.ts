import { StackelbergError } from "../../../errors/errors.js";
import type { Executor, Standing } from "../../../suites/executor.js";
import { keptChoice, openExecutor } from "../../../suites/executors.js";
import type { Suite } from "../../../suites/frozen-suite.js";
import { countStates, JOB_STATES, type JobProgress, progressOf } from "../../../suites/progress.js";
import type { AddCommand } from "../../command.js";
import { FAILED } from "../../failures.js";
import { count, score, table } from "../../text.js";
import { OWN_COMMAND, suiteNamed } from "./open.js";

interface Options {
  readonly json?: boolean;
  readonly failed?: boolean;
}

/** `stackelberg suite status`: how the runs are, by their directories. */
export const suiteStatusCommand: AddCommand = (add, { terminal, outcome }) => {
  add("status")
    .summary("how a suite's runs are")
    .description("Shows each run's state and last score. Exits with 1 where one has failed.")
    .argument("<suite>", "the directory of a suite")
    .option("--failed", "those that failed alone, with what they said")
    .option("--json", "one JSON object a line: each run, at the end the counts")
    .action(async (named: string, { json, failed }: Options) => {
      const suite = suiteNamed(named, terminal.cwd);
      const progress = progressOf(suite);
      const counts = countStates(progress);
      if (counts.failed > 0) outcome.code = FAILED;
      const chosen = failed ? progress.filter(({ failure }) => failure !== undefined) : progress;
      if (json) {
        const lines = chosen.map(({ job, ...rest }) => JSON.stringify({ ...job, ...rest }));
        terminal.out(
          `${[...lines, JSON.stringify({ suite: suite.name, runs: suite.jobs.length, ...counts })].join("\n")}\n`,
        );
        return;
      }
      const standings = await engineSays(suite, (why) => terminal.err(`Warning: what waits is not known. ${why}\n`));
      terminal.out(table(chosen.map((each) => row(each, standings.get(each.job.id)))));
      terminal.out(
        `\n${suite.jobs.length} runs: ${JOB_STATES.filter((state) => counts[state] > 0)
          .map((state) => `${count(counts[state])} ${state}`)
          .join(", ")}\n`,
      );
    });
};

/** What the engine says of runs that wait; nothing where it runs in another process, which alone knows, or cannot be reached. */
async function engineSays(suite: Suite, warn: (why: string) => void): Promise<ReadonlyMap<string, Standing>> {
  const chosen = keptChoice(suite);
  if (chosen === undefined || chosen.name === "local") return new Map();
  let executor: Executor | undefined;
  try {
    executor = await openExecutor(chosen, { suite, command: OWN_COMMAND, say: () => {} });
    return await executor.status();
  } catch (error) {
    if (!(error instanceof StackelbergError)) throw error;
    warn(error.message);
    return new Map();
  } finally {
    await executor?.close();
  }
}

function row(progress: JobProgress, standing: Standing | undefined): readonly string[] {
  const { job, state, samples, maxSamples, evaluation, owner, failure } = progress;
  const said =
    failure !== undefined && state !== "finished"
      ? `${failure.kind}: ${failure.message.split("\n")[0].slice(0, 160)}`
      : owner !== undefined
        ? `process ${owner.pid} on ${owner.host}`
        : state === "finished"
          ? ""
          : (standing?.note ?? "");
  const where = standing?.state === "queued" && state === "waiting" ? "queued" : state;
  return [
    String(job.index),
    job.id,
    where,
    `${count(samples)} of ${count(maxSamples)}`,
    evaluation === null ? "" : score(evaluation),
    said,
  ];
}
