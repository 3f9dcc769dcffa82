import type { Claim } from "./claims.js";
import { notMeasured } from "./judge.js";

/** Rounding may take the slack of an inequality so far below 0. */
const ROUNDING = 1e-9;

const bound = (claim: string, says: string): Claim => ({
  where: `appendix A, ${claim}`,
  says,
  judge: ({ theory }) => {
    const row = theory?.bounds.find((each) => each.claim === claim);
    if (row === undefined) return notMeasured("table-theory was not run");
    const { mdps, smallestSlack, largestRatio, worstCase } = row;
    return {
      measured: `${mdps} random MDPs: smallest slack ${smallestSlack.toExponential(1)}, largest left/right ${largestRatio.toPrecision(2)}; the worst case that we know, ${worstCase.name}: ${worstCase.ratio.toPrecision(3)}`,
      verdict: smallestSlack >= -ROUNDING && worstCase.ratio <= 1 + ROUNDING ? "holds" : "does not hold",
    };
  },
});

export const THEORY_CLAIMS: readonly Claim[] = [
  {
    where: "section 4",
    says: "with a leader play neither circles nor diverges where simultaneous play may",
    judge: ({ theory }) => {
      if (theory === undefined) return notMeasured("table-theory was not run");
      const runs = theory.games.flatMap((game) => game.runs);
      const unstable = (names: readonly string[]) => {
        const those = runs.filter(({ algorithm }) => names.includes(algorithm));
        const bad = those.filter(({ verdict }) => verdict.kind === "cycles" || verdict.kind === "diverges");
        return [bad.length, those.length] as const;
      };
      const [led, ofLed] = unstable(["PAL", "MAL"]);
      const [free, ofFree] = unstable(["GDA", "GDA, large steps", "BR"]);
      return {
        measured: `in ${theory.games.length} games whose equilibria are known, PAL and MAL circle or diverge in ${led} of ${ofLed} cases, GDA and BR in ${free} of ${ofFree}`,
        verdict: led === 0 && free > 0 ? "holds" : "does not hold",
      };
    },
  },
  bound("Lemma 1", "the return in a model that is right to ε everywhere is off by at most 2γεR/(1 − γ)²"),
  bound("Lemma 2", "errors of a step grow at most linearly along a rollout"),
  bound("Lemma 3", "it is enough that the model is right where the policy goes"),
  bound("Theorem 1", "a pair near equilibrium is near the best policy, but for what transfers badly"),
];
