import { type Dashboard, type DashboardOptions, openDashboard } from "../dashboard/server/server.js";
import { wholeNumber } from "./arguments.js";
import type { Parts } from "./parts.js";
import type { AddCommand } from "./program.js";
import { recallTask, remakerOf } from "./task-source.js";
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
    .action(async (paths: readonly string[], { port, host }: Options) => {
      const dashboard = await openDashboard({
        ...dashboardParts(terminal, await loadParts()),
        roots: paths.length === 0 ? ["runs"] : paths,
        ...(port === undefined ? {} : { port }),
        ...(host === undefined ? {} : { host }),
      });
      if (!/^(127\.|localhost$|::1$)/.test(host ?? "127.0.0.1")) {
        terminal.err(`Warning: on ${host}, whoever reaches this machine can read these runs.\n`);
      }
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

/** Serves a page on runs while something else goes on. @param say gets the line with the address */
export async function dashboardBeside(
  roots: readonly string[],
  terminal: Terminal,
  parts: Parts,
  say: (text: string) => void,
): Promise<Dashboard> {
  const dashboard = await openDashboard({ ...dashboardParts(terminal, parts), roots });
  say(`Dashboard: ${dashboard.url}\n`);
  return dashboard;
}

/** How the dashboard finds tasks and engines: as the other commands do. */
export function dashboardParts(
  { cwd }: Pick<Terminal, "cwd">,
  parts: Parts,
): Pick<DashboardOptions, "cwd" | "openTask" | "solvedReturn" | "openCompute"> {
  return {
    cwd,
    async openTask(directory, config, stage = 0) {
      const task = await recallTask(directory, config, cwd, parts, () => {});
      if (stage === 0) return task;
      const remake = remakerOf(directory, config, cwd, parts);
      return (await parts.taskStages(task, config.settings.task?.changes ?? [], remake))[stage]!;
    },
    openCompute: () => parts.openNodeCompute({ workers: 1 }),
    solvedReturn({ task }) {
      if (task.module !== null) return null;
      try {
        return parts.createTask(task.id, task.options).solvedReturn ?? null;
      } catch {
        return null; // a task of another version
      }
    },
  };
}
