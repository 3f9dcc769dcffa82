import { describe, expect, test } from "vitest";
import * as errors from "../../src/errors/errors.js";

const kinds = [
  [errors.ConfigError, "ConfigError", "E_CONFIG"],
  [errors.ShapeError, "ShapeError", "E_SHAPE"],
  [errors.DivergenceError, "DivergenceError", "E_DIVERGED"],
  [errors.StorageError, "StorageError", "E_STORAGE"],
  [errors.ComputeError, "ComputeError", "E_COMPUTE"],
  [errors.WorldError, "WorldError", "E_WORLD"],
] as const;

describe.each(kinds)("%s", (Kind, name, code) => {
  const cause = new Error("disk full");
  const error = new Kind("pal.bufferSize", "must be at least 1000, got 500", "Raise it", { cause });

  test("says where, what and the way out", () => {
    expect(error.message).toBe("pal.bufferSize: must be at least 1000, got 500. Raise it.");
  });

  test("has a stable code, its own name and its cause", () => {
    expect([error.code, error.name, error.cause]).toEqual([code, name, cause]);
    expect(String(error)).toBe(`${name}: ${error.message}`);
  });

  test("is a StackelbergError and an Error", () => {
    expect(error).toBeInstanceOf(errors.StackelbergError);
    expect(error).toBeInstanceOf(Error);
  });
});

test("every kind of error is listed here, with a code of its own", () => {
  const all = Object.values(errors).filter((Kind) => Kind !== errors.StackelbergError);
  expect(new Set(all)).toEqual(new Set(kinds.map(([Kind]) => Kind)));
  expect(new Set(kinds.map(([, , code]) => code)).size).toBe(kinds.length);
});
