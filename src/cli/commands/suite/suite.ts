import type { AddCommand } from "../../command.js";

/** What may be done with a suite, in the order in which help lists it; each is loaded where it is called. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import("./run.js")).suiteRunCommand,
  status: async () => (await import("./status.js")).suiteStatusCommand,
  work: async () => (await import("./work.js")).suiteWorkCommand,
  worker: async () => (await import("./worker.js")).suiteWorkerCommand,
  figure: async () => (await import("./figure.js")).suiteFigureCommand,
  report: async () => (await import("./figure.js")).suiteReportCommand,
  cancel: async () => (await import("./cancel.js")).suiteCancelCommand,
  retry: async () => (await import("./cancel.js")).suiteRetryCommand,
};

/** `stackelberg suite`: many runs as one study. @param called the subcommand; all are there where it is none of them */
export async function suiteCommand(called = ""): Promise<AddCommand> {
  const wanted = Object.hasOwn(SUBCOMMANDS, called) ? [SUBCOMMANDS[called]] : Object.values(SUBCOMMANDS);
  const commands: readonly AddCommand[] = await Promise.all(wanted.map((load) => load()));
  return (add, context) => {
    const suite = add("suite")
      .summary("many runs as one study: ways × tasks × seeds")
      .description(
        "Runs all that a file or a name says, on this machine or on others, and goes on with it whatever was killed (docs/suites.md).",
      );
    for (const command of commands) command(suite.command.bind(suite), context);
  };
}
