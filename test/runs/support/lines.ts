import fc from "fast-check";
import { expect } from "vitest";
import { CSV_HEADER, csvLine } from "../../../src/runs/csv.js";
import { parseEvent } from "../../../src/runs/event-schema.js";
import { runFigure } from "../../../src/runs/figure-run.js";
import { iterationRecord } from "../../../src/runs/tensorboard.js";
import { changedLine } from "./damage.js";
import { fakeConfig, fakeEvent } from "./fake.js";

const config = { format: "stackelberg-run/1", ...fakeConfig() } as const;

/** Lines of a log, damaged or quite other text: each is an event that all readers can use, or is said to be none. */
export function fuzzLines(cases: number, seed: number): { readonly events: number; readonly refused: number } {
  const count = { events: 0, refused: 0 };
  const changed = changedLine(JSON.stringify(fakeEvent(3)));
  const text = fc.oneof({ weight: 8, arbitrary: changed }, fc.json(), fc.string());
  fc.assert(
    fc.property(text, (line) => {
      const parsed = parseEvent(line);
      if ("wrong" in parsed) {
        count.refused++;
        expect(parsed.wrong).not.toBe("");
        return;
      }
      count.events++;
      const { event } = parsed;
      expect(JSON.stringify(event)).toBe(JSON.stringify(JSON.parse(line)));
      if (event.type !== "iteration") return;
      const row = csvLine(event);
      expect(row.split(",")).toHaveLength(CSV_HEADER.split(",").length);
      expect(row).not.toMatch(/NaN|undefined|null/);
      expect(iterationRecord(event, 0).length).toBeGreaterThan(0);
      if (count.events % 20 === 0) expect(runFigure({ config, iterations: [event] })).not.toMatch(/NaN|undefined/);
    }),
    { numRuns: cases, seed },
  );
  return count;
}
