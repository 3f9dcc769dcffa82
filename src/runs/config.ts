import { join } from "node:path";
import { z } from "zod";
import { ALGORITHMS } from "../agents/defaults.js";
import { settingsSchema } from "../agents/settings.js";
import { StorageError } from "../errors/errors.js";
import { readJson, writeAtomic } from "./files.js";

const FORMAT = "stackelberg-run/1";

const schema = z.object({
  format: z.literal(FORMAT, `made by another version of stackelberg; this one reads ${FORMAT}`),
  algorithm: z.enum(ALGORITHMS),
  task: z.object({
    id: z.string(),
    options: z.record(z.string(), z.string()),
    /** Where the task is a user's own: its module, relative to the run directory, as it was given, and its checksum. */
    module: z.object({ path: z.string(), given: z.string(), sha256: z.string() }).nullable(),
  }),
  preset: z.string(),
  seed: z.number().int().min(0),
  /** Everything resolved: nothing is looked up again at resume. */
  settings: settingsSchema,
  /** Engines that run at the same time; results do not depend on it. Null: one per core. */
  workers: z.number().int().min(1).nullable(),
  provider: z.enum(["cpu", "webgpu", "cuda"]),
  /** Besides the newest two, checkpoints of iterations that are a multiple of this are kept. */
  keepEvery: z.number().int().min(1).nullable(),
  /** ISO 8601. */
  created: z.string(),
  versions: z.record(z.string(), z.string()),
});

/** `config.json`: all that is needed, with the code of the same version, to play the run again. */
export type RunConfig = Readonly<z.infer<typeof schema>>;

const configPath = (run: string) => join(run, "config.json");

export function writeConfig(run: string, config: Omit<RunConfig, "format">): void {
  writeAtomic(configPath(run), `${JSON.stringify({ format: FORMAT, ...config }, null, 2)}\n`);
}

/** @throws {StorageError} where the directory is no run, or its config.json cannot be used */
export function readConfig(run: string): RunConfig {
  const path = configPath(run);
  const json = readJson(path, "Give the directory of a run, as `stackelberg train` made it");
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new StorageError(
    path,
    `${issue.path.join(".") || "its content"}: ${issue.message}`,
    "Restore the file, or start a new run",
  );
}
