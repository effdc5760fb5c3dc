// Invert, posterize, solarize and equalize, as Pillow's ImageOps has them: each level by itself (kernels/assembly/levels.ts).
// Source and target are interleaved RGB and may be the same buffer.

import { aligned, eachPixel, inPixelSpace } from './kernels/pixel-space.ts';

const levels = 256;
const channels = 3;
/** Beyond every level. */
const none = 256;

export function invert(source: Uint8Array, target: Uint8Array): void {
  eachPixel(source, target, ({ maskLevels }, end) => maskLevels(0, end, 0, 255, 0));
}

/** Keeps the `bits` high bits of each level. */
export function posterize(source: Uint8Array, target: Uint8Array, bits: number): void {
  const mask = 256 - 2 ** (8 - bits);
  eachPixel(source, target, ({ maskLevels }, end) => maskLevels(0, end, 0, mask, none));
}

/** Inverts the levels at or above the threshold. */
export function solarize(source: Uint8Array, target: Uint8Array, threshold: number): void {
  eachPixel(source, target, ({ maskLevels }, end) => maskLevels(0, end, 0, 255, threshold));
}

/** Spreads each channel's levels so that they are used about equally often. */
export function equalize(source: Uint8Array, target: Uint8Array): void {
  const atCounts = aligned(source.length);
  const atTables = atCounts + channels * levels * Uint32Array.BYTES_PER_ELEMENT;
  inPixelSpace(atTables + channels * levels, ({ buffer, kernels }) => {
    const pixels = new Uint8Array(buffer, 0, source.length);
    const counts = new Uint32Array(buffer, atCounts, channels * levels);
    const tables = new Uint8Array(buffer, atTables, channels * levels);
    pixels.set(source);
    counts.fill(0);
    kernels.countLevels(0, source.length, atCounts);
    for (let start = 0; start < counts.length; start += levels) {
      tables.set(equalizingTable(counts.subarray(start, start + levels)), start);
    }
    kernels.mapLevels(0, source.length, 0, atTables);
    target.set(pixels);
  });
}

/** Pillow's ImageOps.equalize, integer divisions included; the identity where a channel has too few levels or pixels. */
function equalizingTable(histogram: Uint32Array): Uint8ClampedArray {
  const table = Uint8ClampedArray.from({ length: levels }, (_, level) => level);
  const used = histogram.filter((count) => count > 0);
  const total = used.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (used.at(-1) ?? 0)) / 255);
  if (used.length <= 1 || step === 0) return table;
  let below = Math.floor(step / 2);
  for (let level = 0; level < levels; level++) {
    table[level] = Math.floor(below / step);
    below += histogram[level] as number;
  }
  return table;
}
