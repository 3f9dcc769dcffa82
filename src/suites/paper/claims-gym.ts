import { medianReach } from "../../experiments/samples-to-threshold.js";
import { scoreOf } from "../report/statistics.js";
import { intervalText, reachMedianText, reachText } from "../report/suite-report.js";
import type { Claim } from "./claims.js";
import { atLeast, both, deepestFall, finishedLines, notMeasured, reachesOf, tooFew } from "./judge.js";

const TASKS = ["inverted-pendulum", "hopper", "ant"];
/** Returns at which model-free learners of the field end, or near it: levels of ours, not of the paper. */
const ASYMPTOTE: Readonly<Record<string, number>> = { "inverted-pendulum": 950, hopper: 3000, ant: 3000 };
/** A setback of at most this share of the best return so far is a small one. */
const FALL = 0.2;
/** A promise this near to what the world keeps has not been carried away by errors. */
const NEAR = 0.1;

const where = "section 5, figure 3; appendix B.2, figure 5";

const eachTask =
  (
    way: string,
    judge: (task: string, lines: ReturnType<typeof finishedLines>) => ReturnType<Claim["judge"]>,
  ): Claim["judge"] =>
  ({ suites: { fig3 } }) => {
    if (fig3 === undefined) return notMeasured("the suite fig3 was not run");
    return both(
      TASKS.map((task) => {
        const lines = finishedLines(fig3, { way, task }, "return");
        const few = tooFew(lines);
        return [task, few === undefined ? judge(task, lines) : notMeasured(few)];
      }),
    );
  };

const asymptote = (way: string) =>
  eachTask(way, (task, lines) => {
    const last = scoreOf(lines.map(({ y }) => y[y.length - 1]));
    const reaches = reachesOf(lines, ASYMPTOTE[task]).map(reachText).join(", ");
    return {
      measured: `return ${intervalText(last)}; ${ASYMPTOTE[task]} at ${reaches}`,
      verdict: atLeast(last, ASYMPTOTE[task]),
    };
  });

const steady = (way: string) =>
  eachTask(way, (_, lines) => {
    const fall = scoreOf(lines.map(({ y }) => deepestFall(y) / Math.max(...y.map(Math.abs))));
    const verdict = atLeast({ value: -fall.value, low: -fall.high, high: -fall.low }, -FALL);
    return { measured: `deepest fall, as a share of the best return, ${intervalText(fall)}`, verdict };
  });

/** The gap between what the model promises and what the world keeps, in the last third of training. */
const promises: Claim["judge"] = ({ suites: { fig3 } }) => {
  if (fig3 === undefined) return notMeasured("the suite fig3 was not run");
  const [gaps, promised] = (["gap", "model-return"] as const).map((quantity) =>
    finishedLines(fig3, { way: "pal", task: "hopper" }, quantity),
  );
  const few = tooFew(gaps);
  if (few !== undefined) return notMeasured(`hopper: ${few}`);
  const lastThird = (y: readonly number[]) => y.slice(Math.floor((2 * y.length) / 3));
  const mean = (y: readonly number[]) => y.reduce((sum, value) => sum + value, 0) / y.length;
  const shares = scoreOf(
    gaps.map(({ y }, i) => mean(lastThird(y).map(Math.abs)) / Math.abs(mean(lastThird(promised[i].y)))),
  );
  const verdict = atLeast({ value: -shares.value, low: -shares.high, high: -shares.low }, -NEAR);
  return {
    measured: `hopper, rollouts of 500 steps: |J(π, M) − J(π, W)| is ${intervalText(shares)} of J(π, M)`,
    verdict,
  };
};

export const FIG3_CLAIMS: readonly Claim[] = [
  { where, says: "PAL ends where model-free learners do", judge: asymptote("pal") },
  { where, says: "MAL ends where model-free learners do", judge: asymptote("mal") },
  { where, says: "PAL improves almost without setbacks on gym tasks, too", judge: steady("pal") },
  { where, says: "MAL improves almost without setbacks on gym tasks, too", judge: steady("mal") },
  {
    where,
    says: "hundreds of steps in the model do not carry errors away: what it promises, the world keeps to a tenth",
    judge: promises,
  },
];

/** "About a tenth": this share of the other's samples at most. */
const TENTH = 0.2;

/** PAL's samples to the level of a task, as a share of SAC's. A SAC that never came there needs more than it was played. */
const share: Claim["judge"] = ({ suites: { fig3 } }) => {
  if (fig3 === undefined) return notMeasured("the suite fig3 was not run");
  return both(
    TASKS.map((task) => {
      const [pal, sac] = ["pal", "sac"].map((way) => finishedLines(fig3, { way, task }, "return"));
      const few = tooFew(pal) ?? tooFew(sac);
      if (few !== undefined) return [task, notMeasured(few)];
      const [own, other] = [pal, sac].map((lines) => medianReach(reachesOf(lines, ASYMPTOTE[task])));
      const measured = `median samples to ${ASYMPTOTE[task]}: PAL ${reachMedianText(own)}, SAC ${reachMedianText(other)}`;
      if (Number.isNaN(own.median)) return [task, { measured, verdict: "does not hold" }];
      if (!Number.isNaN(other.median))
        return [task, { measured, verdict: own.median <= TENTH * other.median ? "holds" : "does not hold" }];
      const played = Math.min(...sac.map(({ x }) => x[x.length - 1]));
      return [task, { measured, verdict: own.median <= TENTH * played ? "holds" : "undecided" }];
    }),
  );
};

/** Comparisons with other methods; of those that are not part of this package no curves are published as numbers. */
export const BASELINE_CLAIMS: readonly Claim[] = [
  { where, says: "PAL needs about a tenth of the samples of model-free SAC: at most a fifth", judge: share },
  ...[
    ["PAL needs about half the samples of MBPO on pendulum and hopper", "MBPO"],
    ["PAL and MAL need about a tenth of the samples of PETS, STEVE and SLBO on gym tasks", "PETS, STEVE and SLBO"],
  ].map(([says, who]) => ({
    where,
    says,
    judge: () =>
      notMeasured(`no runs of ${who} are part of the suite, and no curves of theirs are published as numbers`),
  })),
];
