// What a profile holds and how pictures come and go: a sum that adds and subtracts, and beside it the embeddings of smallest
// hash, rounded, to judge skew by. Which are kept depends on the set alone, never on the order in which pictures came.

import { fromHex, toHex } from '#shared/digest.ts';
import type { ProfileContent } from '../stores/environment-record.ts';

export const maxKept = 128;
const hashBytes = 32;
/** A row of the database holds 2 MB; beside long embeddings fewer are kept. */
const maxKeptBytes = 512 * 1024;

/** One picture or embedding with the hash that names it: of the picture's bytes, or of the embedding's where there are none. */
export type ProfilePicture = { readonly sha256: string; readonly embedding: Float32Array };

export function emptyContent(dimension: number): ProfileContent {
  return { pictures: 0, sum: new Float64Array(dimension), kept: new Uint8Array(0) };
}

/** Every picture counts, also one that is there already: two pictures may be alike, and a frame may come twice. */
export function addToContent(content: ProfileContent, pictures: readonly ProfilePicture[]): ProfileContent {
  const dimension = content.sum.length;
  const sum = content.sum.slice();
  const rows = unpackKept(content.kept, dimension);
  for (const { sha256, embedding } of pictures) {
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + (embedding[i] as number);
    if (!rows.some((row) => row.sha256 === sha256)) rows.push({ sha256, embedding });
  }
  return { pictures: content.pictures + pictures.length, sum, kept: packKept(rows, dimension) };
}

/** `undefined` where more would be taken than are there. */
export function removeFromContent(
  content: ProfileContent,
  pictures: readonly ProfilePicture[],
): ProfileContent | undefined {
  const dimension = content.sum.length;
  const left = content.pictures - pictures.length;
  if (left < 0) return undefined;
  const sum = content.sum.slice();
  for (const { embedding } of pictures) {
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) - (embedding[i] as number);
  }
  const gone = new Set(pictures.map(({ sha256 }) => sha256));
  const rows = unpackKept(content.kept, dimension).filter(({ sha256 }) => !gone.has(sha256));
  if (left === 0) return emptyContent(dimension);
  return { pictures: left, sum, kept: packKept(rows, dimension) };
}

/** a + b, of equal dimension. */
export function mergeContent(a: ProfileContent, b: ProfileContent): ProfileContent {
  const dimension = a.sum.length;
  const rows = unpackKept(a.kept, dimension);
  const known = new Set(rows.map(({ sha256 }) => sha256));
  for (const row of unpackKept(b.kept, dimension)) if (!known.has(row.sha256)) rows.push(row);
  return {
    pictures: a.pictures + b.pictures,
    sum: a.sum.map((value, i) => value + (b.sum[i] as number)),
    kept: packKept(rows, dimension),
  };
}

/** The kept embeddings [m, d], as they were rounded. */
export function keptRows(kept: Uint8Array, dimension: number): Float32Array {
  const rows = unpackKept(kept, dimension);
  const all = new Float32Array(rows.length * dimension);
  for (const [index, { embedding }] of rows.entries()) all.set(embedding, index * dimension);
  return all;
}

function unpackKept(kept: Uint8Array, dimension: number): ProfilePicture[] {
  const stride = hashBytes + 2 * dimension;
  const rows: ProfilePicture[] = [];
  for (let start = 0; start + stride <= kept.byteLength; start += stride) {
    const half = kept.slice(start + hashBytes, start + stride);
    rows.push({
      sha256: toHex(kept.subarray(start, start + hashBytes)),
      embedding: new Float32Array(new Float16Array(half.buffer)),
    });
  }
  return rows;
}

function packKept(rows: readonly ProfilePicture[], dimension: number): Uint8Array {
  const stride = hashBytes + 2 * dimension;
  const most = Math.min(maxKept, Math.floor(maxKeptBytes / stride));
  const smallest = rows.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1)).slice(0, most);
  const packed = new Uint8Array(smallest.length * stride);
  for (const [index, { sha256, embedding }] of smallest.entries()) {
    packed.set(fromHex(sha256) ?? new Uint8Array(hashBytes), index * stride);
    packed.set(new Uint8Array(new Float16Array(embedding).buffer), index * stride + hashBytes);
  }
  return packed;
}
