import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ALGORITHMS, LATER_GROUPS } from "../agents/defaults.js";
import { schemaOf, withLaterSettings } from "../agents/run-settings.js";
import { type Settings, settingsSchema } from "../agents/settings.js";
import { StorageError } from "../errors/errors.js";
import { requirement } from "../errors/requirement.js";
import { readJson, writeAtomic } from "./files.js";
import { metricsPath } from "./metrics-log.js";
import { VERSION } from "./versions.js";

/** What `config.json` says it is. */
export const RUN_FORMAT = "stackelberg-run/1";

const schema = z.object({
  format: z.literal(RUN_FORMAT, `made by another version of stackelberg; this one reads ${RUN_FORMAT}`),
  algorithm: z.enum(ALGORITHMS),
  task: z.object({
    id: z.string(),
    options: z.record(z.string(), z.string()),
    /**
     * Where the task is a user's own: its module, relative to the run directory, as it was given, and its checksum; and that
     * of its MuJoCo model with all files, where it has one. Older runs lack the latter.
     */
    module: z
      .object({ path: z.string(), given: z.string(), sha256: z.string(), model: z.string().optional() })
      .nullable(),
  }),
  preset: z.string(),
  seed: z.number().int().min(0),
  /** Everything resolved: nothing is looked up again at resume, but for groups that came after the run was made. */
  settings: z.unknown().transform((stored, context): Settings => {
    const filled = withLaterSettings(stored as object);
    const parsed = schemaOf((filled as Settings).players).safeParse(filled);
    if (parsed.success) return parsed.data as Settings;
    for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: filled } as z.core.$ZodRawIssue);
    return z.NEVER;
  }),
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

/** Whether a directory is a run: one whose settings are lost still has its log. */
export const isRun = (directory: string): boolean =>
  existsSync(configPath(directory)) || existsSync(metricsPath(directory));

export function writeConfig(run: string, config: Omit<RunConfig, "format">): void {
  writeAtomic(configPath(run), `${JSON.stringify({ format: RUN_FORMAT, ...config }, null, 2)}\n`);
}

/** What lists and figures need of a run: runs of versions with other settings can be looked at too. */
export type RunHead = Omit<RunConfig, "settings"> & {
  readonly settings: {
    readonly data: Pick<RunConfig["settings"]["data"], "maxSamples">;
    /** Absent in runs of version 0.1: `playersOf` says who played them. */
    readonly players?: RunConfig["settings"]["players"] | undefined;
    /** The policy player's own group, whichever it is, says how far imagined rollouts go. */
    readonly npg?: { readonly rolloutHorizon: number } | undefined;
    readonly actorCritic?: { readonly promiseHorizon: number } | undefined;
    readonly mpc?: { readonly horizon: number } | undefined;
    /** Absent in runs of version 0.1. */
    readonly task?: RunConfig["settings"]["task"] | undefined;
  };
};

/** Who plays, by name. */
export const playersOf = ({ settings }: RunHead): RunConfig["settings"]["players"] =>
  settings.players ?? LATER_GROUPS.players;

const { players, data, npg, task } = settingsSchema.shape;
const headSchema = schema.extend({
  settings: z.looseObject({
    data: z.looseObject(data.pick({ maxSamples: true }).shape),
    players: players.optional(),
    npg: z.looseObject(npg.pick({ rolloutHorizon: true }).shape).optional(),
    actorCritic: z.looseObject({ promiseHorizon: z.number() }).optional(),
    mpc: z.looseObject({ horizon: z.number() }).optional(),
    task: task.optional(),
  }),
});

/** @throws {StorageError} where the directory is no run, or its config.json cannot be used */
export const readConfig = (run: string): RunConfig => read(run, schema);

/** The same, where settings need not be those of this version. */
export const readHead = (run: string): RunHead => read(run, headSchema);

function read<T>(run: string, schema: z.ZodType<T>): T {
  const path = configPath(run);
  const json = readJson(path, "Give the directory of a run, as `stackelberg train` made it");
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const maker = (json as { versions?: { stackelberg?: string } } | null)?.versions?.stackelberg ?? "unknown";
  throw new StorageError(
    path,
    `${issue.path.join(".") || "its content"}: ${requirement(issue)} (the run was made by stackelberg ${maker})`,
    `Use that version of stackelberg, here is ${VERSION}; restore the file if it was changed; or start a new run`,
  );
}
