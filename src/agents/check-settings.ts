import type { z } from "zod";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { requirement, shown } from "../errors/requirement.js";
import { isPlain, type Plain } from "./merge-settings.js";
import type { schemaOf } from "./run-settings.js";
import type { Settings } from "./settings.js";

/** Refuses keys that settings do not have, with the nearest that they do. */
export function checkKeys(patch: unknown, settings: unknown, path: string): void {
  if (!isPlain(settings)) return;
  if (!isPlain(patch)) {
    throw new ConfigError(
      path === "" ? "settings" : path,
      `must be a group of settings, got ${shown(patch)}`,
      `Its settings are ${Object.keys(settings).join(", ")}`,
    );
  }
  const group = path === "" ? "" : `${path}.`;
  for (const [key, value] of Object.entries(patch)) {
    const name = `${group}${key}`;
    if (!Object.hasOwn(settings, key))
      throw new ConfigError(name, "there is no such setting", suggest(key, Object.keys(settings), group));
    checkKeys(value, settings[key], name);
  }
}

/** What zod found wrong, with the value that came and what the setting is. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  settings: unknown,
  { shape }: ReturnType<typeof schemaOf>,
): ConfigError {
  const { path } = issue;
  const value = path.reduce<unknown>(
    (x, key) => (isPlain(x) || Array.isArray(x) ? (x as Plain)[key as string] : undefined),
    settings,
  );
  const [group, key] = path as [string, string];
  const field = (shape[group]?.shape as Record<string, z.ZodType> | undefined)?.[key];
  return new ConfigError(
    path.join("."),
    `${requirement(issue)}, got ${shown(value)}`,
    field?.description === undefined ? "Correct it" : `It is ${field.description}`,
  );
}

/** Settings of the world's side that are fine one by one but impossible together. */
export function checkTogether({ data, task, meter }: Settings): void {
  const disorder = task.changes.findIndex(({ atSamples }, i) => i > 0 && atSamples <= task.changes[i - 1].atSamples);
  if (disorder > 0) {
    throw new ConfigError(
      `task.changes.${disorder}.atSamples`,
      `must be more than the ${task.changes[disorder - 1].atSamples} of the change before, got ${task.changes[disorder].atSamples}`,
      "List changes in their order, and those of one moment as one",
    );
  }
  if (task.turns.length > 0 && task.changes.length > 0) {
    throw new ConfigError(
      "task.turns",
      "tasks that come in turn cannot change as well, but task.changes lists changes",
      "Leave one of the two out",
    );
  }
  if (task.turns.length > 0 && data.continueEpisodes) {
    throw new ConfigError(
      "task.turns",
      "the next iteration is another task's, so no episode can go on in it, but data.continueEpisodes is on",
      "Set data.continueEpisodes=false",
    );
  }
  if (data.bufferSize !== null && data.bufferSize < data.samplesPerIteration) {
    throw new ConfigError(
      "data.bufferSize",
      `must be at least data.samplesPerIteration (${data.samplesPerIteration}), got ${data.bufferSize}`,
      "Raise it (the paper uses 2500, Table 2), or lower data.samplesPerIteration",
    );
  }
  if (data.offlineIterations > 0 && data.offline === null) {
    throw new ConfigError(
      "data.offlineIterations",
      "iterations that gather nothing need a dataset to learn from, but data.offline names none",
      "Name one (`train --data`), or set data.offlineIterations=0",
    );
  }
  if (data.continueEpisodes && data.wholeEpisodes) {
    throw new ConfigError(
      "data.continueEpisodes",
      "whole episodes leave nothing to go on with, but data.wholeEpisodes is on",
      "Set data.wholeEpisodes=false",
    );
  }
  if (data.continueEpisodes && meter.every !== null) {
    throw new ConfigError(
      "meter.every",
      "reads the returns of episodes that one policy began and ended, but with data.continueEpisodes several play one",
      "Leave one of the two out",
    );
  }
}
