import protobuf from "protobufjs/light.js";

type Field = [type: string, id: number, rule?: "repeated"];
const message = (fields: Readonly<Record<string, Field>>) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [
      name,
      rule === undefined ? { type, id } : { type, id, rule },
    ]),
  ),
});

/** The messages and fields of the public ONNX format that our encoder writes; numbers are those of the standard. */
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: ["int64", 1],
      producerName: ["string", 2],
      producerVersion: ["string", 3],
      graph: ["GraphProto", 7],
      opsetImport: ["OperatorSetIdProto", 8, "repeated"],
      metadataProps: ["StringStringEntryProto", 14, "repeated"],
    }),
    StringStringEntryProto: message({ key: ["string", 1], value: ["string", 2] }),
    OperatorSetIdProto: message({ domain: ["string", 1], version: ["int64", 2] }),
    GraphProto: message({
      node: ["NodeProto", 1, "repeated"],
      name: ["string", 2],
      initializer: ["TensorProto", 5, "repeated"],
      input: ["ValueInfoProto", 11, "repeated"],
      output: ["ValueInfoProto", 12, "repeated"],
    }),
    NodeProto: message({
      input: ["string", 1, "repeated"],
      output: ["string", 2, "repeated"],
      name: ["string", 3],
      opType: ["string", 4],
      attribute: ["AttributeProto", 5, "repeated"],
      domain: ["string", 7],
    }),
    AttributeProto: message({ name: ["string", 1], i: ["int64", 3], g: ["GraphProto", 6], type: ["int32", 20] }),
    TensorProto: message({
      dims: ["int64", 1, "repeated"],
      dataType: ["int32", 2],
      name: ["string", 8],
      rawData: ["bytes", 9],
    }),
    ValueInfoProto: message({ name: ["string", 1], type: ["TypeProto", 2] }),
    TypeProto: message({ tensorType: ["TypeProtoTensor", 1] }),
    TypeProtoTensor: message({ elemType: ["int32", 1], shape: ["TensorShapeProto", 2] }),
    TensorShapeProto: message({ dim: ["TensorDimension", 1, "repeated"] }),
    TensorDimension: message({ dimValue: ["int64", 1], dimParam: ["string", 2] }),
  },
});

export const ModelProto = root.lookupType("ModelProto");

/** TensorProto.DataType. */
export const ELEMENT_TYPE = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { int: 2, graph: 5 } as const;

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
}
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly i?: number;
  readonly g?: GraphProto;
}
export interface NodeProto {
  readonly opType: string;
  /** Whose operator it is; absent for the standard's. */
  readonly domain?: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}
export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] };
    };
  };
}
export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}
