import { expect, test } from "vitest";
import { hashOf, placeOf } from "../../../src/dashboard/client/address.js";

test("an address names a place and what was chosen there, and comes back as it was", () => {
  const hash = hashOf(["run", "ab12", "lab"], { checkpoint: "40", entry: null, find: "a&b=c d/é" });
  const { path, choices } = placeOf(hash);
  expect(path).toEqual(["run", "ab12", "lab"]);
  expect(Object.fromEntries(choices)).toEqual({ checkpoint: "40", find: "a&b=c d/é" });
  expect(hashOf(path, Object.fromEntries(choices))).toBe(hash);
  expect(hashOf([])).toBe("#/");
});

test("what is no address of ours is a place all the same", () => {
  for (const hash of ["", "#", "#main", "#/%", "#/?", "#/run/%E0%A4%A", "#/?a=%zz&&=", "#//x//?a?b"])
    expect(Array.isArray(placeOf(hash).path), hash).toBe(true);
  expect(placeOf("#/%").path).toEqual(["%"]);
});
