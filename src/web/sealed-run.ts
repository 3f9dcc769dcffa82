import { z } from "zod";
import { schemaOf, withLaterSettings } from "../agents/run-settings.js";
import type { Settings } from "../agents/settings.js";
import type { Snapshot } from "../agents/snapshot.js";
import { StorageError } from "../errors/errors.js";
import { requirement } from "../errors/requirement.js";
import { exactJson } from "../runs/exact-json.js";
import { encodeSafetensors, readSafetensors } from "../runs/safetensors.js";
import type { TabConfig } from "./tab-config.js";

/** A run up to one of its iterations: all that is needed to go on, and to show what was. */
export interface SealedRun {
  readonly config: TabConfig;
  /** The lines of its `metrics.jsonl` up to there. */
  readonly log: string;
  readonly snapshot: Snapshot;
}

const FORMAT = "stackelberg-tab/1";
const MEND = "Use another snapshot; the file is damaged, or of another version of stackelberg";

const config = z.object({
  format: z.literal("stackelberg-run/1"),
  algorithm: z.string(),
  task: z.object({ id: z.string(), options: z.record(z.string(), z.string()), module: z.string().nullable() }),
  preset: z.string(),
  seed: z.number().int().min(0),
  settings: z.looseObject({}),
  provider: z.literal("wasm"),
  created: z.string(),
  versions: z.record(z.string(), z.string()),
  solvedReturn: z.number().nullable(),
});
const meta = z.looseObject({ iteration: z.number().int().min(0), samples: z.number().int().min(0) });

/** A run as one file: a safetensors file with the snapshot's tensors, whose metadata hold the rest. */
export const sealRun = ({ config, log, snapshot }: SealedRun): Uint8Array =>
  encodeSafetensors(snapshot.tensors, {
    format: FORMAT,
    config: exactJson("config", config),
    meta: exactJson("snapshot", snapshot.meta),
    log,
  });

/**
 * The run that a file holds.
 *
 * @param name the file, for messages
 * @throws {StorageError} where it is no such file, damaged or of another version
 */
export function openSealed(name: string, bytes: Uint8Array): SealedRun {
  const { tensors, about } = readSafetensors(name, bytes, MEND);
  if (about.format !== FORMAT)
    throw new StorageError(name, `says its format is ${about.format ?? "none"}; this version reads ${FORMAT}`, MEND);
  const read = <T>(key: string, schema: z.ZodType<T>): T => {
    let json: unknown;
    try {
      json = JSON.parse(about[key] ?? "");
    } catch {
      throw new StorageError(name, `its ${key} is not JSON`, MEND);
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new StorageError(name, `its ${key}: ${issue.path.join(".")} ${requirement(issue)}`, MEND);
  };
  const head = read("config", config);
  const filled = withLaterSettings(head.settings) as Settings;
  const settings = schemaOf(filled.players).safeParse(filled);
  if (!settings.success) {
    const issue = settings.error.issues[0];
    throw new StorageError(name, `its setting ${issue.path.join(".")} ${requirement(issue)}`, MEND);
  }
  return {
    config: { ...head, settings: settings.data } as TabConfig,
    log: about.log ?? "",
    snapshot: { tensors, meta: read("meta", meta) },
  };
}
