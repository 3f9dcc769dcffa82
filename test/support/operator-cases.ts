import * as fc from "fast-check";
import type { Dimension, Node, Operator } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { type Value, type Values, value, volume } from "./interpreter.js";

/** One use of an operator: nodes, and values to feed. Away from kinks and poles, so that it can be differentiated numerically. */
export interface Sample {
  readonly inputs: readonly Node[];
  readonly output: Node;
  /** The inputs in which `output` can be differentiated. */
  readonly differentiable: readonly Node[];
  readonly feeds: Values;
}

export interface OperatorCase {
  readonly title: string;
  /** What of the operator table it shows. */
  readonly operators: readonly Operator[];
  readonly samples: fc.Arbitrary<Sample>;
}

/** A shape as declared and as fed: `["batch", 3]` and `[2, 3]`. */
interface Extent {
  readonly declared: readonly Dimension[];
  readonly lengths: readonly number[];
}

/** Float32 numbers, so that an engine gets just what the reference gets. */
const numbers = (smallest: number, largest: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(smallest * 100), max: Math.round(largest * 100) }).map((x) => Math.fround(x / 100));
const anywhere = numbers(-2, 2);
const positive = numbers(0.3, 3);
const awayFromZero = fc.tuple(numbers(0.3, 2), fc.boolean()).map(([x, negative]) => (negative ? -x : x));
/** Two grids without a common point: values from one are never near those from the other. */
const even = fc.integer({ min: -10, max: 10 }).map((i) => Math.fround(0.2 * i));
const odd = fc.integer({ min: -10, max: 10 }).map((i) => Math.fround(0.2 * i + 0.1));

const fill = ({ lengths }: Extent, entries: fc.Arbitrary<number> = anywhere): fc.Arbitrary<Value> =>
  fc.array(entries, { minLength: volume(lengths), maxLength: volume(lengths) }).map((data) => value(lengths, data));

/** Shapes of some rank; the first axis may be dynamic. */
const extents = (minRank: number, maxRank: number): fc.Arbitrary<Extent> =>
  fc
    .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: minRank, maxLength: maxRank }), fc.boolean())
    .map(([lengths, dynamic]) => ({ declared: lengths.map((d, i) => (dynamic && i === 0 ? "batch" : d)), lengths }));

/** A shape that broadcasts to another: leading axes left out, others of length 1. */
const narrower = ({ declared, lengths }: Extent): fc.Arbitrary<Extent> =>
  fc
    .tuple(fc.nat(lengths.length), fc.array(fc.boolean(), { minLength: lengths.length, maxLength: lengths.length }))
    .map(([dropped, single]) => ({
      declared: declared.map((d, i) => (single[i] ? 1 : d)).slice(dropped),
      lengths: lengths.map((d, i) => (single[i] ? 1 : d)).slice(dropped),
    }));

/** Two shapes that broadcast together. */
const pairs: fc.Arbitrary<readonly [Extent, Extent]> = extents(0, 3).chain((whole) =>
  fc.tuple(narrower(whole), narrower(whole)),
);

function sample(
  output: Node,
  parts: readonly (readonly [Node, Value])[],
  differentiable = parts.map(([node]) => node),
): Sample {
  const feeds = Object.fromEntries(parts.map(([node, fed]) => [node.attributes.name!, fed]));
  return { inputs: parts.map(([node]) => node), output, differentiable, feeds };
}

const unary = (title: Operator, apply: (x: Node) => Node, entries: fc.Arbitrary<number> = anywhere): OperatorCase => ({
  title,
  operators: [title],
  samples: extents(0, 3).chain((extent) =>
    fill(extent, entries).map((fed) => {
      const x = op.input("x", extent.declared);
      return sample(apply(x), [[x, fed]]);
    }),
  ),
});

const binary = (
  title: Operator,
  apply: (a: Node, b: Node) => Node,
  left = anywhere,
  right = anywhere,
): OperatorCase => ({
  title: `${title}, broadcast`,
  operators: [title],
  samples: pairs.chain(([p, q]) =>
    fc.tuple(fill(p, left), fill(q, right)).map(([fedA, fedB]) => {
      const [a, b] = [op.input("a", p.declared), op.input("b", q.declared)];
      return sample(apply(a, b), [
        [a, fedA],
        [b, fedB],
      ]);
    }),
  ),
});

/** Of one tensor and an axis of fixed length. */
const along = (
  title: Operator,
  apply: (x: Node, axis: number, length: number) => fc.Arbitrary<Node>,
): OperatorCase => ({
  title,
  operators: [title],
  samples: extents(1, 3).chain((extent) =>
    fc.tuple(fill(extent), fc.nat(extent.lengths.length - 1)).chain(([fed, axis]) => {
      const declared = extent.declared.map((d, i) => (i === axis ? extent.lengths[i] : d));
      const x = op.input("x", declared);
      return apply(x, axis, extent.lengths[axis]).map((y) => sample(y, [[x, fed]]));
    }),
  ),
});

const reduction = (
  title: string,
  operators: readonly Operator[],
  apply: (x: Node, axes: readonly number[], keep: boolean) => Node,
): OperatorCase => ({
  title,
  operators,
  samples: extents(0, 3).chain((extent) =>
    fc.tuple(fill(extent), fc.subarray(extent.lengths.map((_, i) => i)), fc.boolean()).map(([fed, axes, keep]) => {
      const x = op.input("x", extent.declared);
      return sample(apply(x, axes, keep), [[x, fed]]);
    }),
  ),
});

const matrices: OperatorCase = {
  title: "matmul, each side transposed or not",
  operators: ["matmul"],
  samples: fc
    .tuple(fc.tuple(...[3, 3, 3].map((max) => fc.integer({ min: 1, max }))), fc.boolean(), fc.boolean())
    .chain(([[n = 1, k = 1, m = 1], transposeA, transposeB]) => {
      const a = op.input("a", transposeA ? [k, "batch"] : ["batch", k]);
      const b = op.input("b", transposeB ? [m, k] : [k, m]);
      const [p, q] = [transposeA ? [k, n] : [n, k], transposeB ? [m, k] : [k, m]];
      return fc.tuple(fill({ declared: [], lengths: p }), fill({ declared: [], lengths: q })).map(([fedA, fedB]) =>
        sample(op.matmul(a, b, { transposeA, transposeB }), [
          [a, fedA],
          [b, fedB],
        ]),
      );
    }),
};

const stacks: OperatorCase = {
  title: "matmul of stacks, each side transposed or not",
  operators: ["matmul"],
  samples: fc
    .tuple(fc.tuple(...[3, 3, 3, 3].map((max) => fc.integer({ min: 1, max }))), fc.boolean(), fc.boolean())
    .chain(([[e = 1, n = 1, k = 1, m = 1], transposeA, transposeB]) => {
      const [p, q] = [transposeA ? [e, k, n] : [e, n, k], transposeB ? [e, m, k] : [e, k, m]];
      const [a, b] = [op.input("a", p), op.input("b", q)];
      return fc.tuple(fill({ declared: [], lengths: p }), fill({ declared: [], lengths: q })).map(([fedA, fedB]) =>
        sample(op.matmul(a, b, { transposeA, transposeB }), [
          [a, fedA],
          [b, fedB],
        ]),
      );
    }),
};

/** The norm and its scale of the same rows, together and each alone; rows far from constant, where the scale is steep. */
const norms: OperatorCase = {
  title: "layerNorm and layerNormScale",
  operators: ["layerNorm", "layerNormScale"],
  samples: fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 }), fc.nat(2))
    .chain(([rows, width, which]) =>
      fill({ declared: [], lengths: [rows, width] }).map((noise) => {
        const fed = value(
          noise.shape,
          noise.data.map((entry, i) => entry + 5 * (i % width)),
        );
        const x = op.input("x", ["batch", width]);
        const [norm, scale] = [op.layerNorm(x), op.layerNormScale(x)];
        const y = [op.sin(norm), op.sin(scale), op.mul(op.sin(norm), scale)][which];
        return sample(y, [[x, fed]]);
      }),
    ),
};

const affine: OperatorCase = {
  title: "a matrix product with a bias",
  operators: ["matmul", "add"],
  samples: fc
    .tuple(
      fill({ declared: [], lengths: [2, 3] }),
      fill({ declared: [], lengths: [3, 2] }),
      fill({ declared: [], lengths: [2] }),
    )
    .map(([fedX, fedW, fedB]) => {
      const [x, w, b] = [op.input("x", ["batch", 3]), op.input("w", [3, 2]), op.input("b", [2])];
      return sample(op.add(op.matmul(x, w), b), [
        [x, fedX],
        [w, fedW],
        [b, fedB],
      ]);
    }),
};

const expansion: OperatorCase = {
  title: "expandLike",
  operators: ["expandLike"],
  samples: extents(0, 3).chain((whole) =>
    narrower(whole).chain((part) =>
      fc.tuple(fill(part), fill(whole)).map(([fedX, fedLike]) => {
        const [x, like] = [op.input("x", part.declared), op.input("like", whole.declared)];
        // The sine keeps the expansion from being left to the next operator's broadcasting.
        return sample(op.sin(op.expandLike(x, like)), [
          [x, fedX],
          [like, fedLike],
        ]);
      }),
    ),
  ),
};

const joining: OperatorCase = {
  title: "concat",
  operators: ["concat"],
  samples: extents(1, 3).chain((extent) =>
    fc
      .tuple(
        fc.nat(extent.lengths.length - 1),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
      )
      .chain(([axis, lengths]) => {
        const declared = lengths.map((length) => extent.declared.map((d, i) => (i === axis ? length : d)));
        const fed = lengths.map((length) =>
          fill({ declared: [], lengths: extent.lengths.map((d, i) => (i === axis ? length : d)) }),
        );
        return fc.tuple(...fed).map((feeds) => {
          const parts = declared.map((shape, i) => op.input(`x${i}`, shape));
          return sample(
            op.concat(parts, axis),
            feeds.map((x, i) => [parts[i], x] as const),
          );
        });
      }),
  ),
};

const picking: OperatorCase = {
  title: "gatherRows",
  operators: ["gatherRows"],
  samples: fc
    .tuple(fill({ declared: [], lengths: [4, 2] }), fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }))
    .map(([fed, picks]) => {
      const [x, indices] = [op.input("x", ["rows", 2]), op.input("indices", ["picks"], "int32")];
      return sample(
        op.gatherRows(x, indices),
        [
          [x, fed],
          [indices, value([picks.length], picks)],
        ],
        [],
      );
    }),
};

const chunks: OperatorCase = {
  title: "rows: the chunk of a round, the last one shorter",
  operators: ["rows", "toFloat"],
  samples: fc
    .tuple(fill({ declared: [], lengths: [5, 2] }), fc.integer({ min: 1, max: 5 }), fc.nat(1))
    .map(([fed, count, last]) => {
      const [x, round] = [op.input("x", ["samples", 2]), op.input("round", [], "int32")];
      const chosen = last === 0 ? 0 : Math.ceil(5 / count) - 1;
      return sample(
        op.add(op.rows(x, round, count, "chunk"), op.toFloat(round)),
        [
          [x, fed],
          [round, value([], [chosen])],
        ],
        [],
      );
    }),
};

/** All operators but `loop` and `output`, which `programs.ts` shows. */
export const OPERATOR_CASES: readonly OperatorCase[] = [
  binary("add", op.add),
  binary("sub", op.sub),
  binary("mul", op.mul),
  binary("div", op.div, anywhere, awayFromZero),
  binary("maximum", op.maximum, even, odd),
  binary("minimum", op.minimum, even, odd),
  binary("gate", op.gate, awayFromZero),
  unary("neg", op.neg),
  unary("exp", op.exp),
  unary("log", op.log, positive),
  unary("sqrt", op.sqrt, positive),
  unary("tanh", op.tanh),
  unary("sigmoid", op.sigmoid),
  unary("silu", op.silu),
  { ...unary("log", op.softplus, awayFromZero), title: "softplus" },
  norms,
  unary("sin", op.sin),
  unary("cos", op.cos),
  unary("relu", op.relu, awayFromZero),
  { ...unary("mul", op.square), title: "square: one node twice" },
  { ...unary("minimum", (x) => op.clip(x, -1, 1), odd), title: "clip" },
  {
    ...unary("constant", (x) => op.mul(op.add(x, op.constant([0.5, -1.5], [2, 1, 1, 1])), op.constant(2.5))),
    title: "constants",
  },
  { ...unary("expandLike", (x) => op.mul(op.expandLike(op.sum(x), x), x)), title: "an expansion left to broadcasting" },
  matrices,
  stacks,
  affine,
  reduction("sum", ["sum"], op.sum),
  reduction("mean", ["sum", "size", "div"], op.mean),
  expansion,
  {
    title: "reshape",
    operators: ["reshape"],
    samples: extents(0, 3).chain((extent) =>
      fill(extent).map((fed) => {
        const x = op.input("x", extent.declared);
        const dynamic = extent.declared.some((d) => typeof d === "string");
        const split = dynamic ? ["flat", 1] : [1, volume(extent.lengths)];
        return sample(op.sin(op.reshape(x, split)), [[x, fed]]);
      }),
    ),
  },
  {
    title: "transpose",
    operators: ["transpose"],
    samples: extents(2, 2).chain((extent) =>
      fill(extent).map((fed) => {
        const x = op.input("x", extent.declared);
        return sample(op.transpose(x), [[x, fed]]);
      }),
    ),
  },
  joining,
  along("slice", (x, axis, length) =>
    fc
      .tuple(fc.nat(length - 1), fc.nat(length - 1))
      .map(([p, q]) => op.slice(x, axis, Math.min(p, q), Math.max(p, q) + 1)),
  ),
  along("pad", (x, axis) => fc.tuple(fc.nat(2), fc.nat(2)).map(([before, after]) => op.pad(x, axis, before, after))),
  picking,
  chunks,
  {
    title: "detach",
    operators: ["detach"],
    samples: extents(0, 2).chain((extent) =>
      fill(extent).map((fed) => {
        const x = op.input("x", extent.declared);
        return sample(op.detach(op.sin(x)), [[x, fed]], []);
      }),
    ),
  },
];
