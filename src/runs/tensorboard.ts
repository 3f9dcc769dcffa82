import crc32c from "crc-32/crc32c.js";
import { encodeMessage, type Messages } from "../compute/protobuf.js";
import { flatten } from "./csv.js";
import type { IterationEvent } from "./events.js";

/**
 * TensorBoard's event files: records framed with masked CRC-32C checksums, each an `Event` message. Only what scalars
 * need; no maintained package writes them without TensorFlow.
 */
export const TENSORBOARD: Messages = {
  Event: { wallTime: ["double", 1], step: ["int64", 2], fileVersion: ["string", 3], summary: ["Summary", 5] },
  Summary: { value: ["Value", 1, "repeated"] },
  Value: { tag: ["string", 1], simpleValue: ["float", 2] },
};
/** The message of one record. */
const encode = (event: object): Uint8Array => encodeMessage(TENSORBOARD, "Event", event);

/** CRC-32C, rotated and shifted, as the record format wants it. */
export function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** length (u64) · masked CRC of the length · data · masked CRC of the data; all little endian. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return bytes;
}

/** The record that every event file begins with. @param wallTime s since 1970 */
export function fileVersionRecord(wallTime: number): Uint8Array {
  return record(encode({ wallTime, fileVersion: "brain.Event:2" }));
}

/** All scalars of one iteration, at the step `samples`: the axis on which the paper compares. @param wallTime s since 1970 */
export function iterationRecord(event: IterationEvent, wallTime: number): Uint8Array {
  const value = [...flatten(event)].flatMap(([tag, number]) =>
    number === undefined || tag === "samples" ? [] : [{ tag, simpleValue: number }],
  );
  return record(encode({ wallTime, step: event.samples, summary: { value } }));
}
