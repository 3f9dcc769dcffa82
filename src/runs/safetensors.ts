import { z } from "zod";
import type { NamedTensor } from "../agents/snapshot.js";
import { StorageError } from "../errors/errors.js";
import { requirement } from "../errors/requirement.js";

/**
 * The safetensors format, read and written: u64 header length (little endian), JSON header, then all data without
 * gaps. Any safetensors reader opens these files. No maintained npm package does both ways, and resuming bit for bit
 * needs both.
 */

const DTYPES = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U8: Uint8Array } as const;
type Dtype = keyof typeof DTYPES;

/** Browsers and Node have them; the core is compiled without the types of either. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean },
) => { decode(bytes: Uint8Array): string };

/** The format's own bound on its header. */
const MAX_HEADER = 100_000_000;
/** Data starts on a multiple of 8 bytes, so that views on the file are aligned. */
const ALIGN = 8;

const header = z.record(
  z.string(),
  z.strictObject({
    dtype: z.enum(Object.keys(DTYPES) as [Dtype, ...Dtype[]]),
    shape: z.array(z.number().int().min(0)),
    data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
  }),
);
const metadata = z.record(z.string(), z.string());

export type Tensors = Readonly<Record<string, NamedTensor>>;

function dtypeOf(data: NamedTensor["data"]): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "U8";
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, length) => size * length, 1);

/**
 * Tensors as one file. The same tensors give the same bytes, in whatever order they come.
 *
 * @param about free text entries for the header's `__metadata__`
 * @throws {StorageError} where a shape and its data disagree in length, or a name is not allowed
 */
export function encodeSafetensors(tensors: Tensors, about: Readonly<Record<string, string>> = {}): Uint8Array {
  // Widest numbers first keeps every tensor aligned without gaps, which the format forbids.
  const width = ({ data }: NamedTensor) => data.BYTES_PER_ELEMENT;
  const entries = Object.entries(tensors).sort(([a, x], [b, y]) => width(y) - width(x) || (a < b ? -1 : a > b ? 1 : 0));
  const head: [string, unknown][] = Object.keys(about).length > 0 ? [["__metadata__", about]] : [];
  let end = 0;
  for (const [name, { shape, data }] of entries) {
    if (name === "__metadata__" || name === "")
      throw new StorageError(`tensor "${name}"`, "has a name that the format keeps for itself", "Rename it");
    if (sizeOf(shape) !== data.length) {
      throw new StorageError(
        `tensor "${name}"`,
        `shape [${shape}] needs ${sizeOf(shape)} numbers, got ${data.length}`,
        "Report this: it is a fault of the program",
      );
    }
    head.push([name, { dtype: dtypeOf(data), shape, data_offsets: [end, (end += data.byteLength)] }]);
  }
  // Built from entries and not as an object, which would move names that look like numbers to the front.
  const json = new TextEncoder().encode(
    `{${head.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`,
  );
  const headerLength = Math.ceil(json.length / ALIGN) * ALIGN;
  const file = new Uint8Array(8 + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength); // spaces: the padding that the format asks for
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** What is in a file. */
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  /** Its `__metadata__`. */
  readonly about: Readonly<Record<string, string>>;
}

/** The tensors of one file alone, as `readSafetensors`. @throws {StorageError} */
export const decodeSafetensors = (name: string, file: Uint8Array, mend?: string): Record<string, NamedTensor> => ({
  ...readSafetensors(name, file, mend).tensors,
});

/**
 * One file; each tensor has memory of its own.
 *
 * @param name the file, for messages
 * @param mend what to do where it is damaged
 * @throws {StorageError} where anything about the file is not as the format says: too short, a header that is not JSON,
 *   offsets that overlap or leave gaps, a length that does not fit the shape, bytes left over
 */
export function readSafetensors(
  name: string,
  file: Uint8Array,
  mend = "The file is damaged; use an earlier checkpoint",
): SafetensorsFile {
  const refuse = (what: string): never => {
    throw new StorageError(name, what, mend);
  };
  if (file.length < 8) refuse(`is no safetensors file: ${file.length} bytes, the header's length alone takes 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const declared = view.getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER) || declared > BigInt(file.length - 8)) {
    refuse(
      `is cut off or no safetensors file: it says its header takes ${declared} bytes, the file has ${file.length}`,
    );
  }
  const dataStart = 8 + Number(declared);
  const head = parseHeader(file.subarray(8, dataStart), refuse);
  const entries = Object.entries(head.tensors);
  const dataLength = file.length - dataStart;

  let expected = 0;
  const tensors: [string, NamedTensor][] = [];
  for (const [
    tensor,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of entries.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1])) {
    if (begin !== expected) refuse(`tensor "${tensor}" begins at byte ${begin}, the one before it ends at ${expected}`);
    const bytes = sizeOf(shape) * DTYPES[dtype].BYTES_PER_ELEMENT;
    if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
      refuse(`tensor "${tensor}" has ${end - begin} bytes, its shape [${shape}] of ${dtype} needs ${bytes}`);
    }
    if (end > dataLength)
      refuse(`is cut off: tensor "${tensor}" ends at byte ${end} of the data, which has ${dataLength}`);
    // A copy of its own, aligned; `slice` would not do, because that of a Buffer is a view.
    const copy = new Uint8Array(file.subarray(dataStart + begin, dataStart + end));
    tensors.push([tensor, { shape, data: new DTYPES[dtype](copy.buffer) }]);
    expected = end;
  }
  if (expected !== dataLength) refuse(`has ${dataLength - expected} bytes after the last tensor`);
  return { tensors: Object.fromEntries(tensors), about: head.about };
}

function parseHeader(bytes: Uint8Array, refuse: (what: string) => never) {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    refuse("has a header that is not JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    refuse("has a header that is not a JSON object");
  const { __metadata__: about, ...rest } = json as Record<string, unknown>;
  if (about !== undefined && !metadata.safeParse(about).success) refuse("has a __metadata__ that is not all text");
  const parsed = header.safeParse(rest);
  if (parsed.success) return { tensors: parsed.data, about: (about ?? {}) as Readonly<Record<string, string>> };
  const issue = parsed.error.issues[0];
  return refuse(
    `has a header entry ${JSON.stringify(issue.path.join("."))} that cannot be used: ${requirement(issue)}`,
  );
}
