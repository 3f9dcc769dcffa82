import type { BoundRow } from "../../experiments/bounds.js";
import type { ExactStudy } from "../../experiments/exact-games/study.js";
import type { SuiteRuns } from "../report/suite-runs.js";
import { BASELINE_CLAIMS, FIG3_CLAIMS } from "./claims-gym.js";
import { FIG4_CLAIMS, FIG6_CLAIMS, ROBUST_CLAIMS } from "./claims-models.js";
import { FIG2_CLAIMS } from "./claims-robots.js";
import { THEORY_CLAIMS } from "./claims-theory.js";
import type { Judgement } from "./judge.js";

/** The exact part: no run, no chance but that of random MDPs. */
export interface Theory {
  readonly bounds: readonly BoundRow[];
  readonly games: readonly Pick<ExactStudy, "name" | "runs">[];
}

/** All that claims are judged by. */
export interface Evidence {
  /** What a suite of the paper's has, by name; undefined where it was not begun. */
  readonly suites: Readonly<Record<string, SuiteRuns | undefined>>;
  readonly theory: Theory | undefined;
}

/** A claim of the paper, in our words, and how it is judged. */
export interface Claim {
  readonly where: string;
  readonly says: string;
  judge(evidence: Evidence): Judgement;
}

/** The claims of section 5 and appendices A and B, in the paper's order. */
export const CLAIMS: readonly Claim[] = [
  ...FIG2_CLAIMS,
  ...FIG3_CLAIMS,
  ...BASELINE_CLAIMS,
  ...FIG4_CLAIMS,
  ...ROBUST_CLAIMS,
  ...THEORY_CLAIMS,
  ...FIG6_CLAIMS,
];
