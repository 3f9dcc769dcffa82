import { expect, test } from "vitest";
import { decodeMessage, encodeMessage, type Messages } from "../../src/compute/protobuf.js";

const MESSAGES: Messages = {
  Outer: {
    count: ["int64", 1],
    name: ["string", 2],
    inner: ["Inner", 3, "repeated"],
    sizes: ["int32", 4, "repeated"],
    half: ["float", 5],
    words: ["string", 16, "repeated"],
  },
  Inner: { data: ["bytes", 1], outer: ["Outer", 2] },
};
const NOTHING = { count: 0, name: "", inner: [], sizes: [], half: 0, words: [] };
const hex = (value: object) => Buffer.from(encodeMessage(MESSAGES, "Outer", value)).toString("hex");
const read = (bytes: string) => decodeMessage(MESSAGES, "Outer", Uint8Array.from(Buffer.from(bytes, "hex")));

test("messages are written as the format's documentation has it", () => {
  expect(hex({ count: 150 })).toBe("089601");
  expect(hex({ count: -1 })).toBe("08ffffffffffffffffff01");
  expect(hex({ name: "testing" })).toBe("120774657374696e67");
  expect(hex({ sizes: [3, 270, 86942] })).toBe("2206038e029ea705");
});

test("what says nothing is left out, but not from lists, and −0 says something", () => {
  expect(hex({ ...NOTHING })).toBe("");
  expect(hex({ inner: [{ data: new Uint8Array(0) }], words: [""] })).toBe("1a00820100");
  expect(hex({ half: -0 })).toBe("2d00000080");
});

test("what is read is what was written, whole", () => {
  const inner = { data: Uint8Array.of(1, 2), outer: { ...NOTHING, count: 2 ** 40, words: ["größe", ""] } };
  const value = { count: -7, name: "π", inner: [inner], sizes: [-1, 0, 5], half: 0.5, words: ["a"] };
  expect(read(hex(value))).toEqual(value);
  expect(read("")).toEqual(NOTHING);
});

test("other fields are passed over, lists may come in pieces or one by one, and what does not fit is refused", () => {
  expect(read("c03e05089601")).toEqual({ ...NOTHING, count: 150 }); // field 1000
  expect(read("2003200422020506")).toEqual({ ...NOTHING, sizes: [3, 4, 5, 6] });
  expect(() => read("0a0100")).toThrow("field count of Outer is written in another way");
  expect(() => read("1207")).toThrow();
});
