import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { folderOf, join } from "./model-paths.js";

// Every platform has it, and the core's types leave platforms out.
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** What an MJCF text names, content by path: as `join` writes paths, from the folder that the text lies in. */
export type ModelFiles = Readonly<Record<string, Uint8Array>>;

/** A MuJoCo model: its text, and the files that it includes and takes meshes, textures and height fields from. */
export interface ModelSource {
  readonly mjcf: string;
  readonly files?: ModelFiles | undefined;
}

/** Where MuJoCo looks for what a text includes, in its order: from the model's folder, then from the text's own. */
export const placesOfInclude = (file: string, by: string, folder: string): readonly string[] => [
  join(folder, file),
  join(folderOf(by), file),
];

export const textOf = (content: Uint8Array): string => new TextDecoder().decode(content);

const digests = new WeakMap<ModelFiles, string>();

/** A checksum of names and contents: SHA-256, in hexadecimal. The files of a model are read once and never changed. */
export function digestOf(files: ModelFiles): string {
  const known = digests.get(files);
  if (known !== undefined) return known;
  const hash = sha256.create();
  for (const path of Object.keys(files).sort())
    hash.update(utf8ToBytes(`${path}\0${files[path].length}\0`)).update(files[path]);
  const digest = bytesToHex(hash.digest());
  digests.set(files, digest);
  return digest;
}

/** The same of the model's text and its files: what stays the same as long as a model does. */
export const digestOfModel = ({ mjcf, files = {} }: ModelSource): string =>
  bytesToHex(sha256(utf8ToBytes(`${digestOf(files)}\0${mjcf}`)));
