import { describe, expect, test } from "vitest";
import { z } from "zod";
import { requirement, shown } from "../../src/errors/requirement.js";

describe("what a value must be, in words", () => {
  test.each([
    [z.number().int(), 2.5, "must be a whole number"],
    [z.number(), "4", "must be a number"],
    [z.string(), 4, "must be text"],
    [z.boolean(), 4, "must be true or false"],
    [z.array(z.number()), 4, "must be a list"],
    [z.strictObject({}), 4, "must be a group of named values"],
    [z.number().min(1), 0, "must be at least 1"],
    [z.number().gt(1), 1, "must be more than 1"],
    [z.number().max(3), 5, "must be at most 3"],
    [z.number().lt(1), 1, "must be less than 1"],
    [z.array(z.number()).min(2), [1], "must have at least 2 entries"],
    [z.array(z.number()).max(1), [1, 2], "must have at most 1 entries"],
    [z.enum(["raw", "normalized"]), "huber", 'must be "raw" or "normalized"'],
    [z.literal(7), 8, "must be 7"],
    [z.strictObject({ a: z.number() }), { a: 1, b: 2 }, 'must not have "b"'],
    [z.union([z.string(), z.number()]), true, "must be text, or must be a number"],
    [z.number().refine((x) => x > 0, "must have a root"), -1, "must have a root"],
    [z.literal(7, "is another version"), 8, "is another version"],
  ])("%#: %o", (schema: z.ZodType, value, words) => {
    expect(requirement(schema.safeParse(value).error!.issues[0])).toBe(words);
  });
});

test("values are shown as JSON, and numbers that JSON does not have by name", () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, 2, "2", null, undefined, [1]].map(shown)).toEqual([
    "NaN",
    "Infinity",
    "2",
    '"2"',
    "null",
    "undefined",
    "[1]",
  ]);
});
