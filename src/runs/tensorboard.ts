import crc32c from "crc-32/crc32c.js";
import protobuf from "protobufjs/light.js";
import { flatten } from "./csv.js";
import type { IterationEvent } from "./events.js";

/**
 * TensorBoard's event files: records framed with masked CRC-32C checksums, each an `Event` message. Only what scalars
 * need; no maintained package writes them without TensorFlow.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      fields: {
        wallTime: { type: "double", id: 1 },
        step: { type: "int64", id: 2 },
        fileVersion: { type: "string", id: 3 },
        summary: { type: "Summary", id: 5 },
      },
    },
    Summary: { fields: { value: { rule: "repeated", type: "Value", id: 1 } } },
    Value: { fields: { tag: { type: "string", id: 1 }, simpleValue: { type: "float", id: 2 } } },
  },
});
/** The message of one record. */
export const EventMessage = root.lookupType("Event");

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
  return record(EventMessage.encode({ wallTime, fileVersion: "brain.Event:2" }).finish());
}

/** All scalars of one iteration, at the step `samples`: the axis on which the paper compares. @param wallTime s since 1970 */
export function iterationRecord(event: IterationEvent, wallTime: number): Uint8Array {
  const value = [...flatten(event)].flatMap(([tag, number]) =>
    number === undefined || tag === "samples" ? [] : [{ tag, simpleValue: number }],
  );
  return record(EventMessage.encode({ wallTime, step: event.samples, summary: { value } }).finish());
}
