/** An inequality left ≤ right with both its sides. */
export interface Bound {
  readonly left: number;
  readonly right: number;
  /** right − left: negative where the inequality fails. */
  readonly slack: number;
}

export const bound = (left: number, right: number): Bound => ({ left, right, slack: right - left });

/** x y with 0 · ∞ = 0: an error that nothing is multiplied by costs nothing. */
export const weighted = (x: number, y: number): number => (x === 0 ? 0 : x * y);
