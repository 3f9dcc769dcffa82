/** One axis: a fixed length, or the name of one that is known only when the graph runs (`"batch"`). */
export type Dimension = number | string;
/** Lengths of all axes; the rank is always known. Equal names mean equal lengths. */
export type Shape = readonly Dimension[];
export type DType = "float32" | "int32";

/** The operators that our programs need. Each has a builder in `operators.ts`. */
export type Operator =
  | "input"
  | "constant"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "tanh"
  | "sigmoid"
  | "silu"
  | "sin"
  | "cos"
  | "relu"
  | "gate"
  | "matmul"
  | "layerNorm"
  | "layerNormScale"
  | "sum"
  | "expandLike"
  | "size"
  | "reshape"
  | "transpose"
  | "concat"
  | "slice"
  | "pad"
  | "gatherRows"
  | "rows"
  | "toFloat"
  | "detach"
  | "loop"
  | "output";

/** The body of a loop: placeholders that stand for the round's values, and what becomes of them. */
export interface LoopBody {
  /** The round's number, an int32 scalar. */
  readonly index: Node;
  /** Placeholders of the carried values. */
  readonly carried: readonly Node[];
  /** The carried values of the next round. */
  readonly next: readonly Node[];
  /** Values collected over all rounds along a new first axis. */
  readonly stacked: readonly Node[];
}

export interface Attributes {
  readonly name?: string;
  readonly values?: readonly number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly axes?: readonly number[];
  readonly axis?: number;
  readonly keepDimensions?: boolean;
  readonly start?: number;
  readonly end?: number;
  readonly before?: number;
  readonly after?: number;
  readonly count?: number;
  readonly body?: LoopBody;
}

/** A value in a tensor graph: immutable, made by the builders of `operators.ts`. */
export interface Node {
  readonly op: Operator;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** `[batch, 3]`, for messages. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}
