import { keptChoice, openExecutor } from "../../../suites/executors.js";
import type { Suite } from "../../../suites/frozen-suite.js";
import { forgetFailure, markCancelled, unmarkCancelled } from "../../../suites/marks.js";
import { progressOf } from "../../../suites/progress.js";
import type { AddCommand, Context } from "../../command.js";
import { quoted, shown } from "../../runs.js";
import { COMMAND, count } from "../../text.js";
import { jobsNamed, OWN_COMMAND, suiteNamed } from "./open.js";

/** `stackelberg suite cancel`: what waits will not start, what is under way stops after its iteration. */
export const suiteCancelCommand: AddCommand = (add, { terminal }) => {
  add("cancel")
    .summary("stop a suite's runs, here or wherever they are")
    .description(
      "Runs that wait will not start; those under way stop after their iteration. `suite retry` takes it back.",
    )
    .argument("<suite>", "the directory of a suite")
    .argument("[run...]", "ids of runs; all that are not finished where none is named")
    .action(async (named: string, ids: readonly string[]) => {
      const suite = suiteNamed(named, terminal.cwd);
      const asked = new Set(jobsNamed(suite, ids));
      const chosen = progressOf(suite)
        .filter(
          ({ job, state }) => (asked.size === 0 || asked.has(job.id)) && state !== "finished" && state !== "failed",
        )
        .map(({ job }) => job.id);
      markCancelled(suite, chosen); // before the engine hears of it: from here on none of them starts
      await tellEngine(suite, (executor) => executor.cancel(chosen));
      terminal.out(`${count(chosen.length)} of ${count(suite.jobs.length)} runs cancelled\n`);
    });
};

/** `stackelberg suite retry`: runs that failed or were cancelled may be started again. */
export const suiteRetryCommand: AddCommand = (add, context) => {
  add("retry")
    .summary("have failed and cancelled runs tried again")
    .description(
      "Forgets that runs failed or were cancelled. An engine that takes runs gets them at once; else `suite run` goes on.",
    )
    .argument("<suite>", "the directory of a suite")
    .argument("[run...]", "ids of runs; all that failed or were cancelled where none is named")
    .action((named: string, ids: readonly string[]) => retry(named, ids, context));
};

async function retry(named: string, ids: readonly string[], { terminal }: Context): Promise<void> {
  const suite = suiteNamed(named, terminal.cwd);
  const asked = new Set(jobsNamed(suite, ids));
  const chosen = progressOf(suite)
    .filter(
      ({ job, state }) => (asked.size === 0 || asked.has(job.id)) && (state === "failed" || state === "cancelled"),
    )
    .map(({ job }) => job);
  for (const { id } of chosen) {
    forgetFailure(suite, id);
    unmarkCancelled(suite, id);
  }
  const handed = await tellEngine(suite, (executor) => executor.submit(chosen));
  terminal.out(`${count(chosen.length)} runs may be tried again\n`);
  if (chosen.length > 0 && !handed)
    terminal.out(`\n  ${COMMAND} suite run ${quoted(shown(suite.directory, terminal.cwd))}\n`);
}

/** Tells the engine that has the suite. @returns false where runs are children of `suite run`, which goes by the marks */
async function tellEngine(
  suite: Suite,
  tell: (executor: Awaited<ReturnType<typeof openExecutor>>) => Promise<unknown>,
): Promise<boolean> {
  const chosen = keptChoice(suite);
  if (chosen === undefined || chosen.name === "local") return false;
  const executor = await openExecutor(chosen, { suite, command: OWN_COMMAND, say: () => {} });
  try {
    await tell(executor);
  } finally {
    await executor.close();
  }
  return true;
}
