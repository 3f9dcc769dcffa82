import { probabilityOfImprovement } from "../../experiments/scores.js";
import { seeded } from "../../random/rng.js";
import { lookAheadReadings, meanByStep } from "../report/look-ahead.js";
import { perturbedReadings } from "../report/perturbed.js";
import { recoveryOf, scoreOf } from "../report/statistics.js";
import { intervalText, reachText, short } from "../report/suite-report.js";
import type { SuiteRuns } from "../report/suite-runs.js";
import type { Claim } from "./claims.js";
import {
  aheadOf,
  atLeast,
  both,
  earlier,
  finishedLines,
  type Judgement,
  LEAST_SEEDS,
  notMeasured,
  tooFew,
  type Verdict,
} from "./judge.js";

const CHANGES = { dynamics: "the forearm is longer", goals: "goals are elsewhere" } as const;

/** How the runs of a way came through a change. */
function recoveries(fig4: SuiteRuns, way: string, variant: keyof typeof CHANGES) {
  const game = fig4.suite.games.find((each) => each.way === way && each.variant === variant);
  const [change] = game?.settings.task.changes ?? [];
  if (change === undefined) return [];
  return finishedLines(fig4, { way, task: "reacher-7dof", variant }, "goal-error").flatMap(
    (line) => recoveryOf(line, change.atSamples) ?? [],
  );
}

const fasterBack =
  (one: string, other: string, variant: keyof typeof CHANGES): Claim["judge"] =>
  ({ suites: { fig4 } }) => {
    if (fig4 === undefined) return notMeasured("the suite fig4 was not run");
    const [a, b] = [recoveries(fig4, one, variant), recoveries(fig4, other, variant)];
    const few = tooFew(a) ?? tooFew(b);
    if (few !== undefined) return notMeasured(few);
    const chance = earlier(
      a.map(({ back }) => back),
      b.map(({ back }) => back),
    );
    const said = (list: typeof a) => list.map(({ back }) => reachText(back)).join(", ");
    return {
      measured: `samples until recovered: ${one.toUpperCase()} ${said(a)}; ${other.toUpperCase()} ${said(b)}; probability to be earlier ${intervalText(chance)}`,
      verdict: aheadOf(chance),
    };
  };

const setBack: Claim["judge"] = ({ suites: { fig4 } }) => {
  if (fig4 === undefined) return notMeasured("the suite fig4 was not run");
  return both(
    (Object.keys(CHANGES) as (keyof typeof CHANGES)[]).flatMap((variant) =>
      ["pal", "mal"].map((way): [string, Judgement] => {
        const list = recoveries(fig4, way, variant);
        const few = tooFew(list);
        const what = `${way.toUpperCase()}, ${CHANGES[variant]}`;
        if (few !== undefined) return [what, notMeasured(few)];
        const factor = scoreOf(list.map(({ worst, before }) => worst / before));
        return [what, { measured: `distance × ${intervalText(factor)}`, verdict: atLeast(factor, 1.2) }];
      }),
    ),
  );
};

const FIG4 = "section 5, figure 4";

export const FIG4_CLAIMS: readonly Claim[] = [
  {
    where: FIG4,
    says: "both changes set PAL and MAL back: the distance to the goal grows by a fifth or more",
    judge: setBack,
  },
  {
    where: FIG4,
    says: "after a change of the dynamics PAL recovers faster than MAL",
    judge: fasterBack("pal", "mal", "dynamics"),
  },
  {
    where: FIG4,
    says: "after a change of the goals MAL recovers faster than PAL",
    judge: fasterBack("mal", "pal", "goals"),
  },
];

type Compared = (
  at: (way: string, samples: number, mode: "open" | "closed") => number,
  samples: readonly number[],
) => readonly [boolean, string][];

/** Judges what figure 6 shows at the end of its look-ahead, of means over seeds. */
const lookAhead =
  (compare: Compared): Claim["judge"] =>
  ({ suites: { fig6 } }) => {
    if (fig6 === undefined) return notMeasured("the suite fig6 was not run");
    const [figure] = fig6.suite.figures;
    const samples = figure.at ?? [];
    const readings = lookAheadReadings(fig6, figure).filter(({ open }) => open.length > 0);
    const of = (way: string, at: number) => {
      const game = fig6.suite.games.find((each) => each.way === way)?.id;
      return readings.filter((each) => each.game === game && each.at === at);
    };
    for (const way of ["pal", "mal"])
      for (const at of samples)
        if (of(way, at).length < LEAST_SEEDS)
          return notMeasured(
            `${way.toUpperCase()} at ${short(at)}: ${of(way, at).length} of at least ${LEAST_SEEDS} seeds measured`,
          );
    const found = compare((way, at, mode) => meanByStep(of(way, at), mode).at(-1)!, samples);
    const verdict: Verdict = found.every(([yes]) => yes)
      ? "holds"
      : found.some(([yes]) => yes)
        ? "undecided"
        : "does not hold";
    return { measured: found.map(([, words]) => words).join("; "), verdict };
  };

const WAYS = ["pal", "mal"];
const MODES = ["open", "closed"] as const;
const FIG6 = "appendix B.3, figure 6";

export const FIG6_CLAIMS: readonly Claim[] = [
  {
    where: FIG6,
    says: "errors over the look-ahead shrink with training",
    judge: lookAhead((at, samples) =>
      WAYS.flatMap((way) =>
        MODES.map((mode): [boolean, string] => {
          const [first, last] = [at(way, samples[0], mode), at(way, samples[samples.length - 1], mode)];
          return [last < first, `${way.toUpperCase()} ${mode} loop ${short(first)} → ${short(last)}`];
        }),
      ),
    ),
  },
  {
    where: FIG6,
    says: "in closed loop errors are smaller than in open loop",
    judge: lookAhead((at, samples) =>
      WAYS.flatMap((way) =>
        samples.map((n): [boolean, string] => {
          const [closed, open] = [at(way, n, "closed"), at(way, n, "open")];
          return [closed < open, `${way.toUpperCase()} at ${short(n)}: closed ${short(closed)}, open ${short(open)}`];
        }),
      ),
    ),
  },
  {
    where: FIG6,
    says: "at first PAL's errors are smaller, in the end MAL's",
    judge: lookAhead((at, samples) => {
      const ends = [samples[0], samples[samples.length - 1]];
      return ends.map((n, i): [boolean, string] => {
        const [pal, mal] = [at("pal", n, "closed"), at("mal", n, "closed")];
        return [i === 0 ? pal < mal : mal < pal, `at ${short(n)}: PAL ${short(pal)}, MAL ${short(mal)}`];
      });
    }),
  },
  {
    where: FIG6,
    says: "in the end the error far ahead is about 0.1 rad: at most 0.15",
    judge: lookAhead((at, samples) =>
      WAYS.map((way): [boolean, string] => {
        const error = at(way, samples[samples.length - 1], "closed");
        return [error <= 0.15, `${way.toUpperCase()} ${short(error)} rad`];
      }),
    ),
  },
];

/** Share of the perturbed worlds in which a run holds the level, by run. */
function held(robust: SuiteRuns, way: string, variant: string): readonly number[] {
  const [figure] = robust.suite.figures;
  const game = robust.suite.games.find((each) => each.way === way && each.variant === variant)?.id;
  return perturbedReadings(robust, figure)
    .filter((reading) => reading.game === game)
    .map(({ returns }) => {
      const all = Object.values(returns).flat();
      return all.filter(([, mean]) => mean >= figure.threshold!).length / all.length;
    });
}

const sturdier =
  (way: string, variants: readonly string[]): Claim["judge"] =>
  ({ suites: { robust } }) => {
    if (robust === undefined) return notMeasured("the suite robust was not run");
    const plain = held(robust, way, "plain");
    return both(
      variants.map((variant) => {
        const other = held(robust, way, variant);
        const few = tooFew(plain) ?? tooFew(other);
        if (few !== undefined) return [variant, notMeasured(few)];
        const chance = probabilityOfImprovement([other], [plain], {}, seeded(0).stream("held"));
        const measured = `holds in ${intervalText(scoreOf(other))} of the worlds, plain in ${intervalText(scoreOf(plain))}; probability to hold more ${intervalText(chance)}`;
        return [variant, { measured, verdict: aheadOf(chance) }];
      }),
    );
  };

export const ROBUST_CLAIMS: readonly Claim[] = [
  {
    where: "section 4.2, end",
    says: "PAL against the worst members of the ensemble holds in more perturbed worlds",
    judge: sturdier("pal", ["worst", "cvar", "penalty"]),
  },
  {
    where: "section 4.2, end",
    says: "MAL with a bonus for disagreement or entropy holds in more perturbed worlds",
    judge: sturdier("mal", ["bonus", "entropy"]),
  },
];
