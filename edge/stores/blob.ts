// Numbers as D1 keeps them, as blobs, and as it gives them: asked for as they are, each byte would come as a number of a JSON array, four
// characters of text and eight bytes of memory; as hexadecimal text it is two of either.

import { fromHex } from '#shared/digest.ts';

/** A buffer of its own, as D1 wants it. */
export function toBlob(array: Float64Array | Uint8Array): ArrayBuffer {
  const bytes = new Uint8Array(array.byteLength);
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  return bytes.buffer;
}

/** A blob as a column of a SELECT, under its own name. */
export const hexOf = (column: string): string => `hex(${column}) AS ${column}`;

export function bytesFromBlob(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new RangeError('a blob of the database is not hexadecimal');
  return bytes;
}

export function float64FromBlob(hex: string): Float64Array<ArrayBuffer> {
  return new Float64Array(bytesFromBlob(hex).buffer);
}
