import { openDashboard } from "../dashboard/server/server.js";
import { wholeNumber } from "./arguments.js";
import type { Parts } from "./parts.js";
import type { AddCommand } from "./program.js";
import { recallTask } from "./task-source.js";
import type { Terminal } from "./terminal.js";

interface Options {
  readonly port?: number;
  readonly host?: string;
}

/** `stackelberg dashboard`: serves the page until it is stopped. */
export const dashboardCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("dashboard")
    .summary("look at runs in the browser, live")
    .description(
      "Serves a page with curves, the game, the model's errors and a 3D view of finished and running runs. Reads and never writes.",
    )
    .argument("[run...]", "run directories, or directories that hold some (default: runs)")
    .option("--port <n>", "the port (default: 6173, or the next that is free)", wholeNumber("--port", 0))
    .option("--host <address>", "the address to serve on; 127.0.0.1 is this machine alone", "127.0.0.1")
    .action(async (paths: readonly string[], options: Options) => {
      const dashboard = await dashboardOf(paths.length === 0 ? ["runs"] : paths, options, terminal, await loadParts());
      terminal.out(`Dashboard: ${dashboard.url}  (Ctrl-C ends it)\n`);
      await new Promise<void>((resolve) => {
        const stop = terminal.onSignal(() => {
          stop();
          resolve();
        });
      });
      await dashboard.close();
    });
};

/** A dashboard on some runs, whose tasks are found as the other commands find them. */
export function dashboardOf(
  roots: readonly string[],
  { port, host }: Options,
  terminal: Pick<Terminal, "cwd">,
  parts: Parts,
): ReturnType<typeof openDashboard> {
  return openDashboard({
    roots,
    cwd: terminal.cwd,
    openTask: (directory, config) => recallTask(directory, config, terminal.cwd, parts, () => {}),
    openCompute: () => parts.openNodeCompute({ workers: 1 }),
    solvedReturn({ task }) {
      if (task.module !== null) return null;
      try {
        return parts.createTask(task.id, task.options).solvedReturn ?? null;
      } catch {
        return null; // a task of another version
      }
    },
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  });
}
