import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ALGORITHMS } from "../../../src/agents/defaults.js";
import { colourOf } from "../../../src/dashboard/client/compared.js";
import { PALETTE } from "../../../src/runs/panel.js";
import { contrast, nearest } from "../../support/colour-distance.js";

const STYLE = readFileSync(fileURLToPath(new URL("../../../src/dashboard/client/style.css", import.meta.url)), "utf8");
/** What each block of custom properties says: light, dark, and dark where the machine says so. */
const themes = [...STYLE.matchAll(/:root[^{]*\{([^}]*)\}/g)]
  .map(
    ([, block]) => new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value])),
  )
  .filter((theme) => theme.has("ground"));

/** ΔE: nearer than this, lines are taken for each other. */
const APART = 20;

test("in figures every way has a colour of its own, and some are left for others", () => {
  expect(PALETTE.length).toBeGreaterThan(ALGORITHMS.length);
  expect(nearest(PALETTE).apart).toBeGreaterThan(APART);
});

describe("on the page", () => {
  test("there are three blocks of colours, and both dark ones are the same", () => {
    expect(themes).toHaveLength(3);
    expect(themes[2]).toEqual(themes[1]);
  });

  test.each([0, 1])("every way has a colour of its own in theme %i, and can be read on a card", (i) => {
    const own = ALGORITHMS.map((name) => themes[i].get(name)!);
    expect(own.every((colour) => colour !== undefined)).toBe(true);
    expect(nearest(own).apart).toBeGreaterThan(APART);
    for (const colour of own) expect(contrast(colour, themes[i].get("card")!)).toBeGreaterThan(4.5); // WCAG AA
  });

  test.each(ALGORITHMS)("the name of %s is written in it, and so is its curve", (name) => {
    expect(STYLE).toContain(`.algorithm.${name} {\n  color: var(--${name});\n}`);
    expect(colourOf({ algorithm: name })).toBe(name);
  });
});
