import { Command } from "commander";
import { printable } from "../errors/printable.js";
import { VERSION } from "../runs/versions.js";
import type { AddCommand, Context, Outcome } from "./command.js";
import { report } from "./failures.js";
import type { Parts } from "./parts.js";
import type { Terminal } from "./terminal.js";

/** Characters of what is said when something went wrong: enough for a trace. */
const LONGEST_ERROR = 4000;
/** Of what is said of a command line that cannot be read. */
const LONGEST_USAGE = 500;

/**
 * The commands, in the order in which help lists them. The one that is called is loaded alone: drawing and its libraries are half of
 * what loading takes.
 */
const COMMANDS: Readonly<Record<string, (subcommand: string | undefined) => Promise<AddCommand>>> = {
  train: async () => (await import("./commands/train.js")).trainCommand,
  resume: async () => (await import("./commands/resume.js")).resumeCommand,
  evaluate: async () => (await import("./commands/evaluate.js")).evaluateCommand,
  goals: async () => (await import("./commands/goals.js")).goalsCommand,
  export: async () => (await import("./commands/export.js")).exportCommand,
  play: async () => (await import("./commands/play.js")).playCommand,
  plot: async () => (await import("./commands/plot.js")).plotCommand,
  dashboard: async () => (await import("./commands/dashboard.js")).dashboardCommand,
  report: async () => (await import("./commands/report.js")).reportCommand,
  tasks: async () => (await import("./commands/tasks.js")).tasksCommand,
  "check-task": async () => (await import("./commands/check-task.js")).checkTaskCommand,
  "serve-task": async () => (await import("./commands/serve-task.js")).serveTaskCommand,
  "new-task": async () => (await import("./commands/new-task.js")).newTaskCommand,
  info: async () => (await import("./commands/info.js")).infoCommand,
  theory: async () => (await import("./commands/theory.js")).theoryCommand,
  suite: async (subcommand) => (await import("./commands/suite/suite.js")).suiteCommand(subcommand),
  reproduce: async () => (await import("./commands/suite/reproduce.js")).reproduceCommand,
};

const loadParts = async (): Promise<Parts> => (await import("./parts.js")).parts;

/** Runs one command line, without the names of program and script. Never throws. */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  load: () => Promise<Parts> = loadParts,
): Promise<Outcome> {
  const context: Context = { terminal, loadParts: load, outcome: { code: 0 } };
  try {
    const program = await commandsFor(argv, context);
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    context.outcome.code = report(error, { ...terminal, err: (text) => terminal.err(printable(text, LONGEST_ERROR)) });
  }
  return context.outcome;
}

/** The program with the commands that a command line may call: of a name that there is not, all are there to be suggested. */
export async function commandsFor(argv: readonly string[], context: Context): Promise<Command> {
  const { terminal } = context;
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
    .addHelpText("after", "\nFirst run, a minute or two:\n  stackelberg train pal inverted-pendulum");
  const [called = "", subcommand] = argv;
  const wanted = Object.hasOwn(COMMANDS, called) ? [COMMANDS[called]] : Object.values(COMMANDS);
  for (const load of wanted) (await load(subcommand))(program.command.bind(program), context);
  return program;
}
