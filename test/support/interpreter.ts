import type { Graph } from "../../src/compute/graph.js";
import type { Node } from "../../src/compute/node.js";

/** An array, row-major. Numbers are float64, whatever the node's type. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
export type Values = Readonly<Record<string, Value>>;

export const volume = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** An array of these numbers. */
export function value(shape: readonly number[], data: Iterable<number>): Value {
  return { shape, data: Float64Array.from(data) };
}

export const scalar = (x: number): Value => value([], [x]);

/**
 * A plain float64 reference for graphs: what every operator means, written for reading, not for speed. It knows
 * nothing of common subexpressions, of hoisting or of ONNX; each round of a loop computes all that it uses again.
 */
export function interpret(graph: Graph, inputs: Values): Values {
  const keys = Object.keys(graph.outputs);
  const results = evaluate(
    keys.map((key) => graph.outputs[key]),
    feedsOf(graph.inputs, inputs),
  );
  return Object.fromEntries(keys.map((key, i) => [key, results[i]]));
}

/** Input nodes with the values of their names. */
export function feedsOf(inputs: readonly Node[], values: Values): ReadonlyMap<Node, Value> {
  return new Map(
    inputs.flatMap((node) => (node.attributes.name! in values ? [[node, values[node.attributes.name!]]] : [])),
  );
}

/** The values of `nodes`, where `feeds` holds those of the inputs they depend on. */
export function evaluate(nodes: readonly Node[], feeds: ReadonlyMap<Node, Value>): readonly Value[] {
  const known = new Map<Node, Value | readonly Value[]>(feeds);
  const resultOf = (node: Node): Value | readonly Value[] => {
    let result = known.get(node);
    if (result === undefined) {
      result =
        node.op === "loop" ? runLoop(node, resultOf, feeds) : compute(node, (x) => resultOf(x) as Value, resultOf);
      known.set(node, result);
    }
    return result;
  };
  return nodes.map((node) => resultOf(node) as Value);
}

function runLoop(
  node: Node,
  resultOf: (x: Node) => Value | readonly Value[],
  feeds: ReadonlyMap<Node, Value>,
): readonly Value[] {
  const { index, carried, next, stacked } = node.attributes.body!;
  const [count, ...initial] = node.inputs.map((x) => resultOf(x) as Value) as [Value, ...Value[]];
  const rounds = count.data[0];
  let state = initial;
  const collected: Value[][] = stacked.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const inner = new Map(feeds);
    inner.set(index, scalar(round));
    carried.forEach((x, i) => {
      inner.set(x, state[i]);
    });
    const results = evaluate([...next, ...stacked], inner);
    state = results.slice(0, next.length);
    results.slice(next.length).forEach((x, i) => {
      collected[i].push(x);
    });
  }
  const stack = (parts: readonly Value[], i: number): Value => {
    const shape = parts[0]?.shape ?? stacked[i].shape.map((d) => (typeof d === "number" ? d : 0));
    return value(
      [parts.length, ...shape],
      parts.flatMap(({ data }) => [...data]),
    );
  };
  return [...state, ...collected.map(stack)];
}

function compute(node: Node, of: (x: Node) => Value, ofLoop: (x: Node) => Value | readonly Value[]): Value {
  const { attributes: a } = node;
  const arg = (i: number): Value => of(node.inputs[i]);
  const map = (f: (x: number) => number) => value(arg(0).shape, arg(0).data.map(f));
  const zip = (f: (x: number, y: number) => number) => broadcast(arg(0), arg(1), f);
  switch (node.op) {
    case "input":
      throw new Error(`input ${a.name} has no value`);
    case "constant":
      return value(node.shape as number[], a.values!);
    case "add":
      return zip((x, y) => x + y);
    case "sub":
      return zip((x, y) => x - y);
    case "mul":
      return zip((x, y) => x * y);
    case "div":
      return zip((x, y) => x / y);
    case "maximum":
      return zip(Math.max);
    case "minimum":
      return zip(Math.min);
    case "gate":
      return zip((condition, x) => (condition > 0 ? x : 0));
    case "neg":
      return map((x) => -x);
    case "exp":
      return map(Math.exp);
    case "log":
      return map(Math.log);
    case "sqrt":
      return map(Math.sqrt);
    case "tanh":
      return map(Math.tanh);
    case "sigmoid":
      return map((x) => 1 / (1 + Math.exp(-x)));
    case "silu":
      return zip((x, gate) => x * gate);
    case "layerNorm":
      return normalized(arg(0), (x, mean, scale) => x.map((entry) => (entry - mean) * scale));
    case "layerNormScale":
      return normalized(arg(0), (_, __, scale) => [scale]);
    case "sin":
      return map(Math.sin);
    case "cos":
      return map(Math.cos);
    case "relu":
      return map((x) => Math.max(x, 0));
    case "toFloat":
    case "detach":
      return arg(0);
    case "matmul":
      return products(arg(0), arg(1), a.transposeA === true, a.transposeB === true);
    case "transpose":
      return swapped(arg(0));
    case "sum":
      return sumOver(arg(0), a.axes!, a.keepDimensions === true);
    case "expandLike":
      return broadcast(arg(0), arg(1), (x) => x);
    case "size":
      return scalar(arg(0).shape[a.axis!]);
    case "reshape": {
      const { data } = arg(0);
      const known = node.shape.reduce<number>((count, d) => (typeof d === "number" ? count * d : count), 1);
      return value(
        node.shape.map((d) => (typeof d === "number" ? d : data.length / known)),
        data,
      );
    }
    case "concat":
      return joined(node.inputs.map(of), a.axis!);
    case "slice":
      return part(arg(0), a.axis!, a.start!, a.end!);
    case "pad": {
      const x = arg(0);
      const zeros = (length: number) => {
        const shape = x.shape.map((d, i) => (i === a.axis ? length : d));
        return value(shape, new Float64Array(volume(shape)));
      };
      return joined([zeros(a.before!), x, zeros(a.after!)], a.axis!);
    }
    case "gatherRows": {
      const [x, indices] = [arg(0), arg(1)];
      const parts = [...indices.data].map((i) => part(x, 0, i, i + 1));
      return parts.length > 0 ? joined(parts, 0) : part(x, 0, 0, 0);
    }
    case "rows": {
      const [x, round] = [arg(0), arg(1).data[0]];
      const clamp = (i: number) => Math.min(i, x.shape[0]);
      return part(x, 0, clamp(round * a.count!), clamp((round + 1) * a.count!));
    }
    case "output":
      return (ofLoop(node.inputs[0]) as readonly Value[])[a.axis!];
    case "loop":
      throw new Error("loops are run elsewhere");
  }
}

/** f(a, b) element by element, axes of length 1 (or missing in front) repeated. */
function broadcast(a: Value, b: Value, f: (x: number, y: number) => number): Value {
  const rank = Math.max(a.shape.length, b.shape.length);
  const length = (x: Value, i: number) => x.shape[x.shape.length - rank + i] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => {
    const [p, q] = [length(a, i), length(b, i)];
    if (p !== q && p !== 1 && q !== 1) throw new Error(`[${a.shape}] and [${b.shape}] do not broadcast`);
    return p === 1 ? q : p;
  });
  const at = (x: Value, position: number): number => {
    let [offset, stride, rest] = [0, 1, position];
    for (let i = rank - 1; i >= 0; i--) {
      if (length(x, i) !== 1) offset += (rest % shape[i]) * stride;
      stride *= length(x, i);
      rest = Math.floor(rest / shape[i]);
    }
    return x.data[offset];
  };
  return value(
    shape,
    Float64Array.from({ length: volume(shape) }, (_, i) => f(at(a, i), at(b, i))),
  );
}

/** One product for matrices, one for each entry of the first axis for stacks of them. */
function products(a: Value, b: Value, transposeA: boolean, transposeB: boolean): Value {
  const one = (p: Value, q: Value) => product(transposeA ? swapped(p) : p, transposeB ? swapped(q) : q);
  if (a.shape.length === 2) return one(a, b);
  const parts = Array.from({ length: a.shape[0] }, (_, i) => {
    const [p, q] = [part(a, 0, i, i + 1), part(b, 0, i, i + 1)];
    const { shape, data } = one(value(p.shape.slice(1), p.data), value(q.shape.slice(1), q.data));
    return value([1, ...shape], data);
  });
  return joined(parts, 0);
}

/** Along the last axis: f of a row with its mean and the inverse of its spread. */
function normalized(x: Value, f: (row: readonly number[], mean: number, scale: number) => readonly number[]): Value {
  const length = x.shape[x.shape.length - 1];
  const rows = Array.from({ length: x.data.length / length }, (_, i) => [
    ...x.data.subarray(i * length, (i + 1) * length),
  ]);
  const results = rows.map((row) => {
    const mean = row.reduce((total, entry) => total + entry, 0) / length;
    const variance = row.reduce((total, entry) => total + (entry - mean) ** 2, 0) / length;
    return f(row, mean, 1 / Math.sqrt(variance + 1e-5));
  });
  return value([...x.shape.slice(0, -1), results[0]?.length ?? 1], results.flat());
}

function product(a: Value, b: Value): Value {
  const [n, k, m] = [a.shape[0], a.shape[1], b.shape[1]];
  const data = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      for (let l = 0; l < k; l++) data[i * m + j] += a.data[i * k + l] * b.data[l * m + j];
    }
  }
  return value([n, m], data);
}

function swapped(x: Value): Value {
  const [n, m] = [x.shape[0], x.shape[1]];
  return value(
    [m, n],
    Float64Array.from({ length: n * m }, (_, i) => x.data[(i % n) * m + Math.floor(i / n)]),
  );
}

function sumOver(x: Value, axes: readonly number[], keepDimensions: boolean): Value {
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const data = new Float64Array(volume(kept));
  x.data.forEach((entry, position) => {
    let [offset, stride, rest] = [0, 1, position];
    for (let i = kept.length - 1; i >= 0; i--) {
      if (!axes.includes(i)) offset += (rest % x.shape[i]) * stride;
      stride *= kept[i];
      rest = Math.floor(rest / x.shape[i]);
    }
    data[offset] += entry;
  });
  return value(keepDimensions ? kept : kept.filter((_, i) => !axes.includes(i)), data);
}

/** Blocks of the axes behind `axis`, in the order in which they lie in memory. */
function part(x: Value, axis: number, start: number, end: number): Value {
  const inner = volume(x.shape.slice(axis + 1));
  const outer = volume(x.shape.slice(0, axis));
  const own = x.shape[axis] * inner;
  const blocks = Array.from({ length: outer }, (_, i) => [
    ...x.data.subarray(i * own + start * inner, i * own + end * inner),
  ]);
  return value(
    x.shape.map((d, i) => (i === axis ? end - start : d)),
    blocks.flat(),
  );
}

function joined(parts: readonly Value[], axis: number): Value {
  const first = parts[0];
  const outer = volume(first.shape.slice(0, axis));
  const blocks = Array.from({ length: outer }, (_, i) =>
    parts.flatMap(({ data }) => [...data.subarray((i * data.length) / outer, ((i + 1) * data.length) / outer)]),
  );
  return value(
    first.shape.map((d, i) => (i === axis ? parts.reduce((length, p) => length + p.shape[axis], 0) : d)),
    blocks.flat(),
  );
}
