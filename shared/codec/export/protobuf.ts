// Writes protocol-buffer messages, as much as ONNX needs. A message is a list of chunks: large arrays of weights stay where they
// are and are never copied together.

export type Message = { readonly chunks: readonly Uint8Array[]; readonly byteLength: number };

/** A varint field. */
export function integer(field: number, value: number): Message {
  return ofBytes([...varint(field * 8), ...varint(value)]);
}

/** A 32-bit float field. */
export function float(field: number, value: number): Message {
  return ofBytes([...varint(field * 8 + 5), ...new Uint8Array(Float32Array.of(value).buffer)]);
}

export function text(field: number, value: string): Message {
  return bytes(field, new TextEncoder().encode(value));
}

export function bytes(field: number, value: Uint8Array): Message {
  return embedded(field, { chunks: [value], byteLength: value.byteLength });
}

/** A message within a message. */
export function embedded(field: number, content: Message): Message {
  return concatenate([ofBytes([...varint(field * 8 + 2), ...varint(content.byteLength)]), content]);
}

export function concatenate(parts: readonly Message[]): Message {
  return {
    chunks: parts.flatMap(({ chunks }) => chunks),
    byteLength: parts.reduce((total, { byteLength }) => total + byteLength, 0),
  };
}

function ofBytes(values: readonly number[]): Message {
  return { chunks: [Uint8Array.from(values)], byteLength: values.length };
}

/** Base 128, least significant first; negative numbers in two's complement of 64 bits, as protobuf has them. */
function varint(value: number): number[] {
  const groups: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const more = rest > 0x7fn;
    groups.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return groups;
}
