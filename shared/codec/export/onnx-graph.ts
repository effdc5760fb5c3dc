// Builds an ONNX graph node by node and writes it as a model file. Field numbers are those of onnx.proto (IR version 8, opset 17).
// Knows no architecture; onnx-head.ts does, and the benchmarks' CLIP.

import { bytes, concatenate, embedded, float, integer, type Message, text } from './protobuf.ts';

/** The name of a tensor in the graph. */
export type Value = string;

export type Attribute = number | readonly number[] | { readonly float: number };

type ElementType = 'float32' | 'int64';
const elementTypes: Readonly<Record<ElementType, number>> = { float32: 1, int64: 7 };

export type OnnxGraph = {
  /** A string side is free, e.g. `batch`. */
  readonly input: (name: string, type: ElementType, shape: readonly (number | string)[]) => Value;
  readonly output: (name: string, value: Value, shape: readonly (number | string)[]) => void;
  readonly node: (
    operator: string,
    inputs: readonly Value[],
    attributes?: Record<string, Attribute>,
  ) => Value;
  readonly weights: (shape: readonly number[], data: Float32Array) => Value;
  readonly integers: (values: readonly number[], shape?: readonly number[]) => Value;
  readonly encode: () => Message;
};

/** `metadata` stands beside the graph, for whoever runs it. */
export function createOnnxGraph(metadata: Readonly<Record<string, string>> = {}): OnnxGraph {
  const inputs: Message[] = [];
  const outputs: Message[] = [];
  const nodes: Message[] = [];
  const initializers: Message[] = [];
  let names = 0;
  const fresh = () => `t${names++}`;

  function initializer(type: ElementType, shape: readonly number[], data: ArrayBufferView): Value {
    const name = fresh();
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    initializers.push(
      embedded(
        5,
        concatenate([
          ...shape.map((side) => integer(1, side)),
          integer(2, elementTypes[type]),
          text(8, name),
          bytes(9, raw),
        ]),
      ),
    );
    return name;
  }

  function node(
    operator: string,
    from: readonly Value[],
    to: Value,
    attributes: Record<string, Attribute>,
  ): void {
    nodes.push(
      embedded(
        1,
        concatenate([
          ...from.map((name) => text(1, name)),
          text(2, to),
          text(3, `${operator}_${nodes.length}`),
          text(4, operator),
          ...Object.entries(attributes).map(([name, value]) => embedded(5, attribute(name, value))),
        ]),
      ),
    );
  }

  return {
    input(name, type, shape) {
      inputs.push(embedded(11, valueInfo(name, type, shape)));
      return name;
    },
    output(name, value, shape) {
      node('Identity', [value], name, {});
      outputs.push(embedded(12, valueInfo(name, 'float32', shape)));
    },
    node(operator, from, attributes = {}) {
      const to = fresh();
      node(operator, from, to, attributes);
      return to;
    },
    weights: (shape, data) => initializer('float32', shape, data),
    integers: (values, shape = [values.length]) =>
      initializer('int64', shape, BigInt64Array.from(values, BigInt)),
    encode: () =>
      concatenate([
        integer(1, 8),
        text(2, 'clip-icm'),
        embedded(7, concatenate([...nodes, text(2, 'graph'), ...initializers, ...inputs, ...outputs])),
        embedded(8, concatenate([text(1, ''), integer(2, 17)])),
        ...Object.entries(metadata).map(([key, value]) =>
          embedded(14, concatenate([text(1, key), text(2, value)])),
        ),
      ]),
  };
}

function attribute(name: string, value: Attribute): Message {
  if (typeof value === 'number') return concatenate([text(1, name), integer(3, value), integer(20, 2)]);
  if ('float' in value) return concatenate([text(1, name), float(2, value.float), integer(20, 1)]);
  return concatenate([text(1, name), ...value.map((item) => integer(8, item)), integer(20, 7)]);
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): Message {
  const sides = shape.map((side) => embedded(1, typeof side === 'number' ? integer(1, side) : text(2, side)));
  const tensor = concatenate([integer(1, elementTypes[type]), embedded(2, concatenate(sides))]);
  return concatenate([text(1, name), embedded(2, embedded(1, tensor))]);
}
