import { existsSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Algorithm } from "../../../src/agents/defaults.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { setting, taskOptions } from "../../../src/cli/arguments.js";
import type { Context } from "../../../src/cli/command.js";
import { commandsFor } from "../../../src/cli/program.js";
import { createTask, taskIds } from "../../../src/envs/index.js";
import { ROOT, readPage } from "../../support/doc-pages.js";

/** The commands of a block: lines that end in a backslash go on; comments, loops and pipes are taken away. */
export function commandsIn(text: string): readonly (readonly string[])[] {
  return text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .flatMap((line) => split(line.replace(/^\s*\$ /, "")))
    .map((words) => (words[0] === "do" ? words.slice(1) : words))
    .map((words) => words.slice(words.findIndex((each) => !/^[A-Z_]+=/.test(each)))) // variables for one command
    .filter(([first]) => first !== undefined && !["for", "done", "cd"].includes(first));
}

/** Words of each command of a line, as a shell takes it apart. Variables stand for 1. */
function split(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const [lexeme] of line.matchAll(/#.*|&&|\|\||[;|&]|(?:"[^"]*"|'[^']*'|\$\([^)]*\)|[^\s"';|&])+/g)) {
    if (lexeme.startsWith("#")) break;
    if (/^[;|&]+$/.test(lexeme)) commands.push([]);
    else commands[commands.length - 1].push(word(lexeme));
  }
  return commands.filter((words) => words.length > 0);
}

const word = (lexeme: string): string =>
  lexeme.replace(/"([^"]*)"|'([^']*)'|\$\w+/g, (whole, double, single) => double ?? single ?? (whole ? "1" : ""));

/** Programs that a reader has, and that we do not check. */
const KNOWN = [
  "npm",
  "npx",
  "node",
  "bash",
  "mkdir",
  "export",
  "git",
  "chromium",
  "docker",
  "python",
  "python3",
  "pip",
];

/**
 * Checks a command without running it: our own command by its own parser, and `--set` against the settings of the task;
 * scripts of npm and files that are run by whether they are there.
 *
 * @throws what is wrong with it
 */
export async function checkCommand(words: readonly string[]): Promise<void> {
  const at = words[0] === "npx" ? 1 : 0;
  if (words[at] === "stackelberg") return checkOwn(words.slice(at + 1));
  const [program, first, ...rest] = words;
  const script = rest.find((each) => !each.startsWith("-"));
  if (!KNOWN.includes(program)) throw new Error(`nobody knows the program ${program}`);
  if (program === "npm" && first === "run" && scripts()[script ?? ""] === undefined)
    throw new Error(`no script ${script}`);
  if (program === "node" && first.includes("/") && !existsSync(join(ROOT, first))) throw new Error(`no file ${first}`);
}

const scripts = (): Readonly<Record<string, string>> => JSON.parse(readPage("package.json")).scripts;

async function checkOwn(argv: readonly string[]): Promise<void> {
  let said = "";
  const hear = (text: string) => {
    said += text;
  };
  const terminal = {
    out: hear,
    err: hear,
    input: () => Readable.from([]),
    columns: 100,
    cwd: ROOT,
    onSignal: () => () => {},
  };
  const context: Context = {
    terminal,
    loadParts: () => Promise.reject(new Error("nothing is run here")),
    outcome: { code: 0 },
  };
  const program = await commandsFor(argv, context);
  for (const command of [program, ...program.commands].flatMap((each) => [each, ...each.commands]))
    if (command.commands.length === 0) command.action((...args) => parsed(command.name(), args));
  if (argv.length === 0 || argv.includes("--help") || argv.includes("--version")) return;
  await program.parseAsync([...argv], { from: "user" }).catch((error: Error) => {
    throw new Error(`${said}${error.message}`);
  });
}

interface TrainOptions extends Readonly<Partial<Record<"task" | "preset" | "policy" | "model", string>>> {
  readonly taskOption?: readonly string[];
  readonly set?: readonly string[];
}

/** The settings of a run that a line would begin are those of its task and its players. */
function parsed(name: string, args: readonly unknown[]): void {
  if (name !== "train") return;
  const [algorithm, named, options] = args as [Algorithm, string | undefined, TrainOptions];
  const task = named ?? options.task;
  const known = taskIds().find((id) => id === task || id.replace(/-v\d+$/, "") === task);
  if (known === undefined) return;
  resolveSettings({
    algorithm,
    task: createTask(known, taskOptions(options.taskOption)),
    ...(options.preset && { preset: options.preset }),
    patches: [
      ...(options.set ?? []).map(setting),
      {
        players: { ...(options.policy && { policy: options.policy }), ...(options.model && { model: options.model }) },
      },
    ],
  });
}
