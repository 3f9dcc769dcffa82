import { describe, expect, test } from "vitest";
import { html, markdown } from "../../../src/suites/report/document.js";
import { gameRows, recoveryOf } from "../../../src/suites/report/statistics.js";
import { drawSuiteFigure, suiteReport } from "../../../src/suites/report/suite-report.js";
import type { FigureSpec } from "../../../src/suites/suite-file.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { madeUpRuns } from "../support/played.js";

const FIGURE: FigureSpec = { name: "f", kind: "curves", y: "success", threshold: 0.9, published: [], episodes: 10 };
const rising = [0, 0.5, 1, 1];

describe("a suite that is not complete", () => {
  const runs = () =>
    madeUpRuns(
      temporaryDirectory(),
      [
        { way: "pal", seed: 1, success: rising },
        { way: "pal", seed: 2, success: rising.slice(0, 2), finished: false },
        { way: "mal", seed: 1, success: rising },
        { way: "mal", seed: 2 },
      ],
      [FIGURE],
    );

  test("is drawn with what there is, and the figure says which seeds are missing", () => {
    const svg = drawSuiteFigure(runs(), FIGURE);
    expect(svg).toContain("PAL seed 2 not at its end");
    expect(svg).toContain("MAL seed 2 missing");
    expect(svg).not.toMatch(/NaN|undefined/);
  });

  test("has a table of what there is: a run that never came to the threshold is said to take longer than it was", () => {
    const all = runs();
    const [pal, mal] = gameRows(all, FIGURE, all.suite.games);
    expect(pal).toMatchObject({ seeds: 2, reach: { median: 300, censored: 1, runs: 2 } });
    expect(mal).toMatchObject({ seeds: 1, reach: { median: 300, censored: 0, runs: 1 } });
    expect(markdown(suiteReport(all))).toMatch(/300 \(1 of 2 did not come there\) \| 300, > 200/);
  });
});

test("areas under the curve are over the same samples for all ways of a task", () => {
  const all = madeUpRuns(temporaryDirectory(), [
    { way: "pal", seed: 1, success: [1, 1, 0, 0] },
    { way: "mal", seed: 1, success: [1, 1] },
  ]);
  expect(gameRows(all, FIGURE, all.suite.games).map(({ area }) => area.value)).toEqual([1, 1]);
});

test("a published point is drawn where it is near, told where it is far, and an unknown one is named", () => {
  const long = madeUpRuns(temporaryDirectory(), [
    { way: "pal", task: "hopper", seed: 1, returns: Array.from({ length: 80 }, (_, i) => i) },
  ]);
  const { threshold: _, ...plain } = FIGURE;
  expect(drawSuiteFigure(long, { ...plain, y: "return", published: ["hopper-mbpo"] })).toContain(
    "MBPO (published) 327",
  );
  const all = madeUpRuns(temporaryDirectory(), [{ way: "pal", task: "dclaw-turn", seed: 1, success: rising }]);
  const svg = drawSuiteFigure(all, { ...FIGURE, published: ["dclaw-turn-sac"] });
  expect(svg).toContain("beyond this figure: SAC (published) 0.950 at 300,000");
  expect(() => drawSuiteFigure(all, { ...FIGURE, published: ["dclaw-turn-sacc"] })).toThrow(
    /Did you mean "dclaw-turn-sac"\?/,
  );
  expect(() => drawSuiteFigure(all, { ...FIGURE, y: "succes" })).toThrow(/Did you mean "success"\?/);
});

describe("recovery from a change of the task", () => {
  const line = (y: readonly number[]) => ({ seed: 1, x: y.map((_, i) => 100 * (i + 1)), y });

  test("is the samples until the distance is within a fifth of the mean of three evaluations before", () => {
    expect(recoveryOf(line([0.9, 0.1, 0.1, 0.1, 0.5, 0.3, 0.12, 0.1]), 400)).toEqual({
      seed: 1,
      before: expect.closeTo(0.1, 12),
      worst: 0.5,
      back: { x: 300, reached: true },
    });
  });
  test("is longer than the run where that never came", () => {
    expect(recoveryOf(line([0.1, 0.1, 0.5, 0.4]), 200)).toMatchObject({ worst: 0.5, back: { x: 200, reached: false } });
  });
  test("is unknown of a run that did not come so far", () => {
    expect(recoveryOf(line([0.1, 0.1]), 200)).toBeUndefined();
    expect(recoveryOf(line([0.1, 0.1]), 50)).toBeUndefined();
  });
});

test("a report says the same as Markdown and as HTML, and neither obeys what is in it", () => {
  const blocks = [
    { kind: "heading", level: 2, text: "<script>" } as const,
    { kind: "table", head: ["a|b"], rows: [["holds"]] } as const,
  ];
  expect(markdown(blocks)).toBe("## <script>\n\n| a\\|b |\n| --- |\n| holds |\n");
  expect(html("t", blocks)).toContain("<h2>&lt;script&gt;</h2>");
  expect(html("t", blocks)).toContain('<td class="holds">holds</td>');
});
