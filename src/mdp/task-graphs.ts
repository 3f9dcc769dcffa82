import type { Node } from "../compute/node.js";
import {
  add,
  constant,
  cos,
  detach,
  div,
  expandLike,
  gate,
  maximum,
  mul,
  neg,
  sin,
  slice,
  sqrt,
  square,
  sub,
  sum,
} from "../compute/operators.js";

/*
 * What the graphs of tasks are made of. A node of rows is [...rows, size], and a number for each row is [...rows].
 */

const last = (x: Node): number => x.shape.length - 1;

/** Σⱼ xⱼ of each row, [...rows]. */
export const rowSum = (x: Node): Node => sum(x, [last(x)]);

/** Entries start … end − 1 of each row, [...rows, end − start]. */
export const columns = (x: Node, start: number, end: number): Node => slice(x, last(x), start, end);

/** Entry i of each row, [...rows]. */
export const column = (x: Node, i: number): Node => rowSum(columns(x, i, i + 1));

/** |x|; its derivative at 0 is −1. */
export const absolute = (x: Node): Node => maximum(x, neg(x));

/** Squares of lengths below this count as this: it is nothing beside what float32 rounds off, and its root has a derivative. */
const LEAST_SQUARE = 1e-30;

/** √x, whose derivative at 0 is 0. */
const root = (x: Node): Node => sqrt(maximum(x, LEAST_SQUARE));

/** ‖x‖₂ of each row, [...rows]; its derivative at 0 is 0. */
export const euclidean = (x: Node): Node => root(rowSum(square(x)));

/**
 * |atan2(across, along)|, 0 … π, to 2e-7; π/2 where both are 0.
 *
 * With (c, s) the direction brought to length 1, an angle θ that is nearly right gets sin(true − θ) = s cos θ − c sin θ
 * added, which leaves a sixth of its error's cube. From π/2 (1 − c), which is 0.33 rad off at most, that gives 0.006 and
 * 4e-8. The first derivative is that of the last correction alone, with θ fixed: right to 2e-5 (relative), and cheap.
 */
export function absoluteAngle(along: Node, across: Node): Node {
  const length = root(add(square(along), square(across)));
  const [c, s] = [div(along, length), div(absolute(across), length)];
  const corrected = (angle: Node) => add(angle, sub(mul(s, cos(angle)), mul(c, sin(angle))));
  return corrected(detach(corrected(mul(Math.PI / 2, sub(1, c)))));
}

/** The same number for each row, [...rows]. */
export const perRow = (value: number, rows: Node): Node => expandLike(constant(value), column(rows, 0));

/** `TaskGraphs.alive` of a task that never ends. */
export const alwaysAlive = (next: Node): Node => perRow(1, next);

/** 1 where `room`, [...rows], is above 0 and every number of s′ is finite, else 0. */
export function aliveWithin(room: Node, next: Node): Node {
  const finite = rowSum(mul(next, 0)); // 0, or NaN, which is not above 0
  return gate(add(room, finite), 1);
}
