import { ShapeError } from "../errors/errors.js";

/**
 * P(X > Y) + ½ P(X = Y) for X drawn from a and Y from b: Mann and Whitney's U over the number of pairs.
 *
 * @throws {ShapeError} of nothing
 */
export function winShare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const pairs = a.length * b.length;
  if (pairs === 0) throw new ShapeError("winShare", "one side has no values", "Give both at least one");
  let wins = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++) wins += a[i] > b[j] ? 1 : a[i] === b[j] ? 0.5 : 0;
  return wins / pairs;
}
