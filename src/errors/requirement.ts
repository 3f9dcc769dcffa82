import type { z } from "zod";
import { printable } from "./printable.js";

/** What a type of zod's is called in a sentence. */
const KINDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "a group of named values",
  record: "a group of named values",
  null: "null",
};

const kind = (expected: string): string => KINDS[expected] ?? expected;

/** How the messages begin that zod makes by itself. */
const ZODS_OWN = /^(Invalid|Too|Unrecognized)/;

/** What an issue of zod's asks for: `must be at least 1`; or a schema's own message, where it has one. */
export function requirement(issue: z.core.$ZodIssue): string {
  if (!ZODS_OWN.test(issue.message)) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kind(issue.expected)}`;
    case "too_small":
      return issue.origin === "array"
        ? `must have at least ${issue.minimum} entries`
        : `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return issue.origin === "array"
        ? `must have at most ${issue.maximum} entries`
        : `must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "unrecognized_keys":
      return `must not have ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_union":
      return [...new Set(issue.errors.flatMap((errors) => errors.map(requirement)))].join(", or ");
    default:
      return issue.message;
  }
}

/** A value as an error shows it: JSON, and by name what JSON does not have; cut where it is long. */
export function shown(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "bigint") return `${value}n`;
  return printable(json(value) ?? (isObject(value) ? kindOf(value) : String(value)), LONGEST_VALUE);
}

const LONGEST_VALUE = 200;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const kindOf = (value: object): string => kind(Array.isArray(value) ? "array" : "object");

/** Undefined where JSON has nothing for it: circles, BigInts and thousands of levels. */
function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
