import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Task } from "../mdp/task.js";
import { checkKeys, checkTogether, explainIssue } from "./check-settings.js";
import { type Algorithm, paperSettings } from "./defaults.js";
import { mergeSettings } from "./merge-settings.js";
import { DEFAULT_PRESET, presetsOf } from "./presets.js";
import { type Settings, settingsSchema } from "./settings.js";
import { modelKind, policyKind } from "./ways.js";

/**
 * The settings of a run: the paper's tables, then the preset, then each patch in turn.
 *
 * @throws {ConfigError} where a preset, a setting's name or a value is not valid
 */
export function resolveSettings(request: {
  readonly algorithm: Algorithm;
  readonly task: Task;
  readonly preset?: string;
  readonly patches?: readonly unknown[];
}): Settings {
  const { algorithm, task, preset = DEFAULT_PRESET, patches = [] } = request;
  const base = paperSettings(algorithm, task);
  const presets = presetsOf(task);
  const chosen = Object.hasOwn(presets, preset) ? presets[preset]! : undefined;
  if (chosen === undefined)
    throw new ConfigError("preset", `${task.id} has no preset "${preset}"`, suggest(preset, Object.keys(presets)));
  for (const patch of patches) checkKeys(patch, base, "");
  const merged = mergeSettings(base, chosen.settings(algorithm), ...(patches as readonly object[]));
  const parsed = settingsSchema.safeParse(merged);
  if (!parsed.success) throw explainIssue(parsed.error.issues[0]!, merged);
  checkTogether(parsed.data);
  const { players } = parsed.data;
  policyKind(players.policy).check?.(parsed.data as never, algorithm);
  modelKind(players.model).check?.(parsed.data as never, algorithm);
  return parsed.data;
}
