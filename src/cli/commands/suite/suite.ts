import type { AddCommand } from "../../command.js";
import { suiteCancelCommand, suiteRetryCommand } from "./cancel.js";
import { suiteFigureCommand, suiteReportCommand } from "./figure.js";
import { suiteRunCommand } from "./run.js";
import { suiteStatusCommand } from "./status.js";
import { suiteWorkCommand } from "./work.js";

/** `stackelberg suite`: many runs as one study. */
export const suiteCommand: AddCommand = (add, context) => {
  const suite = add("suite")
    .summary("many runs as one study: ways × tasks × seeds")
    .description(
      "Runs all that a file or a name says, on this machine or on others, and goes on with it whatever was killed (docs/suites.md).",
    );
  for (const command of [
    suiteRunCommand,
    suiteStatusCommand,
    suiteWorkCommand,
    suiteFigureCommand,
    suiteReportCommand,
    suiteCancelCommand,
    suiteRetryCommand,
  ])
    command(suite.command.bind(suite), context);
};
