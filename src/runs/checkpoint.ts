import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { NamedTensor, Snapshot } from "../agents/snapshot.js";
import { StorageError } from "../errors/errors.js";
import { requirement } from "../errors/requirement.js";
import { exactJson } from "./exact-json.js";
import { freeName, readBytes, readJson, syncDirectory, writeSynced } from "./files.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

/**
 * A checkpoint is a directory `checkpoints/NNNN` (NNNN: iterations complete) with one safetensors file per part of
 * the snapshot and `state.json`, which holds the rest and the checksum of every other file. It appears in one step: it
 * is written under a name that begins with a dot, forced to the disk, and then renamed.
 */

const FORMAT = 1;
const MEND = "Resume falls back to the checkpoint before it and keeps this one under another name";

const state = z.object({
  format: z.literal(FORMAT, `made by another version of stackelberg; this one reads format ${FORMAT}`),
  iteration: z.number().int().min(0),
  samples: z.number().int().min(0),
  meta: z.record(z.string(), z.unknown()),
  files: z.record(z.string().regex(/^[\w-]+\.safetensors$/), z.strictObject({ bytes: z.number(), sha256: z.string() })),
  /** Checksum of this file: of its JSON without this entry. */
  sha256: z.string(),
});

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
const directoryName = (iteration: number) => String(iteration).padStart(4, "0");
const checkpointsOf = (run: string) => join(run, "checkpoints");

export const checkpointPath = (run: string, iteration: number): string =>
  join(checkpointsOf(run), directoryName(iteration));

/** Splits a snapshot's tensors by the first part of their names: `policy/w0` goes to the part `policy`. */
function parts(tensors: Snapshot["tensors"]): Map<string, Record<string, NamedTensor>> {
  const grouped = new Map<string, Record<string, NamedTensor>>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const part = name.split("/", 1)[0];
    if (part === name || !/^[\w-]+$/.test(part)) {
      throw new StorageError(
        `tensor "${name}"`,
        "does not say which part it belongs to",
        'Begin its name with the part: "policy/…"',
      );
    }
    if (!grouped.has(part)) grouped.set(part, {});
    grouped.get(part)![name] = tensor;
  }
  return grouped;
}

/**
 * Iterations that have a checkpoint directory, newest first. Whether each can be read is another question.
 *
 * @throws {StorageError} where `checkpoints` is no directory, or cannot be read
 */
export function listCheckpoints(run: string): readonly number[] {
  return entriesOf(run)
    .filter((name) => name === directoryName(Number(name)))
    .map(Number)
    .sort((a, b) => b - a);
}

function entriesOf(run: string): readonly string[] {
  const directory = checkpointsOf(run);
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new StorageError(
      directory,
      `cannot be read (${message})`,
      "Restore the directory of checkpoints from a copy",
      {
        cause: error,
      },
    );
  }
}

/**
 * Writes a snapshot as the checkpoint of its iteration: when this returns, it is on the disk in full.
 *
 * @param check is called before it gets its name, and keeps it from that by throwing
 */
export function writeCheckpoint(run: string, snapshot: Snapshot, check: () => void = () => {}): void {
  const directory = checkpointsOf(run);
  const final = checkpointPath(run, snapshot.meta.iteration);
  const temporary = join(directory, `.${directoryName(snapshot.meta.iteration)}.${process.pid}.tmp`);
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const files: Record<string, { bytes: number; sha256: string }> = {};
    for (const [part, tensors] of parts(snapshot.tensors)) {
      const bytes = encodeSafetensors(tensors, { part, iteration: String(snapshot.meta.iteration) });
      writeSynced(join(temporary, `${part}.safetensors`), bytes);
      files[`${part}.safetensors`] = { bytes: bytes.length, sha256: sha256(bytes) };
    }
    const { meta } = snapshot;
    const rest = { format: FORMAT, iteration: meta.iteration, samples: meta.samples, meta, files };
    const json = exactJson("checkpoint", rest);
    writeSynced(join(temporary, "state.json"), `${JSON.stringify({ ...JSON.parse(json), sha256: sha256(json) })}\n`);
    syncDirectory(temporary);
    check();
    discard(run, snapshot.meta.iteration);
    renameSync(temporary, final);
    syncDirectory(directory);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (error instanceof StorageError) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new StorageError(
      final,
      `the checkpoint cannot be written (${what})`,
      "Make room on the disk, then resume the run",
      {
        cause: error,
      },
    );
  }
}

/** Removes a checkpoint, if it is there, in a way that never leaves half of one under its name. */
function discard(run: string, iteration: number): void {
  const path = checkpointPath(run, iteration);
  if (!existsSync(path)) return;
  const doomed = join(checkpointsOf(run), `.${directoryName(iteration)}.old`);
  rmSync(doomed, { recursive: true, force: true });
  renameSync(path, doomed);
  rmSync(doomed, { recursive: true, force: true });
}

/**
 * Removes checkpoints that are no longer needed.
 *
 * @param keep how many of the newest stay
 * @param every those of iterations that are a multiple of this stay too; null for none
 */
export function pruneCheckpoints(run: string, keep: number, every: number | null): void {
  for (const iteration of listCheckpoints(run).slice(keep)) {
    if (every === null || iteration % every !== 0) discard(run, iteration);
  }
}

/** Removes what a killed process left half done. */
export function removeHalfCheckpoints(run: string): void {
  for (const name of entriesOf(run)) {
    if (/^\.\d{4,}(\.\d+)?\.(tmp|old)$/.test(name))
      rmSync(join(checkpointsOf(run), name), { recursive: true, force: true });
  }
}

/** Gives a damaged checkpoint another name, under which nothing removes it. @returns that name */
export function setCheckpointAside(run: string, iteration: number): string {
  const path = freeName(checkpointsOf(run), (n) => `${directoryName(iteration)}.damaged${n === 1 ? "" : `-${n}`}`);
  renameSync(checkpointPath(run, iteration), path);
  syncDirectory(checkpointsOf(run));
  return path;
}

/**
 * The snapshot of one checkpoint, checked in full.
 *
 * @throws {StorageError} where a file is missing, cut off, changed or of another version
 */
export function readCheckpoint(run: string, iteration: number): Snapshot {
  const { meta, files, samples } = readState(run, iteration);
  const tensors: Record<string, NamedTensor> = {};
  for (const [name, expected] of Object.entries(files)) {
    const path = join(checkpointPath(run, iteration), name);
    const bytes = readBytes(path, MEND);
    if (bytes.length !== expected.bytes)
      throw new StorageError(path, `has ${bytes.length} bytes instead of ${expected.bytes}`, MEND);
    if (sha256(bytes) !== expected.sha256)
      throw new StorageError(path, "has changed since it was written (its checksum differs)", MEND);
    Object.assign(tensors, decodeSafetensors(path, bytes, MEND));
  }
  return { tensors, meta: { ...meta, iteration, samples } };
}

/** A checkpoint's `state.json`, checked. @throws {StorageError} */
function readState(run: string, iteration: number): z.infer<typeof state> {
  const statePath = join(checkpointPath(run, iteration), "state.json");
  const json = readJson(statePath, MEND);
  const parsed = state.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new StorageError(statePath, `${issue.path.join(".") || "its content"}: ${requirement(issue)}`, MEND);
  }
  const { sha256: checksum, ...rest } = json as z.infer<typeof state>;
  if (sha256(JSON.stringify(rest)) !== checksum) {
    throw new StorageError(statePath, "has changed since it was written (its checksum differs)", MEND);
  }
  if (parsed.data.iteration !== iteration) {
    throw new StorageError(statePath, `belongs to iteration ${parsed.data.iteration}, not ${iteration}`, MEND);
  }
  return parsed.data;
}

/**
 * What can be seen to be wrong with a checkpoint without reading its tensors: a missing file, a wrong size. Undefined
 * where nothing is.
 */
export function checkpointProblem(run: string, iteration: number): string | undefined {
  try {
    for (const [name, { bytes }] of Object.entries(readState(run, iteration).files)) {
      const path = join(checkpointPath(run, iteration), name);
      const size = statSync(path, { throwIfNoEntry: false })?.size;
      if (size === undefined) throw new StorageError(path, "is missing", MEND);
      if (size !== bytes) throw new StorageError(path, `has ${size} bytes instead of ${bytes}`, MEND);
    }
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    throw error;
  }
}

/** The newest checkpoint that is whole, if any, and what is wrong with those that are newer. */
export interface FoundCheckpoint {
  readonly snapshot: Snapshot | undefined;
  readonly damaged: readonly { readonly iteration: number; readonly problem: string }[];
}

/** Looks for the newest checkpoint that is whole. */
export function findCheckpoint(run: string): FoundCheckpoint {
  const damaged: { iteration: number; problem: string }[] = [];
  for (const iteration of listCheckpoints(run)) {
    try {
      return { snapshot: readCheckpoint(run, iteration), damaged };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      damaged.push({ iteration, problem: error.message });
    }
  }
  return { snapshot: undefined, damaged };
}

/** The newest checkpoint that is whole; undefined where there is none. Damaged ones on the way are reported and passed over. */
export function newestCheckpoint(run: string, warn: (message: string) => void): Snapshot | undefined {
  const { snapshot, damaged } = findCheckpoint(run);
  for (const { problem } of damaged) warn(problem);
  return snapshot;
}
