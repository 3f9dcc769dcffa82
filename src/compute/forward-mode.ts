import { ComputeError, ShapeError } from "../errors/errors.js";
import { type Node, sameShape, showShape } from "./node.js";
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
  sum,
  transpose,
} from "./operators.js";
import { siluSlope, tanhSlope } from "./reverse-mode.js";
import { differentiable, topological } from "./traversal.js";

/** What an operator does to tangents: from its inputs' (undefined: zero) to its output's. */
type Pushforward = (y: Node, t: readonly (Node | undefined)[]) => Node | undefined;

const plus = (a: Node | undefined, b: Node | undefined): Node | undefined => (a && b ? add(a, b) : (a ?? b));
const linear =
  (apply: (t: Node, y: Node) => Node): Pushforward =>
  (y, [t]) =>
    t && apply(t, y);
const selected =
  (first: (y: Node) => Node): Pushforward =>
  (y, [ta, tb]) => {
    const rest = tb && sub(tb, gate(first(y), tb));
    return plus(ta && gate(first(y), ta), rest);
  };

const pushforwards: Partial<Record<Node["op"], Pushforward>> = {
  add: (_, [ta, tb]) => plus(ta, tb),
  sub: (_, [ta, tb]) => plus(ta, tb && neg(tb)),
  mul: (y, [ta, tb]) => plus(ta && mul(ta, y.inputs[1]), tb && mul(tb, y.inputs[0])),
  div: (y, [ta, tb]) => plus(ta && div(ta, y.inputs[1]), tb && neg(div(mul(tb, y), y.inputs[1]))),
  maximum: selected((y) => sub(y.inputs[0], y.inputs[1])),
  minimum: selected((y) => sub(y.inputs[1], y.inputs[0])),
  neg: linear(neg),
  exp: linear((t, y) => mul(t, y)),
  log: linear((t, y) => div(t, y.inputs[0])),
  sqrt: linear((t, y) => div(mul(t, 0.5), y)),
  tanh: linear((t, y) => mul(t, tanhSlope(y))),
  sigmoid: linear((t, y) => mul(mul(t, y), sub(1, y))),
  silu: (y, [t]) => t && mul(t, siluSlope(y)),
  sin: linear((t, y) => mul(t, cos(y.inputs[0]))),
  cos: linear((t, y) => neg(mul(t, sin(y.inputs[0])))),
  relu: linear((t, y) => gate(y, t)),
  gate: (y, [, t]) => t && gate(y.inputs[0], t),
  matmul: (y, [ta, tb]) =>
    plus(ta && matmul(ta, y.inputs[1], y.attributes), tb && matmul(y.inputs[0], tb, y.attributes)),
  layerNorm: linear((t, y) => {
    const along = [y.shape.length - 1];
    const centred = sub(sub(t, mean(t, along, true)), mul(y, mean(mul(t, y), along, true)));
    return mul(centred, layerNormScale(y.inputs[0]));
  }),
  layerNormScale: linear((t, y) => {
    const x = y.inputs[0];
    return neg(mul(mean(mul(t, layerNorm(x)), [x.shape.length - 1], true), square(y)));
  }),
  sum: linear((t, y) => sum(t, y.attributes.axes, y.attributes.keepDimensions)),
  expandLike: (y, [t]) => t && expandLike(t, y.inputs[1]),
  reshape: linear((t, y) => reshape(t, y.shape)),
  transpose: linear(transpose),
  concat: (y, ts) =>
    concat(
      y.inputs.map((part, i) => ts[i] ?? expandLike(constant(0), part)),
      y.attributes.axis!,
    ),
  slice: linear((t, y) => slice(t, y.attributes.axis!, y.attributes.start!, y.attributes.end!)),
  pad: linear((t, y) => pad(t, y.attributes.axis!, y.attributes.before!, y.attributes.after!)),
};

/**
 * Jacobian–vector products, as new nodes (forward mode): for each y, Σⱼ (∂y/∂xⱼ) · tangentⱼ, in y's shape.
 *
 * @param tangents one per x, of its shape
 * @throws {ComputeError} where the way from x to y leads through an operator without a derivative
 */
export function jacobianVectorProducts(
  ys: readonly Node[],
  xs: readonly Node[],
  tangents: readonly Node[],
): readonly Node[] {
  const tangent = new Map<Node, Node>();
  xs.forEach((x, i) => {
    const t = tangents[i];
    if (t === undefined || !sameShape(t.shape, x.shape)) {
      throw new ShapeError(
        "jacobianVectorProducts",
        `x ${i} has shape ${showShape(x.shape)}, its tangent ${showShape(t?.shape ?? [])}`,
        "Give one tangent of the same shape per x",
      );
    }
    tangent.set(x, t);
  });
  const active = differentiable(ys, xs);
  for (const y of topological(ys)) {
    if (!active.has(y) || tangent.has(y)) continue;
    const pushforward = pushforwards[y.op];
    if (pushforward === undefined) {
      throw new ComputeError(
        "jacobianVectorProducts",
        `operator ${y.op} has no derivative`,
        "Differentiate inside the loop's body, or detach its input",
      );
    }
    const t = pushforward(
      y,
      y.inputs.map((x) => tangent.get(x)),
    );
    if (t !== undefined) tangent.set(y, expandLike(t, y));
  }
  return ys.map((y) => expandLike(tangent.get(y) ?? constant(0), y));
}
