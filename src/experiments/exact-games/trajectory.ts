import type { Moves, Play, Players } from "../../game/game.js";
import { norm, type Vector } from "../../math/vector.js";
import { seeded } from "../../random/rng.js";

/** Exact moves: one sample stands for a whole distribution. */
export interface ExactMoves<P, M, S> extends Omit<Moves<P, M, readonly S[]>, "collect"> {
  /** μ_W^π. */
  sample(policy: P): S;
}

/** What a game is played with. */
export interface ExactPlay<P, M, S> {
  readonly play: Play;
  readonly start: Players<P, M>;
  readonly moves: ExactMoves<P, M, S>;
  /** Whether the model is fitted to all samples so far instead of the newest. */
  readonly keepsAll?: boolean;
}

/** The players after each of so many iterations, the start first; ends early where `escaped` says so. */
export async function playOut<P, M, S>(
  { play, start, moves, keepsAll = false }: ExactPlay<P, M, S>,
  iterations: number,
  escaped: (players: Players<P, M>) => boolean = () => false,
): Promise<readonly Players<P, M>[]> {
  const config = { initialSamples: 1, samplesPerIteration: 1, policySteps: 1 };
  const collecting: Moves<P, M, readonly S[]> = {
    ...moves,
    collect: async (policy, data) => [...(keepsAll ? data : []), moves.sample(policy)],
  };
  const seen: Players<P, M>[] = [start];
  for await (const { policy, model } of play({ ...start, data: [] }, collecting, config, seeded(0))) {
    seen.push({ policy, model });
    if (seen.length > iterations || escaped({ policy, model })) break;
  }
  return seen;
}

/** How a sequence of points ends. */
export type Verdict =
  | { readonly kind: "converges" }
  | { readonly kind: "cycles"; readonly period: number }
  | { readonly kind: "diverges" }
  | { readonly kind: "unsettled" };

/** Points closer than this share of their size are the same. */
const SAME = 1e-9;
/** A point this far from the origin will not come back. */
export const FAR = 1e6;
/** The longest cycle that is looked for. */
const LONGEST_CYCLE = 12;

const near = (a: Vector, b: Vector): boolean =>
  a.every((x, i) => Math.abs(x - b[i]) <= SAME * Math.max(1, Math.abs(x), Math.abs(b[i])));

/** Reads a sequence's end: a fixed point, a cycle that has repeated itself twice, or neither. */
export function verdict(points: readonly Vector[]): Verdict {
  const end = points.length - 1;
  if (!(norm(points[end]) < FAR)) return { kind: "diverges" };
  for (let period = 1; period <= LONGEST_CYCLE && 3 * period <= end; period++) {
    const repeats = Array.from({ length: 2 * period }, (_, i) => near(points[end - i], points[end - i - period]));
    if (repeats.every((yes) => yes)) return period === 1 ? { kind: "converges" } : { kind: "cycles", period };
  }
  return { kind: "unsettled" };
}
