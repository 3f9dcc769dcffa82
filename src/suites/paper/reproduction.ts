import { type Block, heading, table, text } from "../report/document.js";
import { figureBlocks, figuresOf } from "../report/suite-report.js";
import { elsewhereText, lackingText } from "../report/suite-runs.js";
import { CLAIMS, type Evidence } from "./claims.js";
import type { Judgement, Verdict } from "./judge.js";
import { type Budget, PAPER_SUITES } from "./suites.js";

/** What `reproduce` writes: every claim with what was measured, then every figure. */
export function reproduction(
  evidence: Evidence,
  theory: readonly Block[],
  { budget, versions }: { readonly budget: Budget; readonly versions: Readonly<Record<string, string>> },
): readonly Block[] {
  const judged = CLAIMS.map((claim) => ({ claim, ...settled(claim.judge(evidence), claim.where, budget) }));
  const count = (verdict: Verdict) => judged.filter((each) => each.verdict === verdict).length;
  const verdicts: readonly Verdict[] = ["holds", "does not hold", "undecided", "not measured"];
  return [
    heading(1, "A game theoretic framework for model based reinforcement learning: what was reproduced"),
    text(
      `Budget ${budget}. ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")}.`,
    ),
    ...(budget === "smoke"
      ? [
          text(
            "The smoke budget shows that every suite runs and every figure is drawn. Its networks are too small and its runs too short to learn anything, so nothing that depends on learning is judged by it.",
          ),
        ]
      : []),
    heading(2, "Claims"),
    text(
      `${verdicts.map((verdict) => `${count(verdict)} ${verdict}`).join(", ")}. Intervals are 95 %, by stratified bootstrap over seeds; statistics over seeds are interquartile means.`,
    ),
    table(
      ["where", "the claim, in our words", "measured", "verdict"],
      judged.map(({ claim, measured, verdict }) => [claim.where, claim.says, measured, verdict]),
    ),
    ...Object.keys(PAPER_SUITES).flatMap((name): readonly Block[] => {
      if (name === "table-theory") return theory;
      const all = evidence.suites[name];
      if (all === undefined) return [heading(2, name), text("Not run.")];
      const lacking = lackingText(all, all.suite.games);
      const elsewhere = elsewhereText(all);
      return [
        text(`${name}: ${all.suite.about}${lacking === "" ? "" : ` What is missing: ${lacking}.`}`),
        ...(elsewhere === "" ? [] : [text(`Runs made elsewhere: ${elsewhere}.`)]),
        ...figuresOf(all).flatMap((figure) => figureBlocks(all, figure)),
      ];
    }),
  ];
}

/** What is exact holds whatever the budget. */
const settled = (judgement: Judgement, where: string, budget: Budget): Judgement =>
  budget === "smoke" && !/^(appendix A|section 4$)/.test(where)
    ? { measured: `${judgement.measured} (smoke)`, verdict: "not measured" }
    : judgement;
