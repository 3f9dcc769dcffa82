import { join } from "node:path";
import { type SettingOrigin, settingOrigins } from "../../agents/origins.js";
import type { Task } from "../../mdp/task.js";
import { checkpointProblem } from "../../runs/checkpoint.js";
import { type RunHead, readConfig, readHead } from "../../runs/config.js";
import { readJson } from "../../runs/files.js";
import type { RunDetail, SettingRow } from "../shared/protocol.js";
import { checkpointsIn, reasonOf, requireFile, requireReadable } from "./files.js";
import { livePlace } from "./own-tasks.js";

const ORIGINS: Readonly<Record<SettingOrigin["origin"], (row: SettingOrigin, preset: string) => string>> = {
  table: ({ table }) => `paper, Table ${table}`,
  prose: () => "paper, appendix B",
  ours: () => "not in the paper; our default",
  preset: (_, preset) => `preset ${preset}`,
  own: () => "chosen for this run",
};

/**
 * All that is known of one run beside its metrics; what cannot be read is said, and the rest is there.
 *
 * @param cwd where the paths of tasks were typed
 */
export async function runDetail(
  directory: string,
  openTask: (head: RunHead) => Promise<Task>,
  cwd: string,
): Promise<RunDetail> {
  const problems: string[] = [];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await read();
    } catch (error) {
      problems.push(reasonOf(error));
      return null;
    }
  };
  const raw = await attempt(() => jsonIn(join(directory, "config.json")));
  const config = raw === null ? null : await attempt(() => readConfig(directory));
  const head = config ?? (raw === null ? null : headOf(directory));
  const task = head && (await attempt(() => openTask(head)));
  const live = head && task && (await attempt(() => livePlace(directory, head, task, cwd)));
  const rows = config && task && (await attempt(() => settingOrigins({ ...config, task })));
  const checkpoints = (await attempt(() => checkpointsIn(directory))) ?? [];
  return {
    settings: rows?.map((row) => settingRow(row, config!.preset)) ?? storedRows(raw),
    config: raw,
    checkpoints: checkpoints.map((iteration) => ({ iteration, problem: problemOf(directory, iteration) })),
    task: task && {
      id: task.id,
      title: task.title,
      observations: task.observation.names,
      actions: task.action.names,
      horizon: task.horizon,
      controlStep: task.controlStep,
      stage: task.openStage !== undefined,
      live: live ?? { problem: "Its module cannot be read." },
    },
    problems,
  };
}

function jsonIn(path: string): unknown {
  requireFile(path);
  return readJson(path, "Restore it from a copy");
}

/** What can be seen to be wrong with a checkpoint; null where nothing is. */
function problemOf(directory: string, iteration: number): string | null {
  try {
    requireReadable(directory, iteration);
    return checkpointProblem(directory, iteration) ?? null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** The task and seed of a run of another version, where it says them as this one does; what is wrong has been said by then. */
function headOf(directory: string): RunHead | null {
  try {
    return readHead(directory);
  } catch {
    return null;
  }
}

/** The settings of a run whose origins nobody can tell: of another version, or of a task that is gone. */
function storedRows(config: unknown): readonly SettingRow[] {
  const groups = (config as { readonly settings?: unknown } | null)?.settings;
  if (typeof groups !== "object" || groups === null) return [];
  return Object.entries(groups as Readonly<Record<string, unknown>>).flatMap(([group, values]) =>
    Object.entries(values ?? {}).map(([name, value]) => ({
      key: `${group}.${name}`,
      value,
      help: "",
      origin: "not known here",
      own: false,
    })),
  );
}

const settingRow = (row: SettingOrigin, preset: string): SettingRow => ({
  key: row.key,
  value: row.value,
  help: row.help,
  origin: ORIGINS[row.origin](row, preset),
  own: row.origin === "own",
});
