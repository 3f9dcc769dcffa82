import { Command } from "commander";
import { printable } from "../errors/printable.js";
import { VERSION } from "../runs/versions.js";
import { checkTaskCommand } from "./check-task.js";
import { dashboardCommand } from "./dashboard.js";
import { evaluateCommand } from "./evaluate.js";
import { exportCommand } from "./export.js";
import { report } from "./failures.js";
import { infoCommand } from "./info.js";
import type { Parts } from "./parts.js";
import { playCommand } from "./play-command.js";
import { plotCommand } from "./plot.js";
import { reportCommand } from "./report.js";
import { resumeCommand } from "./resume.js";
import { tasksCommand } from "./tasks.js";
import type { Terminal } from "./terminal.js";
import { theoryCommand } from "./theory.js";
import { trainCommand } from "./train.js";

/** What came of a command: its exit code, and the signal where the process must leave at once. */
export interface Outcome {
  code: number;
  killed?: NodeJS.Signals | undefined;
}

/** What a command gets to work with. */
export interface Context {
  readonly terminal: Terminal;
  readonly loadParts: () => Promise<Parts>;
  readonly outcome: Outcome;
}

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

/** How each command's file adds itself: `add(name)` gives the new command. */
export type AddCommand = (add: (nameAndArguments: string) => Command, context: Context) => void;
