import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** One field: its type, a scalar or the name of a message; its number; whether there may be several. */
export type Field = readonly [type: string, id: number, rule?: "repeated"];
/** Messages by name, their fields in the order of their numbers. */
export type Messages = Readonly<Record<string, Readonly<Record<string, Field>>>>;

type Plain = Readonly<Record<string, unknown>>;

/** Values of a type: how they are written and read, and what stands for one that is not there. */
interface Scalar {
  readonly wire: WireType;
  readonly absent: unknown;
  write(writer: BinaryWriter, value: unknown): void;
  read(reader: BinaryReader): unknown;
}
const SCALARS: Readonly<Record<string, Scalar>> = {
  string: {
    wire: WireType.LengthDelimited,
    absent: "",
    write: (writer, value) => writer.string(value as string),
    read: (reader) => reader.string(),
  },
  bytes: {
    wire: WireType.LengthDelimited,
    absent: new Uint8Array(0),
    write: (writer, value) => writer.bytes(value as Uint8Array),
    read: (reader) => reader.bytes(),
  },
  int32: {
    wire: WireType.Varint,
    absent: 0,
    write: (writer, value) => writer.int32(value as number),
    read: (reader) => reader.int32(),
  },
  int64: {
    wire: WireType.Varint,
    absent: 0,
    write: (writer, value) => writer.int64(value as number),
    read: (reader) => Number(reader.int64()), // ours stay within ±2^53
  },
  float: {
    wire: WireType.Bit32,
    absent: 0,
    write: (writer, value) => writer.float(Math.fround(value as number)),
    read: (reader) => reader.float(),
  },
  double: {
    wire: WireType.Bit64,
    absent: 0,
    write: (writer, value) => writer.double(value as number),
    read: (reader) => reader.double(),
  },
};
/** Lists of numbers are written as one piece. */
const isPacked = (scalar: Scalar | undefined): boolean =>
  scalar !== undefined && scalar.wire !== WireType.LengthDelimited;

/**
 * A message as bytes, by the rules of proto3: fields in the order of their numbers, without those that say nothing, 0 or
 * "". The table is read as it goes and no code is made of it: pages whose policy forbids `eval` write graphs, too.
 */
export function encodeMessage(messages: Messages, name: string, value: object): Uint8Array {
  const writer = new BinaryWriter();
  write(messages, name, value as Plain, writer);
  return writer.finish();
}

function write(messages: Messages, name: string, value: Plain, writer: BinaryWriter): void {
  const begin = (id: number) => writer.tag(id, WireType.LengthDelimited).fork();
  for (const [key, [type, id, rule]] of Object.entries(messages[name])) {
    const scalar = SCALARS[type];
    const given = value[key];
    const list = (rule === undefined ? [given] : given) as readonly unknown[];
    if (given === undefined || list.length === 0) continue;
    if (scalar === undefined) {
      for (const each of list) {
        begin(id);
        write(messages, type, each as Plain, writer);
        writer.join();
      }
    } else if (rule === undefined) {
      const saysNothing = given instanceof Uint8Array ? given.length === 0 : Object.is(given, scalar.absent); // −0 is said
      if (!saysNothing) scalar.write(writer.tag(id, scalar.wire), given);
    } else if (isPacked(scalar)) {
      begin(id);
      for (const each of list) scalar.write(writer, each);
      writer.join();
    } else for (const each of list) scalar.write(writer.tag(id, scalar.wire), each);
  }
}

/**
 * The message of some bytes, with every field that its table has: 0, "" or an empty list where the bytes say nothing,
 * undefined for messages. Other fields are passed over.
 *
 * @throws {Error} where the bytes are no such message
 */
export function decodeMessage(messages: Messages, name: string, bytes: Uint8Array): object {
  const fields = Object.entries(messages[name]);
  const value = Object.fromEntries(
    fields.map(([key, [type, , rule]]) => [key, rule === undefined ? SCALARS[type]?.absent : []]),
  ) as Record<string, unknown>;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [id, wire] = reader.tag();
    const known = fields.find(([, field]) => field[1] === id);
    if (known === undefined) {
      reader.skip(wire, id);
      continue;
    }
    const [key, [type, , rule]] = known;
    const scalar = SCALARS[type];
    const isPiece = rule !== undefined && isPacked(scalar) && wire === WireType.LengthDelimited;
    if (!isPiece && wire !== (scalar?.wire ?? WireType.LengthDelimited))
      throw new Error(`field ${key} of ${name} is written in another way`);
    const read = (from: BinaryReader) =>
      scalar === undefined ? decodeMessage(messages, type, from.bytes()) : scalar.read(from);
    if (rule === undefined) value[key] = read(reader);
    else if (isPiece) {
      const piece = new BinaryReader(reader.bytes());
      while (piece.pos < piece.len) (value[key] as unknown[]).push(read(piece));
    } else (value[key] as unknown[]).push(read(reader));
  }
  return value;
}
