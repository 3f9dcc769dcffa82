import * as fc from "fast-check";
import { expect, test } from "vitest";
import { remember } from "../../src/game/game.js";

test("a buffer is D ∪ D_k without what is older than the newest B samples", () =>
  fc.assert(
    fc.property(
      fc.array(fc.nat()),
      fc.array(fc.nat()),
      fc.integer({ min: 1, max: 20 }),
      (buffer, fresh, bufferSize) => {
        const copies = [[...buffer], [...fresh]];
        const kept = remember(buffer, fresh, bufferSize);
        const all = [...buffer, ...fresh];
        expect(kept).toEqual(all.slice(Math.max(0, all.length - bufferSize)));
        expect([buffer, fresh]).toEqual(copies);
        expect(remember(buffer, fresh, Number.POSITIVE_INFINITY)).toEqual(all);
      },
    ),
  ));
