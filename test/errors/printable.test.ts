import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors/errors.js";
import { nearest } from "../../src/errors/nearest.js";
import { printable } from "../../src/errors/printable.js";
import { shown } from "../../src/errors/requirement.js";
import { CONTROL } from "../support/said.js";

describe("a text on a terminal", () => {
  test.each([
    ["an escape", "\u001b[2J", "\\u001b[2J"],
    ["a bell and a backspace", "\u0007\b", "\\u0007\\u0008"],
    ["C1", "\u009b31m", "\\u009b31m"],
    ["text that runs the other way", "a\u202eb\u2066", "a\\u202eb\\u2066"],
    ["a separator of lines", "a\u2028b", "a\\u2028b"],
    ["a carriage return and a tab", "a\r\tb", "a\\r\\tb"],
    ["a newline", "a\nb", "a\nb"],
    ["letters of all kinds", "γ = 0.995 → ∞ 😀", "γ = 0.995 → ∞ 😀"],
  ])("%s", (_, text, escaped) => expect(printable(text, 100)).toBe(escaped));

  test("what is long is cut, with its length", () => {
    expect(printable("x".repeat(100_000), 5)).toBe("xxxxx… (100,000 characters)");
    expect(printable("12345", 5)).toBe("12345");
    expect(printable("1234😀", 5)).toBe("1234… (6 characters)"); // no half of a pair
  });
});

describe("values in errors", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);
  test.each([
    ["a circle", circle, "a list"],
    ["a group in itself", Object.assign({}, { circle }), "a group of named values"],
    ["100,000 levels", deep, "a list"],
    ["a BigInt", 5n, "5n"],
    ["a list with a BigInt", [5n], "a list"],
    ["a symbol", Symbol("x"), "Symbol(x)"],
    ["what cannot be text", Object.create(null, { toJSON: { value: () => undefined } }), "a group of named values"],
    ["negative zero", -0, "-0"],
  ])("%s", (_, value, words) => expect(shown(value)).toBe(words));

  test("are escaped and cut", () => {
    expect(shown("\u001b\u009b\n")).toBe('"\\u001b\\u009b\\n"');
    const long = shown("y".repeat(100_000));
    expect(long.length).toBeLessThan(300);
    expect(long).toMatch(/^"y+… \(100,002 characters\)$/);
  });
});

test("no error says a control character, or more than a few thousand characters", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("\u001b[31m", "z".repeat(30_000), "\u001b".repeat(30_000), "\r\n"),
  );
  fc.assert(
    fc.property(text, text, text, (where, what, mend) => {
      const { message } = new ConfigError(where, what, mend);
      expect(message).not.toMatch(CONTROL);
      expect(message.length).toBeLessThan(5000);
    }),
  );
  expect(new ConfigError("a\nb", "c\nd", "e").message).toBe("a\\nb: c\nd. e.");
});

test("a name of 100,000 characters is compared with others in no time", () => {
  const candidates = Array.from({ length: 200 }, (_, i) => `candidate-${i}`);
  const started = performance.now();
  expect(nearest("n".repeat(100_000), candidates)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(500);
});
