import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NamedTensor } from "../../src/agents/snapshot.js";
import { StorageError } from "../../src/errors/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/runs/safetensors.js";

const KINDS = [Float32Array, Float64Array, Int32Array, Uint8Array] as const;

/** Tensors of every kind with arbitrary bits, NaN payloads included; lengths of an axis may be 0. */
const tensor: fc.Arbitrary<NamedTensor> = fc
  .tuple(fc.constantFrom(...KINDS), fc.array(fc.nat(4), { maxLength: 3 }))
  .chain(([Kind, shape]) => {
    const bytes = shape.reduce((size, n) => size * n, 1) * Kind.BYTES_PER_ELEMENT;
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((data) => ({ shape, data: new Kind(new Uint8Array(data).buffer) }));
  });
const tensors = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).filter((s) => s !== "__proto__"),
  tensor,
  {
    maxKeys: 6,
    noNullPrototype: true,
  },
);

const bits = ({ shape, data }: NamedTensor) => ({
  kind: data.constructor.name,
  shape,
  bytes: [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)],
});
const allBits = (all: Readonly<Record<string, NamedTensor>>) =>
  Object.fromEntries(Object.entries(all).map(([name, each]) => [name, bits(each)]));

describe("safetensors", () => {
  test("what was written is read back bit for bit, also from a Buffer that is part of another", () =>
    fc.assert(
      fc.property(tensors, fc.nat(9), (before, offset) => {
        const file = encodeSafetensors(before, { iteration: "7" });
        const shared = Buffer.alloc(file.length + offset);
        shared.set(file, offset);
        expect(allBits(decodeSafetensors("f", shared.subarray(offset)))).toEqual(allBits(before));
      }),
    ));

  test("the same tensors give the same bytes in whatever order they come", () =>
    fc.assert(
      fc.property(tensors, (before) => {
        const reversed = Object.fromEntries(Object.entries(before).reverse());
        expect(encodeSafetensors(reversed)).toEqual(encodeSafetensors(before));
      }),
    ));

  test("the bytes are those of the format, without gaps and with the data aligned", () => {
    const file = encodeSafetensors({
      b: { shape: [3], data: Uint8Array.of(1, 2, 3) },
      a: { shape: [2, 1], data: Float32Array.of(1.5, -2) },
    });
    const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)))).toEqual({
      a: { dtype: "F32", shape: [2, 1], data_offsets: [0, 8] },
      b: { dtype: "U8", shape: [3], data_offsets: [8, 11] },
    });
    expect(file.length).toBe(8 + headerLength + 11);
  });

  test("a file cut anywhere, or with bytes to spare, is refused", () => {
    const file = encodeSafetensors({ "p/a": { shape: [3], data: Float32Array.of(1, 2, 3) } });
    for (let length = 0; length < file.length; length++) {
      expect(() => decodeSafetensors("f", file.subarray(0, length))).toThrow(StorageError);
    }
    expect(() => decodeSafetensors("f", Buffer.concat([file, Buffer.of(0)]))).toThrow("f: has 1 bytes after the last");
  });

  const withHeader = (header: string, data = new Uint8Array(8)) => {
    const head = new TextEncoder().encode(header);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(head.length));
    return Buffer.concat([length, head, data]);
  };
  test.each([
    ["not JSON", "header that is not JSON"],
    ["[]", "not a JSON object"],
    ['{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}', "a.dtype"],
    ['{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}', "a.shape.0"],
    ['{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}', 'must not have "x"'],
    ['{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', "has 8 bytes, its shape [3] of F32 needs 12"],
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', "begins at byte 4, the one before it ends at 0"],
    [
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      "begins at byte 4",
    ],
    ['{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', "is cut off"],
    ['{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}', "needs"],
    ['{"__metadata__":{"a":1}}', "__metadata__"],
  ])("a header %s is refused and says why", (header, why) => {
    expect(() => decodeSafetensors("weights.safetensors", withHeader(header))).toThrow(why);
  });

  test("a shape that does not fit its data is refused before it is written", () => {
    expect(() => encodeSafetensors({ a: { shape: [2, 2], data: new Float32Array(3) } })).toThrow(
      'tensor "a": shape [2,2] needs 4 numbers, got 3',
    );
  });
});
