import { describe, expect, test } from "vitest";
import { CLAIMS, type Evidence } from "../../../src/suites/paper/claims.js";
import { both, deepestFall, earlier } from "../../../src/suites/paper/judge.js";
import { reproduction } from "../../../src/suites/paper/reproduction.js";
import { markdown } from "../../../src/suites/report/document.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { type MadeUp, madeUpRuns } from "../support/played.js";

const NOTHING: Evidence = { suites: {}, theory: undefined };
const claim = (says: RegExp) => CLAIMS.find((each) => says.test(each.says))!;
const SEEDS = [1, 2, 3, 4, 5];
const ROBOTS = ["reacher-7dof", "dclaw-turn", "dkitty-orient", "inhand-pen"];

/** Runs of a way on all robots that learn after so many evaluations. */
const learning = (way: MadeUp["way"], after: number, seeds = SEEDS): readonly MadeUp[] =>
  ROBOTS.flatMap((task) =>
    seeds.map((seed) => ({
      way,
      task,
      seed,
      success: Array.from({ length: 12 }, (_, i) => (i >= after + (seed % 2) ? 1 : 0.1)),
    })),
  );
const fig2 = (...runs: readonly MadeUp[]): Evidence => ({
  suites: { fig2: madeUpRuns(temporaryDirectory(), runs) },
  theory: undefined,
});

describe("figure 2", () => {
  test("PAL is faster where its runs learn earlier, and is not where they learn later", () => {
    const { judge } = claim(/^PAL learns faster than MAL/);
    expect(judge(fig2(...learning("pal", 2), ...learning("mal", 6))).verdict).toBe("holds");
    expect(judge(fig2(...learning("pal", 6), ...learning("mal", 2))).verdict).toBe("does not hold");
    expect(judge(fig2(...learning("pal", 4), ...learning("mal", 4))).verdict).toBe("undecided");
  });
  test("a verdict takes three seeds of every way", () => {
    const { judge } = claim(/^PAL learns faster than MAL/);
    const few = judge(fig2(...learning("pal", 2), ...learning("mal", 6, [1, 2])));
    expect(few.verdict).toBe("not measured");
    expect(few.measured).toContain("reacher-7dof, dclaw-turn, dkitty-orient, inhand-pen: 2 of at least 3 seeds");
  });
  test("that GDA goes up and down holds where it falls", () => {
    const { judge } = claim(/^GDA's success goes up and down/);
    const falling = ROBOTS.flatMap((task) =>
      SEEDS.map((seed): MadeUp => ({ way: "gda", task, seed, success: [0.2, 0.9, 0.3, 1] })),
    );
    expect(judge(fig2(...falling)).verdict).toBe("holds");
    expect(judge(fig2(...learning("gda", 3))).verdict).toBe("does not hold");
  });
});

describe("figure 4", () => {
  const run = (way: MadeUp["way"], variant: string, seed: number, back: number): MadeUp => ({
    way,
    variant,
    seed,
    goalError: Array.from({ length: 14 }, (_, i) => (i >= 4 && i < 4 + back ? 0.5 : 0.1)),
    settings: { task: { changes: [{ atSamples: 400, options: { forearm: "1.2" } }] } },
  });
  const evidence = (palBack: number, malBack: number): Evidence => ({
    suites: {
      fig4: madeUpRuns(
        temporaryDirectory(),
        SEEDS.flatMap((seed) =>
          ["dynamics", "goals"].flatMap((variant) => [
            run("pal", variant, seed, palBack),
            run("mal", variant, seed, malBack),
          ]),
        ),
      ),
    },
    theory: undefined,
  });
  test("who recovers earlier is ahead", () => {
    const [dynamics, goals] = [claim(/change of the dynamics PAL/), claim(/change of the goals MAL/)];
    expect(dynamics.judge(evidence(2, 6)).verdict).toBe("holds");
    expect(goals.judge(evidence(2, 6)).verdict).toBe("does not hold");
    expect(dynamics.judge(evidence(6, 2)).verdict).toBe("does not hold");
    expect(claim(/both changes set PAL and MAL back/).judge(evidence(2, 6)).verdict).toBe("holds");
  });
});

test("of nothing, nothing is judged", () => {
  expect(new Set(CLAIMS.map(({ judge }) => judge(NOTHING).verdict))).toEqual(new Set(["not measured"]));
});

test("the smoke budget judges nothing that is learned, and its report says so", () => {
  const runs = { pal: learning("pal", 2), mal: learning("mal", 6) };
  const report = (budget: "smoke" | "paper") =>
    markdown(reproduction(fig2(...runs.pal, ...runs.mal), [], { budget, versions: {} }));
  expect(report("paper")).toMatch(/PAL learns faster than MAL \|.*\| holds \|/);
  expect(report("smoke")).toMatch(/PAL learns faster than MAL \|.*\(smoke\) \| not measured \|/);
});

test("of several judgements one that fails fails all, and one that is missing leaves the whole open", () => {
  const of = (...verdicts: ("holds" | "does not hold" | "undecided" | "not measured")[]) =>
    both(verdicts.map((verdict) => ["x", { measured: "m", verdict }])).verdict;
  expect(of("holds", "holds")).toBe("holds");
  expect(of("holds", "undecided")).toBe("undecided");
  expect(of("holds", "undecided", "not measured")).toBe("not measured");
  expect(of("not measured", "does not hold")).toBe("does not hold");
});

test("the deepest fall is below the best so far", () => {
  expect(deepestFall([0.1, 0.9, 0.4, 1, 0.8])).toBeCloseTo(0.5, 12);
  expect(deepestFall([0.1, 0.2, 0.3])).toBe(0);
});

test("who never came to a level is behind all who did, and even with others who did not", () => {
  const at = (x: number) => ({ x, reached: true });
  const never = (x: number) => ({ x, reached: false });
  expect(earlier([at(500), at(500)], [never(100), never(900)]).value).toBe(1);
  expect(earlier([never(1)], [never(2)]).value).toBe(0.5);
  expect(earlier([at(100)], [at(200)]).value).toBe(1);
});
