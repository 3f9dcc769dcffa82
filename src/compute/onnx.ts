import { ShapeError, StorageError } from "../errors/errors.js";
import { exactly, type Graph } from "./graph.js";
import { type DType, type LoopBody, type Node, type Shape, showShape } from "./node.js";
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  ELEMENT_TYPE,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  ONNX,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx-schema.js";
import { decodeMessage, encodeMessage } from "./protobuf.js";
import { dependents, topological } from "./traversal.js";

/** The operator set we write for (ONNX 1.12); every runtime of the last years reads it. */
const OPSET = 17;
const IR_VERSION = 8;
/** ONNX Runtime's operators beside the standard. */
const EXTENSION = "com.microsoft";

/** Values that an exported graph carries instead of taking them as inputs: weights, normalisers. */
export type Weights = Readonly<Record<string, Float32Array>>;

/** What a file says about itself: its metadata properties. */
export type OnnxMetadata = Readonly<Record<string, string>>;

/**
 * A graph as an ONNX model file.
 *
 * @param weights inputs that become stored initialisers, by name
 * @param metadata what else the file says about itself
 * @throws {ShapeError} where a weight belongs to no input, or has not the number of entries of its shape
 */
export function encodeOnnx(graph: Graph, weights: Weights = {}, metadata: OnnxMetadata = {}): Uint8Array {
  checkWeights(graph, weights);
  const encoder = new Encoder(graph);
  const model: ModelProto = {
    irVersion: IR_VERSION,
    producerName: "stackelberg",
    graph: encoder.model(weights),
    opsetImport: encoder.operatorSets(),
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return encodeMessage(ONNX, "ModelProto", model);
}

/** What an ONNX file takes, gives and says about itself. */
export interface OnnxDescription {
  readonly metadata: OnnxMetadata;
  /** Shapes by name; an axis that may have any length is its name. */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: Readonly<Record<string, Shape>>;
}

/**
 * Reads what an ONNX file says, without its weights.
 *
 * @throws {StorageError} where the bytes are no ONNX file
 */
export function describeOnnx(bytes: Uint8Array): OnnxDescription {
  try {
    const { graph, metadataProps } = decodeMessage(ONNX, "ModelProto", bytes) as ModelProto;
    const shapes = (values: readonly ValueInfoProto[]) =>
      Object.fromEntries(
        values.map(({ name, type }) => [
          name,
          type.tensorType.shape.dim.map(({ dimParam, dimValue }) => dimParam || dimValue!),
        ]),
      );
    return {
      metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
      inputs: shapes(graph.input),
      outputs: shapes(graph.output),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StorageError("the ONNX file", `cannot be read (${reason})`, "Export it again", { cause: error });
  }
}

function checkWeights({ name, inputs }: Graph, weights: Weights): void {
  for (const [key, { length }] of Object.entries(weights)) {
    const node = inputs.find(({ attributes }) => attributes.name === key);
    if (node === undefined)
      throw new ShapeError(
        `graph ${name}`,
        `has no input ${key}`,
        `It takes ${inputs.map(({ attributes }) => attributes.name).join(", ")}`,
      );
    const size = node.shape.reduce<number>((product, d) => product * Number(d), 1); // NaN where an axis is dynamic
    if (node.dtype !== "float32" || size !== length) {
      throw new ShapeError(
        `graph ${name}`,
        `weight ${key} needs ${showShape(node.shape)}, got ${length} numbers`,
        "Give as many as the shape holds",
      );
    }
  }
}

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function valueInfo(name: string, shape: Shape, elemType: number): ValueInfoProto {
  const dim = shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/**
 * The order in which the nodes of some results are written. ONNX Runtime computes what was written last first, and whatever
 * it needs just before it: written from the last result to the first, results are computed from the first to the last.
 */
const written = (results: readonly Node[]): readonly Node[] => topological([...results].reverse());

/** Names of values and nodes written so far in one scope: the model, or a loop's body within it. */
class Scope {
  readonly nodes: NodeProto[] = [];
  /** What the normalisations written so far give, by their input. */
  readonly norms: Map<Node, Readonly<Record<"layerNorm" | "layerNormScale", string>>>;
  readonly #names: Map<Node, string>;

  constructor(outer?: Scope) {
    this.#names = new Map(outer === undefined ? [] : outer.#names);
    this.norms = new Map(outer === undefined ? [] : outer.norms);
  }

  set(node: Node, name: string): void {
    this.#names.set(node, name);
  }

  name(node: Node): string {
    return this.#names.get(node)!;
  }

  has(node: Node): boolean {
    return this.#names.has(node);
  }
}

class Encoder {
  readonly #graph: Graph;
  readonly #initializers: TensorProto[] = [];
  readonly #shared = new Map<string, string>();
  readonly #uses = new Map<Node, number>();
  #count = 0;
  /** Whether an operator of the runtime's own was written. */
  #extended = false;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#countUses(Object.values(graph.outputs), new Set());
  }

  /** What the model needs of a runtime; to be asked when it is written. */
  operatorSets(): readonly { readonly domain: string; readonly version: number }[] {
    return [{ domain: "", version: OPSET }, ...(this.#extended ? [{ domain: EXTENSION, version: 1 }] : [])];
  }

  model(weights: Weights): GraphProto {
    const scope = new Scope();
    for (const node of this.#graph.inputs) {
      const name = node.attributes.name!;
      scope.set(node, name);
      const stored = weights[name];
      if (stored !== undefined && this.#uses.has(node)) {
        this.#initializers.push({
          name,
          dims: node.shape as number[],
          dataType: ELEMENT_TYPE.float32,
          rawData: bytesOf(stored),
        });
      }
    }
    const outputs = Object.entries(this.#graph.outputs);
    this.#write(scope, written(outputs.map(([, node]) => node)));
    for (const [key, node] of outputs) this.#emit(scope, "Identity", [scope.name(node)], key);
    return {
      name: this.#graph.name,
      node: scope.nodes,
      initializer: this.#initializers,
      input: this.#graph.inputs
        .filter((node) => weights[node.attributes.name!] === undefined)
        .map((node) => valueInfo(node.attributes.name!, node.shape, ELEMENT_TYPE[node.dtype])),
      output: outputs.map(([key, node]) => valueInfo(key, node.shape, ELEMENT_TYPE[node.dtype])),
    };
  }

  #countUses(results: readonly Node[], seen: Set<Node>): void {
    for (const result of results) this.#uses.set(result, (this.#uses.get(result) ?? 0) + 1);
    for (const node of topological(results)) {
      if (seen.has(node)) continue;
      seen.add(node);
      for (const x of node.inputs) this.#uses.set(x, (this.#uses.get(x) ?? 0) + 1);
      const body = node.attributes.body;
      if (body !== undefined) this.#countUses([...body.next, ...body.stacked], seen);
    }
  }

  /** A name that no user gives: inputs and outputs keep theirs. */
  #fresh(): string {
    return `%${this.#count++}`;
  }

  #emit(
    scope: Scope,
    opType: string,
    input: readonly string[],
    output = this.#fresh(),
    attribute: readonly AttributeProto[] = [],
  ): string {
    scope.nodes.push({ opType, name: `${opType}_${this.#count++}`, input, output: [output], attribute });
    return output;
  }

  #int(name: string, i: number): AttributeProto {
    return { name, type: ATTRIBUTE_TYPE.int, i };
  }

  /** A stored constant, written once however often it is used. */
  #constant(values: readonly number[], dims: readonly number[], type: "float32" | "int32" | "int64"): string {
    const key = `${type} ${dims.join()} ${values.map(exactly).join()}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = `#${this.#shared.size}`;
    const array =
      type === "float32"
        ? Float32Array.from(values)
        : type === "int32"
          ? Int32Array.from(values)
          : BigInt64Array.from(values, (x) => BigInt(x));
    this.#shared.set(key, name);
    this.#initializers.push({ name, dims, dataType: ELEMENT_TYPE[type], rawData: bytesOf(array) });
    return name;
  }

  #list(values: readonly number[]): string {
    return this.#constant(values, [values.length], "int64");
  }

  #write(scope: Scope, order: readonly Node[]): void {
    const folded = new Set<Node>();
    for (const node of order) {
      const product = this.#biasedProduct(node);
      if (product !== undefined && !scope.has(product)) folded.add(product);
    }
    for (const node of order) {
      if (scope.has(node) || folded.has(node)) continue;
      if (node.op === "loop") this.#writeLoop(scope, node);
      else if (node.op !== "output" && node.op !== "input") scope.set(node, this.#writeNode(scope, node));
    }
  }

  /** The matrix product under `product + bias`, where Gemm can do both at once. */
  #biasedProduct(node: Node): Node | undefined {
    if (node.op !== "add") return undefined;
    const [product, bias] = node.inputs as [Node, Node];
    const fits =
      product.op === "matmul" &&
      product.shape.length === 2 &&
      this.#uses.get(product) === 1 &&
      bias.shape.length === 1 &&
      bias.shape[0] === product.shape[1];
    return fits ? product : undefined;
  }

  #gemm(scope: Scope, product: Node, bias?: Node): string {
    const { transposeA = false, transposeB = false } = product.attributes;
    const operands = bias === undefined ? product.inputs : [...product.inputs, bias];
    const flags = [...(transposeA ? [this.#int("transA", 1)] : []), ...(transposeB ? [this.#int("transB", 1)] : [])];
    return this.#emit(
      scope,
      "Gemm",
      operands.map((x) => scope.name(x)),
      undefined,
      flags,
    );
  }

  /** One product for each entry of the first axis: the standard has none that transposes, so that one is the runtime's own. */
  #products(scope: Scope, { inputs, attributes }: Node): string {
    const { transposeA = false, transposeB = false } = attributes;
    const operands = inputs.map((x) => scope.name(x));
    if (!transposeA && !transposeB) return this.#emit(scope, "MatMul", operands);
    this.#extended = true;
    const flags = [this.#int("transA", Number(transposeA)), this.#int("transB", Number(transposeB))];
    const [name, output] = [`FusedMatMul_${this.#count++}`, this.#fresh()];
    const opType = "FusedMatMul";
    scope.nodes.push({ opType, domain: EXTENSION, name, input: operands, output: [output], attribute: flags });
    return output;
  }

  /** The norm and its scale come out of one node: whichever is written first writes it for both. */
  #layerNorm(scope: Scope, { op, inputs }: Node): string {
    const x = inputs[0];
    let names = scope.norms.get(x);
    if (names === undefined) {
      const ones = new Array<number>(x.shape[x.shape.length - 1] as number).fill(1);
      names = { layerNorm: this.#fresh(), layerNormScale: this.#fresh() };
      scope.nodes.push({
        opType: "LayerNormalization",
        name: `LayerNormalization_${this.#count++}`,
        input: [scope.name(x), this.#constant(ones, [ones.length], "float32")],
        output: [names.layerNorm, "", names.layerNormScale],
        attribute: [],
      });
      scope.norms.set(x, names);
    }
    return names[op as "layerNorm" | "layerNormScale"];
  }

  #writeNode(scope: Scope, node: Node): string {
    const { attributes: a, shape } = node;
    const args = () => node.inputs.map((x) => scope.name(x));
    const emit = (opType: string, inputs: readonly string[], ...attribute: AttributeProto[]) =>
      this.#emit(scope, opType, inputs, undefined, attribute);
    switch (node.op) {
      case "constant":
        return this.#constant(a.values!, shape as number[], node.dtype);
      case "add": {
        const product = this.#biasedProduct(node);
        return product === undefined || scope.has(product)
          ? emit("Add", args())
          : this.#gemm(scope, product, node.inputs[1]);
      }
      case "matmul":
        return shape.length === 2 ? this.#gemm(scope, node) : this.#products(scope, node);
      case "layerNorm":
      case "layerNormScale":
        return this.#layerNorm(scope, node);
      case "sub":
      case "mul":
      case "div":
      case "neg":
      case "exp":
      case "log":
      case "sqrt":
      case "tanh":
      case "sigmoid":
      case "sin":
      case "cos":
      case "relu":
      case "transpose":
        return emit(node.op[0].toUpperCase() + node.op.slice(1), args());
      case "silu":
        return emit("Mul", args());
      case "maximum":
        return emit("Max", args());
      case "minimum":
        return emit("Min", args());
      case "detach":
        return emit("Identity", args());
      case "gate": {
        const zero = this.#constant([0], [], "float32");
        const open = emit("Greater", [scope.name(node.inputs[0]), zero]);
        return emit("Where", [open, scope.name(node.inputs[1]), zero]);
      }
      case "sum":
        return emit("ReduceSum", [...args(), this.#list(a.axes!)], this.#int("keepdims", a.keepDimensions ? 1 : 0));
      case "expandLike":
        return emit("Expand", [scope.name(node.inputs[0]), emit("Shape", [scope.name(node.inputs[1])])]);
      case "size": {
        const length = emit("Shape", args(), this.#int("start", a.axis!), this.#int("end", a.axis! + 1));
        return emit("Reshape", [emit("Cast", [length], this.#int("to", ELEMENT_TYPE.float32)), this.#list([])]);
      }
      case "reshape":
        return emit("Reshape", [...args(), this.#list(shape.map((d) => (typeof d === "number" ? d : -1)))]);
      case "concat":
        return emit("Concat", args(), this.#int("axis", a.axis!));
      case "slice":
        return emit("Slice", [...args(), this.#list([a.start!]), this.#list([a.end!]), this.#list([a.axis!])]);
      case "pad": {
        const at = (amount: number) => shape.map((_, i) => (i === a.axis ? amount : 0));
        return emit("Pad", [...args(), this.#list([...at(a.before!), ...at(a.after!)])]);
      }
      case "gatherRows":
        return emit("Gather", args());
      case "rows": {
        const [x, round] = args() as [string, string];
        const count = this.#constant([a.count!], [1], "int32");
        const start = emit("Mul", [round, count]);
        return emit("Slice", [x, start, emit("Add", [start, count]), this.#constant([0], [1], "int32")]);
      }
      case "toFloat":
        return emit("Cast", args(), this.#int("to", ELEMENT_TYPE.float32));
      default:
        throw new Error(`${node.op} is written elsewhere`);
    }
  }

  /** One ONNX Loop. Its body sees all values of the scopes around it. */
  #writeLoop(scope: Scope, node: Node): void {
    const body = node.attributes.body!;
    const [count, ...initial] = node.inputs.map((x) => scope.name(x));
    const trips = this.#emit(scope, "Cast", [count], undefined, [this.#int("to", ELEMENT_TYPE.int64)]);
    const outputs = [...body.next, ...body.stacked].map(() => this.#fresh());
    scope.nodes.push({
      opType: "Loop",
      name: `Loop_${this.#count++}`,
      input: [trips, "", ...initial],
      output: outputs,
      attribute: [{ name: "body", type: ATTRIBUTE_TYPE.graph, g: this.#body(scope, body) }],
    });
    for (const picker of this.#pickers(node)) scope.set(picker, outputs[picker.attributes.axis!]);
  }

  /** All `output` nodes of a loop, anywhere in the model. */
  #pickers(loop: Node): Node[] {
    return [...this.#uses.keys()].filter((node) => node.op === "output" && node.inputs[0] === loop);
  }

  #body(outer: Scope, body: LoopBody): GraphProto {
    const scope = new Scope(outer);
    const results = [...body.next, ...body.stacked];
    const placeholders = [body.index, ...body.carried];
    const [round, condition, ...carried] = [this.#fresh(), this.#fresh(), ...body.carried.map(() => this.#fresh())] as [
      string,
      string,
      ...string[],
    ];
    body.carried.forEach((x, i) => {
      scope.set(x, carried[i]);
    });
    scope.set(body.index, this.#emit(scope, "Cast", [round], undefined, [this.#int("to", ELEMENT_TYPE.int32)]));
    const inside = dependents(results, placeholders);
    this.#write(
      scope,
      written(results).filter((node) => inside.has(node)),
    );
    const goOn = this.#emit(scope, "Identity", [condition]);
    // What the body itself makes goes out under its own name: a copy of it would be made in each round.
    const taken = new Set([round, condition, ...carried]);
    const outputs = results.map((x) => {
      const name = scope.name(x);
      if (!inside.has(x) || taken.has(name)) return this.#emit(scope, "Identity", [name]);
      taken.add(name);
      return name;
    });
    const typed = (name: string, shape: Shape, dtype: DType) => valueInfo(name, shape, ELEMENT_TYPE[dtype]);
    return {
      name: "body",
      node: scope.nodes,
      initializer: [],
      input: [
        valueInfo(round, [], ELEMENT_TYPE.int64),
        valueInfo(condition, [], ELEMENT_TYPE.bool),
        ...body.carried.map((x, i) => typed(carried[i], x.shape, x.dtype)),
      ],
      output: [valueInfo(goOn, [], ELEMENT_TYPE.bool), ...results.map((x, i) => typed(outputs[i], x.shape, x.dtype))],
    };
  }
}
