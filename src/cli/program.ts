import { Command } from "commander";
import { printable } from "../errors/printable.js";
import { VERSION } from "../runs/versions.js";
import type { Context, Outcome } from "./command.js";
import { checkTaskCommand } from "./commands/check-task.js";
import { dashboardCommand } from "./commands/dashboard.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { exportCommand } from "./commands/export.js";
import { infoCommand } from "./commands/info.js";
import { playCommand } from "./commands/play.js";
import { plotCommand } from "./commands/plot.js";
import { reportCommand } from "./commands/report.js";
import { resumeCommand } from "./commands/resume.js";
import { reproduceCommand } from "./commands/suite/reproduce.js";
import { suiteCommand } from "./commands/suite/suite.js";
import { tasksCommand } from "./commands/tasks.js";
import { theoryCommand } from "./commands/theory.js";
import { trainCommand } from "./commands/train.js";
import { report } from "./failures.js";
import type { Parts } from "./parts.js";
import type { Terminal } from "./terminal.js";

/** Characters of what is said when something went wrong: enough for a trace. */
const LONGEST_ERROR = 4000;
/** Of what is said of a command line that cannot be read. */
const LONGEST_USAGE = 500;

const loadParts = async (): Promise<Parts> => (await import("./parts.js")).parts;

/** Runs one command line, without the names of program and script. Never throws. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  load: () => Promise<Parts> = loadParts,
): Promise<Outcome> {
  const context: Context = { terminal, loadParts: load, outcome: { code: 0 } };
  const program = new Command("stackelberg")
    .description("Model-based reinforcement learning as a game between a policy and a model: PAL, MAL, GDA and BR.")
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError("(--help shows all options)")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(`${printable(text.trimEnd(), LONGEST_USAGE)}\n`),
      getErrHelpWidth: () => 100,
      getOutHelpWidth: () => 100,
    })
    .addHelpText("after", "\nFirst run, under a minute:\n  stackelberg train pal inverted-pendulum");
  for (const add of [
    trainCommand,
    resumeCommand,
    evaluateCommand,
    exportCommand,
    playCommand,
    plotCommand,
    dashboardCommand,
    reportCommand,
    tasksCommand,
    checkTaskCommand,
    infoCommand,
    theoryCommand,
    suiteCommand,
    reproduceCommand,
  ]) {
    add(program.command.bind(program), context);
  }
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    context.outcome.code = report(error, { ...terminal, err: (text) => terminal.err(printable(text, LONGEST_ERROR)) });
  }
  return context.outcome;
}
