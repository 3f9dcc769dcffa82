import { Console } from "node:console";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { checkedTask } from "../../mdp/checked-task.js";
import { collect, taskOptions } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { INTERRUPTED } from "../failures.js";
import { answerTo } from "../serve/json-rpc.js";
import { TaskServer } from "../serve/task-server.js";
import { loadTask } from "../task-source.js";
import type { Terminal } from "../terminal.js";

interface Options {
  readonly taskOption?: readonly string[];
}

/** `stackelberg serve-task`: a task for programs that are not JavaScript. */
export const serveTaskCommand: AddCommand = (add, { terminal, loadParts, outcome }) => {
  add("serve-task")
    .summary("serve a task to another program, over standard input and output")
    .description(
      "Answers JSON-RPC 2.0, one message a line, until its input ends: spec, make, reset, step and close. The Python package stackelberg-gym speaks it.",
    )
    .argument("<task>", "a name, or the path of your own module: ./my-task.mjs")
    .option("--task-option <name=value>", "an option of the task; may come several times", collect)
    .action(async (name: string, options: Options) => {
      await withConsole(terminal, async () => {
        const parts = await loadParts();
        const { task } = await loadTask(name, taskOptions(options.taskOption), terminal.cwd, parts);
        if (await serve(new TaskServer(checkedTask(task)), terminal)) outcome.code = INTERRUPTED;
      });
    });
};

/** Answers line by line until the input ends. @returns whether it was stopped by a signal instead */
async function serve(server: TaskServer, terminal: Terminal): Promise<boolean> {
  const input = terminal.input();
  const lines = createInterface({ input });
  let stopped = false;
  const stopListening = terminal.onSignal(() => {
    stopped = true;
    lines.close();
    input.destroy();
  });
  try {
    for await (const line of lines) {
      if (stopped) break;
      if (line.trim() === "") continue;
      const answer = await answerTo(line, server.methods);
      if (answer !== undefined) terminal.out(`${answer}\n`);
    }
  } finally {
    stopListening();
    server.closeAll();
  }
  return stopped;
}

/** What a task or its simulator prints goes to standard error meanwhile: standard output has answers alone. */
async function withConsole({ err }: Terminal, act: () => Promise<void>): Promise<void> {
  const usual = globalThis.console;
  const aside = new Writable({
    write(chunk, _encoding, done) {
      err(String(chunk));
      done();
    },
  });
  globalThis.console = new Console(aside);
  try {
    await act();
  } finally {
    globalThis.console = usual;
  }
}
