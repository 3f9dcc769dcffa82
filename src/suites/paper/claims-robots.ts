import { medianReach } from "../../experiments/samples-to-threshold.js";
import { PUBLISHED } from "../report/published.js";
import { type RunLine, scoreOf } from "../report/statistics.js";
import { intervalText, reachMedianText, reachText, short } from "../report/suite-report.js";
import type { Claim, Evidence } from "./claims.js";
import {
  aheadOf,
  atLeast,
  both,
  deepestFall,
  earlier,
  finishedLines,
  type Judgement,
  notMeasured,
  reachesOf,
  tooFew,
} from "./judge.js";

const TASKS = ["reacher-7dof", "dclaw-turn", "dkitty-orient", "inhand-pen"];
/** Success that counts as learned. */
const LEARNED = 0.95;
/** A fall of success by more than this is no small one. */
const FALL = 0.2;

/** Judges every robot by the runs of some ways, where there are enough. */
function eachTask(
  { suites: { fig2 } }: Evidence,
  ways: readonly string[],
  judge: (lines: readonly (readonly RunLine[])[]) => Judgement,
): Judgement {
  if (fig2 === undefined) return notMeasured("the suite fig2 was not run");
  return both(
    TASKS.map((task) => {
      const lines = ways.map((way) => finishedLines(fig2, { way, task }, "success"));
      const few = lines.map(tooFew).find((why) => why !== undefined);
      return [task, few === undefined ? judge(lines) : notMeasured(few)];
    }),
  );
}

const atTheEnd =
  (way: string): Claim["judge"] =>
  (evidence) =>
    eachTask(evidence, [way], ([lines]) => {
      const last = scoreOf(lines.map(({ y }) => y[y.length - 1]));
      return { measured: `success ${intervalText(last)}`, verdict: atLeast(last, LEARNED) };
    });

const falls =
  (way: string): Claim["judge"] =>
  (evidence) =>
    eachTask(evidence, [way], ([lines]) => {
      const fall = scoreOf(lines.map(({ y }) => deepestFall(y)));
      const verdict = atLeast({ value: -fall.value, low: -fall.high, high: -fall.low }, -FALL);
      return { measured: `deepest fall of success ${intervalText(fall)}`, verdict };
    });

/** What the first way's runs need to come to 95 %, against the second's. */
const faster =
  (one: string, other: string): Claim["judge"] =>
  (evidence) =>
    eachTask(evidence, [one, other], ([a, b]) => {
      const [of, than] = [reachesOf(a, LEARNED), reachesOf(b, LEARNED)];
      const chance = earlier(of, than);
      const median = (reaches: typeof of) => reachMedianText(medianReach(reaches));
      return {
        measured: `median samples to 95 % ${median(of)} against ${median(than)}; probability to be earlier ${intervalText(chance)}`,
        verdict: aheadOf(chance),
      };
    });

const published: Claim["judge"] = ({ suites: { fig2 } }) => {
  if (fig2 === undefined) return notMeasured("the suite fig2 was not run");
  return both(
    ["dclaw-turn", "dkitty-orient"].map((task) => {
      const [[sac]] = PUBLISHED[`${task}-sac`].points;
      const lines = finishedLines(fig2, { way: "pal", task }, "success");
      const few = tooFew(lines);
      if (few !== undefined) return [task, notMeasured(few)];
      const reaches = reachesOf(lines, LEARNED);
      const { median } = medianReach(reaches);
      const verdict = Number.isNaN(median) ? "does not hold" : median <= sac / 3 ? "holds" : "does not hold";
      const each = reaches.map(reachText).join(", ");
      return [task, { measured: `PAL's seeds ${each}, SAC published ${short(sac)}`, verdict }];
    }),
  );
};

const where = "section 5, figure 2";

export const FIG2_CLAIMS: readonly Claim[] = [
  { where, says: "PAL learns all four robots: success of 95 % or more at the end", judge: atTheEnd("pal") },
  { where, says: "MAL learns all four robots: success of 95 % or more at the end", judge: atTheEnd("mal") },
  { where, says: "PAL improves almost without setbacks: success falls by at most 0.2 on the way", judge: falls("pal") },
  { where, says: "MAL improves almost without setbacks: success falls by at most 0.2 on the way", judge: falls("mal") },
  { where, says: "PAL learns faster than MAL", judge: faster("pal", "mal") },
  { where, says: "GDA comes to success near 100 % in the end", judge: atTheEnd("gda") },
  { where, says: "GDA is slower than PAL", judge: faster("pal", "gda") },
  { where, says: "GDA is slower than MAL", judge: faster("mal", "gda") },
  {
    where,
    says: "GDA's success goes up and down on the way: it falls by more than 0.2",
    judge: (evidence) => {
      const { measured, verdict } = falls("gda")(evidence);
      const opposite = { holds: "does not hold", "does not hold": "holds" } as const;
      return { measured, verdict: verdict === "holds" || verdict === "does not hold" ? opposite[verdict] : verdict };
    },
  },
  {
    where,
    says: "BR makes no lasting progress: PAL's runs come to 95 %, and BR's do not or much later",
    judge: faster("pal", "br"),
  },
  { where, says: "PAL needs at most a third of the samples of model-free SAC on claw and D'Kitty", judge: published },
];
