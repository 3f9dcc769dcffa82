import type { z } from "zod";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { requirement, shown } from "../errors/requirement.js";
import type { Algorithm } from "./defaults.js";
import { isPlain, type Plain } from "./merge-settings.js";
import { type Settings, settingsSchema } from "./settings.js";

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
export function explainIssue(issue: z.core.$ZodIssue, settings: unknown): ConfigError {
  const { path } = issue;
  const value = path.reduce<unknown>(
    (x, key) => (isPlain(x) || Array.isArray(x) ? (x as Plain)[key as string] : undefined),
    settings,
  );
  const [group, key] = path as [keyof Settings, string];
  const field = (settingsSchema.shape[group]?.shape as Record<string, z.ZodType> | undefined)?.[key];
  return new ConfigError(
    path.join("."),
    `${requirement(issue)}, got ${shown(value)}`,
    field?.description === undefined ? "Correct it" : `It is ${field.description}`,
  );
}

/** The leader's total gradient is PAL's, and needs the derivative of a reward that is known. */
export function checkLeader(algorithm: Algorithm, { model, npg, robust }: Settings): void {
  if (npg.stackelberg === "none") return;
  const wrong =
    algorithm !== "pal"
      ? `is for PAL, whose leader is the policy; this is ${algorithm}`
      : model.learnReward
        ? "needs the task's own reward, but model.learnReward is on"
        : robust.worstShare < 1
          ? `weighs all members alike, but robust.worstShare is ${robust.worstShare}`
          : undefined;
  if (wrong !== undefined) throw new ConfigError("npg.stackelberg", wrong, "Leave npg.stackelberg at none");
}

/** Settings that are fine one by one but impossible together. */
export function checkTogether({ data, model, npg, policy, robust, task }: Settings): void {
  const disorder = task.changes.findIndex(({ atSamples }, i) => i > 0 && atSamples <= task.changes[i - 1]!.atSamples);
  if (disorder > 0) {
    throw new ConfigError(
      `task.changes.${disorder}.atSamples`,
      `must be more than the ${task.changes[disorder - 1]!.atSamples} of the change before, got ${task.changes[disorder]!.atSamples}`,
      "List changes in their order, and those of one moment as one",
    );
  }
  if (model.ensembleSize === 1 && (robust.disagreementFrom !== 0 || robust.disagreementTo !== 0)) {
    throw new ConfigError(
      "robust.disagreementFrom",
      "one member has nobody to disagree with: model.ensembleSize is 1",
      "Raise model.ensembleSize (the paper uses 4, Table 2), or leave the scale of disagreement at 0",
    );
  }
  if (policy.minLogStd !== null && policy.initialLogStd < policy.minLogStd) {
    throw new ConfigError(
      "policy.initialLogStd",
      `must be at least policy.minLogStd (${policy.minLogStd}), got ${policy.initialLogStd}`,
      "Raise it, or lower the floor",
    );
  }
  if (data.bufferSize !== null && data.bufferSize < data.samplesPerIteration) {
    throw new ConfigError(
      "data.bufferSize",
      `must be at least data.samplesPerIteration (${data.samplesPerIteration}), got ${data.bufferSize}`,
      "Raise it (the paper uses 2500, Table 2), or lower data.samplesPerIteration",
    );
  }
  if (Math.round(npg.trajectoriesPerModel * npg.intermediateStarts) === npg.trajectoriesPerModel) {
    throw new ConfigError(
      "npg.intermediateStarts",
      `leaves none of the ${npg.trajectoriesPerModel} rollouts a start from the initial states, got ${npg.intermediateStarts}`,
      "Lower it: J(π, M) is measured on those",
    );
  }
}
