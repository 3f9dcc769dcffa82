import type { Node } from "../../src/compute/node.js";
import { input } from "../../src/compute/operators.js";
import type { Rng } from "../../src/random/rng.js";
import { evaluate, type Value, value, volume } from "./interpreter.js";

export type Point = ReadonlyMap<Node, Value>;

/** Step of central differences: about ε^⅓, where truncation (h²) and rounding (ε/h) are both near 4e-11. */
export const STEP = 6e-6;

export const dot = (a: readonly Value[], b: readonly Value[]): number =>
  a.reduce((total, x, i) => total + x.data.reduce((sum, entry, j) => sum + entry * b[i].data[j], 0), 0);

/** Inputs in the shapes of `nodes`, with standard normal values: cotangents or tangents. */
export function randomLike(
  name: string,
  nodes: readonly Node[],
  at: Point,
  rng: Rng,
): { readonly nodes: readonly Node[]; readonly values: readonly Value[] } {
  const values = evaluate(nodes, at).map(({ shape }) =>
    value(
      shape,
      Float64Array.from({ length: volume(shape) }, () => rng.normal()),
    ),
  );
  return { nodes: nodes.map(({ shape }, i) => input(`${name}${i}`, shape)), values };
}

/** `at` with these nodes set to these values. */
export function withValues(at: Point, nodes: readonly Node[], values: readonly Value[]): Point {
  return new Map([...at, ...nodes.map((node, i) => [node, values[i]] as const)]);
}

function moved(at: Point, xs: readonly Node[], directions: readonly Value[], step: number): Point {
  const move = (x: Node, i: number) => {
    const { shape, data } = at.get(x)!;
    return value(
      shape,
      data.map((entry, j) => entry + step * directions[i].data[j]),
    );
  };
  return withValues(at, xs, xs.map(move));
}

/** (y(x + h·v) − y(x − h·v)) / 2h for each y, in float64. */
export function directionalDifference(
  ys: readonly Node[],
  xs: readonly Node[],
  v: readonly Value[],
  at: Point,
): readonly Value[] {
  const ahead = evaluate(ys, moved(at, xs, v, STEP));
  const behind = evaluate(ys, moved(at, xs, v, -STEP));
  return ahead.map(({ shape, data }, i) =>
    value(
      shape,
      data.map((entry, j) => (entry - behind[i].data[j]) / (2 * STEP)),
    ),
  );
}

/** ∂⟨u, y⟩/∂x for each x, entry by entry, by central differences. */
export function differenceGradient(
  ys: readonly Node[],
  xs: readonly Node[],
  u: readonly Value[],
  at: Point,
): readonly Value[] {
  return xs.map((x) => {
    const { shape, data } = at.get(x)!;
    const entries = data.map((_, j) => {
      const unit = value(
        shape,
        data.map((_, l) => (l === j ? 1 : 0)),
      );
      return dot(u, directionalDifference(ys, [x], [unit], at));
    });
    return value(shape, entries);
  });
}

/** Largest |a − b| / max(1, |a|, |b|) over all entries; infinite where shapes differ or a number is not one. */
export function relativeError(a: readonly Value[], b: readonly Value[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  a.forEach(({ shape, data }, i) => {
    const other = b[i];
    if (shape.join() !== other.shape.join()) worst = Number.POSITIVE_INFINITY;
    data.forEach((x, j) => {
      const y = other.data[j];
      if (Object.is(x, y) || x === y) return;
      const error = Math.abs(x - y) / Math.max(1, Math.abs(x), Math.abs(y));
      worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
    });
  });
  return worst;
}
