// Numbers as D1 keeps them.

/** A buffer of its own, as D1 wants it. */
export function toBlob(array: Float64Array | Uint8Array): ArrayBuffer {
  const bytes = new Uint8Array(array.byteLength);
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return bytes.buffer;
}

/** From the numbers that D1 gives for a blob. */
export function float64FromBlob(blob: ArrayLike<number>): Float64Array<ArrayBuffer> {
  return new Float64Array(Uint8Array.from(blob).buffer);
}
