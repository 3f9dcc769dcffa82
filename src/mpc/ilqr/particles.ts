import type { DynamicsNet } from "../../mdp/parametric.js";
import { particlesOf } from "../rehearsal.js";

/** Who follows a plan: particles of the members, one after the other. A particle stays in its member (TS-∞). */
export interface Particles {
  /** Rows of each member. */
  readonly rowsOf: readonly number[];
  /** What each row counts, together 1. */
  readonly weights: readonly number[];
  /** The member of each row, and its number there. */
  readonly places: readonly { readonly member: number; readonly row: number }[];
}

/** So many particles shared out among members; those of a member without noise are all the same, and one row stands for them. */
export function particlesIn(members: readonly DynamicsNet[], count: number): Particles {
  const shares = particlesOf(count, members.length);
  const rowsOf = shares.map((share, i) => (members[i].noiseSize === 0 ? Math.min(share, 1) : share));
  return {
    rowsOf,
    weights: rowsOf.flatMap((rows, i) => Array.from({ length: rows }, () => shares[i] / count / rows)),
    places: rowsOf.flatMap((rows, member) => Array.from({ length: rows }, (_, row) => ({ member, row }))),
  };
}
