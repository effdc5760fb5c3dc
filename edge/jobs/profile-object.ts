// The sums of a shard of a profile as bytes, for the steps of one job alone: pictures and dimension as uint32, Σx as float64,
// then the kept embeddings as profile-content.ts packs them. A shard of failures only has dimension 0.

import type { ProfileContent } from '../stores/environment-record.ts';

const headBytes = 8;

export function writeContent({ pictures, sum, kept }: ProfileContent): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headBytes + sum.byteLength + kept.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, pictures, true);
  view.setUint32(4, sum.length, true);
  bytes.set(new Uint8Array(sum.buffer, sum.byteOffset, sum.byteLength), headBytes);
  bytes.set(kept, headBytes + sum.byteLength);
  return bytes;
}

export function readContent(bytes: Uint8Array): ProfileContent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimension = view.getUint32(4, true);
  const end = headBytes + 8 * dimension;
  return {
    pictures: view.getUint32(0, true),
    sum: new Float64Array(bytes.slice(headBytes, end).buffer),
    kept: bytes.slice(end),
  };
}
