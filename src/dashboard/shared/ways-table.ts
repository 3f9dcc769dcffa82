import type { Algorithm } from "../../agents/defaults.js";
import { MODEL_NAMES, modelKind, POLICY_NAMES, policyKind, WAYS, type Way } from "../../agents/ways.js";

/**
 * What a page says of the ways of playing and their players. It needs neither the methods nor the schemas of their settings:
 * vite.config.ts puts the values in the place of this module.
 */
export const WAYS_TABLE: WaysTable = {
  ways: Object.fromEntries(
    Object.entries(WAYS).map(([name, { leader, sides }]) => [name, { leader, sides }]),
  ) as WaysTable["ways"],
  policies: Object.fromEntries(POLICY_NAMES.map((name) => [name, policyKind(name).title])),
  models: Object.fromEntries(MODEL_NAMES.map((name) => [name, modelKind(name).title])),
  alone: MODEL_NAMES.filter((name) => modelKind(name).modelFree),
};

interface WaysTable {
  readonly ways: Readonly<Record<Algorithm, Pick<Way, "leader" | "sides">>>;
  /** What each player is, by the name that settings seat it by. */
  readonly policies: Readonly<Record<string, string>>;
  readonly models: Readonly<Record<string, string>>;
  /** Model players that predict nothing. */
  readonly alone: readonly string[];
}
