import { ComputeError, ShapeError } from "../errors/errors.js";
import type { Node } from "./node.js";
import { sameShape, showShape } from "./node.js";
import {
  add,
  concat,
  constant,
  cos,
  div,
  expandLike,
  gate,
  layerNorm,
  layerNormScale,
  matmul,
  mean,
  mul,
  neg,
  pad,
  reshape,
  sin,
  slice,
  square,
  sub,
  sumTo,
  transpose,
} from "./operators.js";
import { differentiable, topological } from "./traversal.js";

/** What an operator passes back: from its output's cotangent g to one cotangent per input (undefined: none). */
type Pullback = (y: Node, g: Node, wanted: (i: number) => boolean) => readonly (Node | undefined)[];

const elementwise =
  (...partials: readonly ((y: Node, g: Node) => Node)[]): Pullback =>
  (y, g, wanted) =>
    partials.map((partial, i) => (wanted(i) ? sumTo(partial(y, g), y.inputs[i].shape) : undefined));

/** d silu / dx = s + y (1 − s), of y = x s, s = sigmoid(x). */
export function siluSlope(y: Node): Node {
  const gate = y.inputs[1];
  return add(gate, mul(y, sub(1, gate)));
}

/** d tanh / dx = 1 − y² of y = tanh x: one factor, made once however often it is used. */
export const tanhSlope = (y: Node): Node => sub(1, square(y));

/** Derivatives are written in terms of outputs where that saves a pass (tanh′ = 1 − y²). */
const pullbacks: Partial<Record<Node["op"], Pullback>> = {
  add: elementwise(
    (_, g) => g,
    (_, g) => g,
  ),
  sub: elementwise(
    (_, g) => g,
    (_, g) => neg(g),
  ),
  mul: elementwise(
    (y, g) => mul(g, y.inputs[1]),
    (y, g) => mul(g, y.inputs[0]),
  ),
  div: elementwise(
    (y, g) => div(g, y.inputs[1]),
    (y, g) => neg(div(mul(g, y), y.inputs[1])),
  ),
  maximum: elementwise(
    (y, g) => gate(sub(y.inputs[0], y.inputs[1]), g),
    (y, g) => sub(g, gate(sub(y.inputs[0], y.inputs[1]), g)),
  ),
  minimum: elementwise(
    (y, g) => gate(sub(y.inputs[1], y.inputs[0]), g),
    (y, g) => sub(g, gate(sub(y.inputs[1], y.inputs[0]), g)),
  ),
  neg: elementwise((_, g) => neg(g)),
  exp: elementwise((y, g) => mul(g, y)),
  log: elementwise((y, g) => div(g, y.inputs[0])),
  sqrt: elementwise((y, g) => div(mul(g, 0.5), y)),
  tanh: elementwise((y, g) => mul(g, tanhSlope(y))),
  sigmoid: elementwise((y, g) => mul(mul(g, y), sub(1, y))),
  silu: (y, g) => [mul(g, siluSlope(y)), undefined],
  sin: elementwise((y, g) => mul(g, cos(y.inputs[0]))),
  cos: elementwise((y, g) => neg(mul(g, sin(y.inputs[0])))),
  relu: elementwise((y, g) => gate(y, g)),
  gate: (y, g, wanted) => [undefined, wanted(1) ? sumTo(gate(y.inputs[0], g), y.inputs[1].shape) : undefined],
  matmul: (y, g, wanted) => {
    const [a, b] = y.inputs as [Node, Node];
    const { transposeA: ta = false, transposeB: tb = false } = y.attributes;
    const forA = () => (ta ? matmul(b, g, { transposeA: tb, transposeB: true }) : matmul(g, b, { transposeB: !tb }));
    const forB = () => (tb ? matmul(g, a, { transposeA: true, transposeB: ta }) : matmul(a, g, { transposeA: !ta }));
    return [wanted(0) ? forA() : undefined, wanted(1) ? forB() : undefined];
  },
  layerNorm: (y, g) => {
    const along = [y.shape.length - 1];
    const centred = sub(sub(g, mean(g, along, true)), mul(y, mean(mul(g, y), along, true)));
    return [mul(centred, layerNormScale(y.inputs[0]))];
  },
  layerNormScale: (y, g) => {
    const x = y.inputs[0];
    return [mul(layerNorm(x), mul(mul(g, square(y)), -1 / (x.shape[x.shape.length - 1] as number)))];
  },
  sum: (y, g) => {
    const x = y.inputs[0];
    const kept = x.shape.map((d, i) => (y.attributes.axes!.includes(i) ? 1 : d));
    return [expandLike(reshape(g, kept), x)];
  },
  expandLike: (y, g) => [sumTo(g, y.inputs[0].shape), undefined],
  reshape: (y, g) => [reshape(g, y.inputs[0].shape)],
  transpose: (_, g) => [transpose(g)],
  concat: (y, g, wanted) => {
    const axis = y.attributes.axis!;
    let start = 0;
    return y.inputs.map((part, i) => {
      const end = start + (part.shape[axis] as number);
      const own = wanted(i) ? slice(g, axis, start, end) : undefined;
      start = end;
      return own;
    });
  },
  slice: (y, g) => {
    const { axis = 0, start = 0, end = 0 } = y.attributes;
    return [pad(g, axis, start, (y.inputs[0].shape[axis] as number) - end)];
  },
  pad: (y, g) => {
    const { axis = 0, before = 0 } = y.attributes;
    return [slice(g, axis, before, before + (y.inputs[0].shape[axis] as number))];
  },
};

/** The sum of two cotangents of slices where the second begins right after the first: side by side, with no zeros to add. */
function joined(a: Node, b: Node): Node | undefined {
  if (a.op !== "pad" || b.op !== "pad" || a.attributes.axis !== b.attributes.axis) return undefined;
  const { axis = 0, before = 0, after = 0 } = a.attributes;
  const [first, second] = [a.inputs[0], b.inputs[0]];
  const next = before + (first.shape[axis] as number);
  if (b.attributes.before !== next) return undefined;
  const parts = [first, second].flatMap((part) =>
    part.op === "concat" && part.attributes.axis === axis ? part.inputs : [part],
  );
  return pad(concat(parts, axis), axis, before, after - (second.shape[axis] as number));
}

/**
 * Vector–Jacobian products, as new nodes (reverse mode): for each x of `wrt`, Σᵢ (∂yᵢ/∂x)ᵀ · cotangentᵢ, in x's shape.
 *
 * @param cotangents one per y, of its shape; without them each y must be a scalar, and its gradient is taken
 * @throws {ComputeError} where the way from x to y leads through an operator without a derivative (loop, gatherRows, rows)
 */
export function gradients(ys: readonly Node[], wrt: readonly Node[], cotangents?: readonly Node[]): readonly Node[] {
  const cotangent = new Map<Node, Node>();
  const accumulate = (x: Node, g: Node) => {
    const before = cotangent.get(x);
    cotangent.set(x, before === undefined ? g : (joined(before, g) ?? joined(g, before) ?? add(before, g)));
  };
  ys.forEach((y, i) => {
    const seed = cotangents === undefined ? constant(1) : cotangents[i];
    if (seed === undefined || !sameShape(seed.shape, y.shape)) {
      throw new ShapeError(
        "gradients",
        `output ${i} has shape ${showShape(y.shape)}, its cotangent ${showShape(seed?.shape ?? [])}`,
        "Give a cotangent of the output's shape, or take gradients of scalars",
      );
    }
    accumulate(y, seed);
  });
  const active = differentiable(ys, wrt);
  for (const y of topological(ys).reverse()) {
    const g = cotangent.get(y);
    if (g === undefined || !active.has(y) || wrt.includes(y)) continue;
    const pullback = pullbacks[y.op];
    if (pullback === undefined) {
      throw new ComputeError(
        "gradients",
        `operator ${y.op === "output" ? "loop" : y.op} has no derivative`,
        "Differentiate inside the loop's body, or detach its input",
      );
    }
    pullback(y, g, (i) => active.has(y.inputs[i])).forEach((part, i) => {
      if (part !== undefined && active.has(y.inputs[i])) accumulate(y.inputs[i], part);
    });
  }
  return wrt.map((x) => expandLike(cotangent.get(x) ?? constant(0), x));
}
