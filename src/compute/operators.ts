import { ComputeError, ShapeError } from "../errors/errors.js";
import {
  type Attributes,
  type Dimension,
  type DType,
  type Node,
  type Operator,
  type Shape,
  sameShape,
  showShape,
} from "./node.js";

/** A node, or a number that stands for a scalar constant. */
export type Operand = Node | number;

const node = (
  op: Operator,
  inputs: readonly Node[],
  shape: Shape,
  attributes: Attributes = {},
  dtype: DType = "float32",
): Node => ({
  op,
  inputs,
  attributes,
  shape,
  dtype,
});

const asNode = (x: Operand): Node => (typeof x === "number" ? constant(x) : x);

/** Arithmetic is for float32; int32 values count rounds and pick rows. */
function checkFloat(op: Operator, ...operands: readonly Node[]): void {
  const wrong = operands.find((x) => x.dtype !== "float32");
  if (wrong !== undefined)
    throw new ShapeError(op, `needs float32, got ${wrong.dtype} ${showShape(wrong.shape)}`, "Use toFloat");
}

/** The value of a scalar constant, else undefined. */
function scalarValue(x: Node): number | undefined {
  return x.op === "constant" && x.shape.length === 0 ? x.attributes.values![0] : undefined;
}

/** A value fed at each run. Names must be unique in a graph. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Node {
  return node("input", [], shape, { name }, dtype);
}

/** Fixed numbers, row-major. */
export function constant(
  values: number | readonly number[],
  shape: readonly number[] = [],
  dtype: DType = "float32",
): Node {
  const list = typeof values === "number" ? [values] : values;
  const size = shape.reduce((product, length) => product * length, 1);
  if (list.length !== size) {
    throw new ShapeError(
      "constant",
      `${showShape(shape)} holds ${size} numbers, got ${list.length}`,
      "Give as many values as the shape holds",
    );
  }
  return node("constant", [], shape, { values: list }, dtype);
}

/** The shape of two operands after broadcasting as in NumPy. */
export function broadcastShape(a: Shape, b: Shape, where: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i): Dimension => {
    const da = a[a.length - rank + i] ?? 1;
    const db = b[b.length - rank + i] ?? 1;
    if (da === db || db === 1) return da;
    if (da === 1) return db;
    throw new ShapeError(
      where,
      `shapes ${showShape(a)} and ${showShape(b)} do not broadcast`,
      "Make each axis equal, or 1 in one of them",
    );
  });
}

/** Drops an expansion that broadcasting with the other operand does anyway. */
function unexpanded(x: Node, other: Node): Node {
  return x.op === "expandLike" && sameShape(x.shape, other.shape) ? x.inputs[0] : x;
}

function binary(op: Operator, left: Operand, right: Operand): Node {
  const [a, b] = [asNode(left), asNode(right)];
  checkFloat(op, a, b);
  const shape = broadcastShape(a.shape, b.shape, op);
  const lighter = unexpanded(a, b);
  return node(op, [lighter, lighter === a ? unexpanded(b, a) : b], shape);
}

export function add(left: Operand, right: Operand): Node {
  const [a, b] = [asNode(left), asNode(right)];
  const [va, vb] = [scalarValue(a), scalarValue(b)];
  if (va !== undefined && vb !== undefined) return constant(va + vb);
  if (va === 0) return b;
  if (vb === 0) return a;
  return binary("add", a, b);
}

export function sub(left: Operand, right: Operand): Node {
  const [a, b] = [asNode(left), asNode(right)];
  const [va, vb] = [scalarValue(a), scalarValue(b)];
  if (va !== undefined && vb !== undefined) return constant(va - vb);
  if (vb === 0) return a;
  if (va === 0) return neg(b);
  return binary("sub", a, b);
}

export function mul(left: Operand, right: Operand): Node {
  const [a, b] = [asNode(left), asNode(right)];
  const [va, vb] = [scalarValue(a), scalarValue(b)];
  if (va !== undefined && vb !== undefined) return constant(va * vb);
  if (va === 1) return b;
  if (vb === 1) return a;
  if (va === -1) return neg(b);
  if (vb === -1) return neg(a);
  return binary("mul", a, b);
}

export function div(left: Operand, right: Operand): Node {
  const [a, b] = [asNode(left), asNode(right)];
  const vb = scalarValue(b);
  if (vb === 1) return a;
  return binary("div", a, b);
}

/** Element-wise larger one; where both are equal the derivative goes to b. */
export const maximum = (a: Operand, b: Operand): Node => binary("maximum", a, b);
/** Element-wise smaller one; where both are equal the derivative goes to b. */
export const minimum = (a: Operand, b: Operand): Node => binary("minimum", a, b);
/** x within [low, high]. */
export const clip = (x: Node, low: Operand, high: Operand): Node => minimum(maximum(x, low), high);

const unary =
  (op: Operator) =>
  (x: Node): Node => {
    checkFloat(op, x);
    return node(op, [x], x.shape);
  };
export const exp = unary("exp");
export const log = unary("log");
export const sqrt = unary("sqrt");
export const tanh = unary("tanh");
/** 1/(1 + e⁻ˣ). */
export const sigmoid = unary("sigmoid");
export const sin = unary("sin");
export const cos = unary("cos");
/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary("relu");
/** x, but no derivative flows through. */
export const detach = unary("detach");

export function neg(x: Node): Node {
  const value = scalarValue(x);
  if (value !== undefined) return constant(-value);
  checkFloat("neg", x);
  return x.op === "neg" ? x.inputs[0] : node("neg", [x], x.shape);
}

export const square = (x: Node): Node => mul(x, x);
/** x · sigmoid(x), also called swish (Elfwing et al. 2018). Its derivative is one factor, made once however often it is used. */
export const silu = (x: Node): Node => {
  const gate = sigmoid(x);
  return node("silu", [x, gate], x.shape);
};
/** log(1 + eˣ), without overflow. */
export const softplus = (x: Node): Node => add(relu(x), log(add(exp(neg(maximum(x, neg(x)))), 1)));

const normalizing = (op: Operator, keeps: boolean) => (x: Node) => {
  checkFloat(op, x);
  const length = x.shape[x.shape.length - 1];
  if (typeof length !== "number") {
    throw new ShapeError(op, `the last axis of ${showShape(x.shape)} is not fixed`, "Normalise along a fixed axis");
  }
  return node(op, [x], keeps ? x.shape : [...x.shape.slice(0, -1), 1]);
};
/** (x − μ)/√(σ² + 10⁻⁵) along the last axis (Ba et al. 2016), without scale and shift. */
export const layerNorm = normalizing("layerNorm", true);
/** 1/√(σ² + 10⁻⁵) along the last axis, which stays with length 1: computed with `layerNorm` of the same x at no price. */
export const layerNormScale = normalizing("layerNormScale", false);

/** x where condition > 0, else 0. Linear in x; the condition has no derivative. */
export function gate(condition: Node, x: Operand): Node {
  const value = asNode(x);
  checkFloat("gate", condition, value);
  return node("gate", [condition, value], broadcastShape(condition.shape, value.shape, "gate"));
}

/**
 * Matrix product of a [n, k] and b [k, m], each transposed first where asked; with a leading axis in both, one product
 * for each of its entries.
 */
export function matmul(
  a: Node,
  b: Node,
  options: { readonly transposeA?: boolean; readonly transposeB?: boolean } = {},
): Node {
  const rank = a.shape.length;
  const leading = a.shape.slice(0, -2);
  if ((rank !== 2 && rank !== 3) || b.shape.length !== rank || !sameShape(leading, b.shape.slice(0, -2))) {
    throw new ShapeError(
      "matmul",
      `needs two matrices, or two stacks of as many, got ${showShape(a.shape)} and ${showShape(b.shape)}`,
      "Reshape them to rank 2, or to rank 3 with the same first axis",
    );
  }
  checkFloat("matmul", a, b);
  const { transposeA = false, transposeB = false } = options;
  const sides = (x: Node, swapped: boolean) => {
    const [first, second] = x.shape.slice(-2) as [Dimension, Dimension];
    return swapped ? ([second, first] as const) : ([first, second] as const);
  };
  const [n, k] = sides(a, transposeA);
  const [l, m] = sides(b, transposeB);
  if (k !== l) {
    throw new ShapeError(
      "matmul",
      `inner axes differ: ${showShape(a.shape)} and ${showShape(b.shape)} (${k} and ${l})`,
      "Make them equal, or transpose one",
    );
  }
  return node("matmul", [a, b], [...leading, n, m], { transposeA, transposeB });
}

/** Sum over axes (all without `axes`). */
export function sum(x: Node, axes: readonly number[] = x.shape.map((_, i) => i), keepDimensions = false): Node {
  for (const axis of axes) {
    if (!(axis >= 0 && axis < x.shape.length)) {
      throw new ShapeError("sum", `axis ${axis} is outside shape ${showShape(x.shape)}`, "Count axes from 0");
    }
  }
  checkFloat("sum", x);
  if (axes.length === 0) return x;
  const shape = keepDimensions
    ? x.shape.map((d, i) => (axes.includes(i) ? 1 : d))
    : x.shape.filter((_, i) => !axes.includes(i));
  return node("sum", [x], shape, { axes: [...axes].sort((p, q) => p - q), keepDimensions });
}

/** The length of an axis as a float scalar. */
export function size(x: Node, axis: number): Node {
  const length = x.shape[axis];
  return typeof length === "number" ? constant(length) : node("size", [x], [], { axis });
}

/** Mean over axes (all without `axes`). */
export function mean(x: Node, axes: readonly number[] = x.shape.map((_, i) => i), keepDimensions = false): Node {
  const count = axes.map((axis) => size(x, axis)).reduce(mul, constant(1));
  return div(sum(x, axes, keepDimensions), count);
}

/** x repeated to the shape of `like`, as broadcasting would. */
export function expandLike(x: Node, like: Node): Node {
  if (sameShape(x.shape, like.shape)) return x;
  if (!sameShape(broadcastShape(x.shape, like.shape, "expandLike"), like.shape)) {
    throw new ShapeError(
      "expandLike",
      `${showShape(x.shape)} is larger than ${showShape(like.shape)}`,
      "Expand the smaller one",
    );
  }
  return node("expandLike", [x, like], like.shape, {}, x.dtype);
}

/** The derivative's way back from broadcasting: sums x over the axes that `target` was repeated along. */
export function sumTo(x: Node, target: Shape): Node {
  if (sameShape(x.shape, target)) return x;
  const extra = x.shape.length - target.length;
  const leading = sum(
    x,
    Array.from({ length: extra }, (_, i) => i),
  );
  const repeated = target.flatMap((d, i) => (d === 1 && leading.shape[i] !== 1 ? [i] : []));
  return sum(leading, repeated, true);
}

/** The same numbers in another shape; at most one axis is dynamic. */
export function reshape(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  if (shape.filter((d) => typeof d === "string").length > 1) {
    throw new ShapeError("reshape", `${showShape(shape)} has more than one dynamic axis`, "Keep one at most");
  }
  if ([...x.shape, ...shape].every((d) => typeof d === "number")) {
    const count = (s: Shape) => (s as readonly number[]).reduce((product, length) => product * length, 1);
    if (count(x.shape) !== count(shape)) {
      throw new ShapeError(
        "reshape",
        `${showShape(x.shape)} does not fit into ${showShape(shape)}`,
        "Keep the number of elements",
      );
    }
  }
  return node("reshape", [x], shape, {}, x.dtype);
}

/** Rows and columns swapped. */
export function transpose(x: Node): Node {
  if (x.shape.length !== 2)
    throw new ShapeError("transpose", `needs a matrix, got ${showShape(x.shape)}`, "Reshape it to rank 2");
  return x.op === "transpose" ? x.inputs[0] : node("transpose", [x], [x.shape[1], x.shape[0]], {}, x.dtype);
}

/** Tensors side by side along an axis of fixed length. */
export function concat(parts: readonly Node[], axis: number): Node {
  const first = parts[0];
  if (first === undefined) throw new ShapeError("concat", "nothing to join", "Give at least one tensor");
  let length = 0;
  for (const part of parts) {
    const own = part.shape[axis];
    const fits =
      part.shape.length === first.shape.length && part.shape.every((d, i) => i === axis || d === first.shape[i]);
    if (!fits || typeof own !== "number") {
      throw new ShapeError(
        "concat",
        `${showShape(part.shape)} cannot join ${showShape(first.shape)} along axis ${axis}`,
        "All other axes must agree and this one be fixed",
      );
    }
    length += own;
  }
  return parts.length === 1
    ? first
    : node(
        "concat",
        parts,
        first.shape.map((d, i) => (i === axis ? length : d)),
        { axis },
        first.dtype,
      );
}

/** Entries start … end − 1 of an axis of fixed length. */
export function slice(x: Node, axis: number, start: number, end: number): Node {
  const length = x.shape[axis];
  if (typeof length !== "number" || !(start >= 0 && start < end && end <= length)) {
    throw new ShapeError(
      "slice",
      `${start}…${end} is not a part of axis ${axis} of ${showShape(x.shape)}`,
      "Choose 0 ≤ start < end ≤ length",
    );
  }
  if (start === 0 && end === length) return x;
  const parts = x.op === "concat" && x.attributes.axis === axis ? wholeParts(x.inputs, axis, start, end) : undefined;
  if (parts !== undefined) return concat(parts, axis);
  return node(
    "slice",
    [x],
    x.shape.map((d, i) => (i === axis ? end - start : d)),
    { axis, start, end },
    x.dtype,
  );
}

/** Those of the parts side by side that a slice is made of; undefined where it cuts through one. */
function wholeParts(parts: readonly Node[], axis: number, start: number, end: number): readonly Node[] | undefined {
  const ends: number[] = [];
  for (const { shape } of parts) ends.push((ends.at(-1) ?? 0) + (shape[axis] as number));
  const first = start === 0 ? 0 : ends.indexOf(start) + 1;
  const last = ends.indexOf(end);
  return last === -1 || (first === 0 && start !== 0) ? undefined : parts.slice(first, last + 1);
}

/** Zeros before and after an axis of fixed length: the transpose of `slice`. */
export function pad(x: Node, axis: number, before: number, after: number): Node {
  const length = x.shape[axis];
  if (typeof length !== "number")
    throw new ShapeError("pad", `axis ${axis} of ${showShape(x.shape)} is dynamic`, "Pad fixed axes only");
  if (before === 0 && after === 0) return x;
  return node(
    "pad",
    [x],
    x.shape.map((d, i) => (i === axis ? before + length + after : d)),
    { axis, before, after },
    x.dtype,
  );
}

/** Rows x[indices[i]]; indices are int32, [count]. Data only: has no derivative. */
export function gatherRows(x: Node, indices: Node): Node {
  if (indices.dtype !== "int32" || indices.shape.length !== 1) {
    throw new ShapeError(
      "gatherRows",
      `indices must be an int32 vector, got ${indices.dtype} ${showShape(indices.shape)}`,
      'Use input(name, [n], "int32")',
    );
  }
  return node("gatherRows", [x, indices], [indices.shape[0], ...x.shape.slice(1)], {}, x.dtype);
}

/** Rows start … start + count − 1 (fewer at the end) where `start` = round × count; the row axis gets the name `chunk`. */
export function rows(x: Node, round: Node, count: number, chunk: string): Node {
  if (round.dtype !== "int32" || round.shape.length !== 0) {
    throw new ShapeError(
      "rows",
      `the round must be an int32 scalar, got ${round.dtype} ${showShape(round.shape)}`,
      "Pass the loop's index",
    );
  }
  return node("rows", [x, round], [chunk, ...x.shape.slice(1)], { count }, x.dtype);
}

/** An int32 value as float32. */
export function toFloat(x: Node): Node {
  return node("toFloat", [x], x.shape);
}

/** What one round of a loop gives. */
export interface Round {
  readonly next: readonly Node[];
  readonly stacked?: readonly Node[];
}

/**
 * `count` rounds of `body`, run as one ONNX Loop: carried values go from round to round, stacked ones are
 * collected along a new first axis. Whatever in the body does not depend on the round is computed once, outside.
 * Has no derivative: differentiate inside the body.
 */
export function loop(
  count: Node,
  initial: readonly Node[],
  body: (index: Node, ...carried: readonly Node[]) => Round,
): { readonly carried: readonly Node[]; readonly stacked: readonly Node[] } {
  if (count.dtype !== "int32" || count.shape.length !== 0) {
    throw new ShapeError(
      "loop",
      `the number of rounds must be an int32 scalar, got ${count.dtype} ${showShape(count.shape)}`,
      'Use input(name, [], "int32")',
    );
  }
  const index = input("loop.index", [], "int32");
  const placeholders = initial.map((x, i) => input(`loop.carried${i}`, x.shape, x.dtype));
  const { next, stacked = [] } = body(index, ...placeholders);
  if (next.length !== initial.length) {
    throw new ComputeError(
      "loop",
      `${initial.length} values go in but ${next.length} come out of a round`,
      "Return one next value for each carried one",
    );
  }
  next.forEach((x, i) => {
    if (!sameShape(x.shape, initial[i].shape) || x.dtype !== initial[i].dtype) {
      throw new ShapeError(
        "loop",
        `carried value ${i} changes from ${showShape(initial[i].shape)} to ${showShape(x.shape)}`,
        "Keep its shape",
      );
    }
  });
  const whole = node("loop", [count, ...initial], [], { body: { index, carried: placeholders, next, stacked } });
  const pick = (i: number, shape: Shape, dtype: DType) => node("output", [whole], shape, { axis: i }, dtype);
  return {
    carried: next.map((x, i) => pick(i, x.shape, x.dtype)),
    stacked: stacked.map((x, i) => pick(next.length + i, ["rounds", ...x.shape], x.dtype)),
  };
}
