import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Dashboard,
  type DashboardOptions,
  DEFAULT_PORT,
  LAST_PORT,
  openDashboard,
} from "../../dashboard/server/server.js";
import { ConfigError, StorageError } from "../../errors/errors.js";
import { wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import type { Parts } from "../parts.js";
import { type LoadedTask, recallTask, remakerOf } from "../task-source.js";
import type { Terminal } from "../terminal.js";

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
    .option("--port <n>", "the port (default: 6173, or the next that is free)", port)
    .option("--host <address>", "the address to serve on; 127.0.0.1 is this machine alone", "127.0.0.1")
    .action(async (paths: readonly string[], { port, host }: Options) => {
      const lost = paths.find((path) => !existsSync(resolve(terminal.cwd, path)));
      if (lost !== undefined) {
        const mend =
          "Give run directories, or directories that hold some; without any, the page waits for runs in ./runs";
        throw new StorageError(lost, "there is no such directory", mend);
      }
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
      await new Promise<void>((done) => {
        const stop = terminal.onSignal(() => {
          stop();
          done();
        });
      });
      await dashboard.close();
    });
};

function port(text: string): number {
  const value = wholeNumber("--port", 0)(text);
  if (value > LAST_PORT) {
    throw new ConfigError(
      "--port",
      `must be a whole number from 0 to ${LAST_PORT}, got ${JSON.stringify(text)}`,
      `For instance --port ${DEFAULT_PORT}`,
    );
  }
  return value;
}

/** What a page stands beside. */
interface Beside {
  readonly terminal: Terminal;
  readonly parts: Parts;
  /** The module of the task that is played, if it is one. */
  readonly module: LoadedTask["module"];
  /** Gets the line with the address. */
  readonly say: (text: string) => void;
}

/**
 * Serves a page on runs while something else goes on in this process. Modules of other runs' tasks are not loaded into
 * it: what they do, such as ending the process, is nobody's to foresee.
 */
export async function dashboardBeside(
  roots: readonly string[],
  { terminal, parts, module, say }: Beside,
): Promise<Dashboard> {
  const known = dashboardParts(terminal, parts);
  const dashboard = await openDashboard({
    ...known,
    roots,
    async openTask(directory, head, stage) {
      const other = head.task.module;
      if (other !== null && resolve(directory, other.path) !== module?.path) {
        throw new StorageError(
          directory,
          `its task is the module ${other.given}, which is not loaded beside a training`,
          `Look at this run with \`stackelberg dashboard\``,
        );
      }
      return known.openTask(directory, head, stage);
    },
  });
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
      return (await parts.taskStages(task, config.settings.task ?? { changes: [] }, remake))[stage];
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
