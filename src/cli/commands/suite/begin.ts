import { relative, resolve } from "node:path";
import { lockRun } from "../../../runs/lock.js";
import type { AttachedExecutor } from "../../../suites/executor.js";
import { freezeSuite } from "../../../suites/freeze.js";
import type { Suite } from "../../../suites/frozen-suite.js";
import { settleSuite } from "../../../suites/settle-suite.js";
import type { SuiteSpec } from "../../../suites/suite-file.js";
import type { Parts } from "../../parts.js";
import { loadTask } from "../../task-source.js";
import type { Terminal } from "../../terminal.js";
import { dashboardBeside } from "../dashboard.js";

/** Freezes a suite in its directory, or finds it frozen there. @throws {ConfigError} where the directory holds another */
export async function beginSuite(
  spec: SuiteSpec,
  directory: string,
  extend: boolean,
  { terminal, parts }: { readonly terminal: Terminal; readonly parts: Parts },
): Promise<Suite> {
  const fresh = await freezeSuite(
    spec,
    async (name, taskOptions) => {
      const loaded = await loadTask(name, taskOptions, terminal.cwd, parts);
      const { task, module } = loaded;
      return {
        task,
        world: {
          id: task.id,
          options: { ...task.options },
          module: module && { ...module, path: relative(directory, module.path) },
        },
        remake: async (more) => (await loadTask(name, more, terminal.cwd, parts)).task,
      };
    },
    new Date().toISOString(),
  );
  return settleSuite(directory, fresh, extend);
}

/** Runs in this process's children, until all are done or somebody stops it. @returns whether somebody did */
export async function runHere(
  suite: Suite,
  executor: AttachedExecutor,
  jobs: Suite["jobs"],
  { takeOver = false, dashboard = false }: { readonly takeOver?: boolean; readonly dashboard?: boolean },
  { terminal, parts }: { readonly terminal: Terminal; readonly parts: Parts },
): Promise<boolean> {
  const lock = lockRun(suite.directory, takeOver);
  let stops = 0;
  const stopListening = terminal.onSignal(() => {
    stops++;
    executor.stop();
    if (stops === 1)
      terminal.err(
        "Stopping: each run finishes its iteration. Ctrl-C again to stop at once; that loses these iterations and nothing else.\n",
      );
  });
  const page = dashboard
    ? await dashboardBeside([resolve(suite.directory, "runs")], {
        terminal,
        parts,
        module: null,
        say: (text) => terminal.out(text),
      })
    : undefined;
  try {
    await executor.submit(jobs);
    await executor.idle();
  } finally {
    stopListening();
    await executor.close();
    await page?.close();
    lock.release();
  }
  return stops > 0;
}
