import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatNotes, parseNotes, tagsOf } from "../../../src/dashboard/client/notes.js";

test("notes are read as they were written", () => {
  const notes = { "runs/a": { text: "odd", tags: ["x", "y"], hidden: true }, "runs/b": { text: "", tags: ["z"], hidden: false } }; // biome-ignore format: notes
  expect(parseNotes(formatNotes(notes))).toEqual(notes);
});

test("of a file that is none, or holds something else, nothing is taken", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((runs) => `{"format":"stackelberg-notes/1","runs":${runs}}`),
      ),
      (text) => {
        for (const note of Object.values(parseNotes(text))) {
          expect(typeof note.text).toBe("string");
          expect(note.tags.every((tag) => typeof tag === "string")).toBe(true);
          expect(typeof note.hidden).toBe("boolean");
        }
      },
    ),
  );
  expect(parseNotes('{"format":"another","runs":{"a":{"text":"x"}}}')).toEqual({});
});

test("tags are words, each once", () => {
  expect(tagsOf(" later, seed  later lr ")).toEqual(["later", "seed", "lr"]);
  expect(tagsOf("")).toEqual([]);
});
