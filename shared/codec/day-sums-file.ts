// The sums of a watched day as bytes: four int32 (d, labels of their own, blocks, pictures a block), then label and count of each
// stratum, then of each block its count and its counts by stratum, all int32; then float32 [strata, d] and [blocks, d].
// What is small (pictures, abstentions, the answered distribution) is kept beside it.

import { type DaySums, emptyDay } from '../math/watch/day-sums.ts';

const headLength = 4;

export function encodeDaySums({ dimension, strata, blocks, blockPictures }: DaySums): ArrayBuffer {
  const labels = [...strata.keys()];
  const intLength = headLength + 2 * labels.length + blocks.length * (1 + labels.length);
  const buffer = new ArrayBuffer(4 * (intLength + (labels.length + blocks.length) * dimension));
  const ints = new Int32Array(buffer, 0, intLength);
  const sums = new Float32Array(buffer, 4 * intLength);
  ints.set([dimension, labels.length, blocks.length, blockPictures]);
  let [at, sumAt] = [headLength, 0];
  for (const [label, { pictures, sum }] of strata) {
    ints.set([label, pictures], at);
    sums.set(sum, sumAt);
    [at, sumAt] = [at + 2, sumAt + dimension];
  }
  for (const { pictures, sum, counts } of blocks) {
    ints[at++] = pictures;
    for (const label of labels) ints[at++] = counts.get(label) ?? 0;
    sums.set(sum, sumAt);
    sumAt += dimension;
  }
  return buffer;
}

/** `undefined` where the bytes are not such a day's. */
export function decodeDaySums(
  bytes: Uint8Array<ArrayBuffer>,
  beside: { readonly abstained: number; readonly answered: Float64Array; readonly counts: Float64Array },
): DaySums | undefined {
  if (bytes.byteLength % 4 !== 0 || bytes.byteOffset % 4 !== 0) return undefined;
  const ints = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const [dimension = 0, strataCount = 0, blockCount = 0, blockPictures = 1] = ints;
  const intLength = headLength + 2 * strataCount + blockCount * (1 + strataCount);
  if (ints.length !== intLength + (strataCount + blockCount) * dimension) return undefined;
  const floats = new Float32Array(bytes.buffer, bytes.byteOffset + 4 * intLength);
  const sumAt = (index: number) =>
    Float64Array.from(floats.subarray(index * dimension, (index + 1) * dimension));
  const day = emptyDay(dimension, beside.answered.length);
  day.abstained = beside.abstained;
  day.answered.set(beside.answered);
  day.counts.set(beside.counts);
  day.blockPictures = blockPictures;
  let at = headLength;
  const labels: number[] = [];
  for (let index = 0; index < strataCount; index++, at += 2) {
    labels.push(ints[at] as number);
    day.strata.set(ints[at] as number, { pictures: ints[at + 1] as number, sum: sumAt(index) });
  }
  for (let index = 0; index < blockCount; index++) {
    const pictures = ints[at++] as number;
    const counts = new Map<number, number>();
    for (const label of labels) {
      const count = ints[at++] as number;
      if (count > 0) counts.set(label, count);
    }
    day.pictures += pictures;
    day.blocks.push({ pictures, sum: sumAt(strataCount + index), counts });
  }
  return day;
}
