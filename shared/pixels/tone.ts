// Invert, posterize, solarize and equalize: one look-up table a channel, as Pillow's ImageOps builds them.
// Source and target are interleaved RGB and may be the same buffer.

import { applyTable } from './color.ts';

const levels = 256;
const channels = 3;

export function invert(source: Uint8Array, target: Uint8Array): void {
  applyTable(
    source,
    target,
    Uint8Array.from({ length: levels }, (_, level) => 255 - level),
  );
}

/** Keeps the `bits` high bits of each level. */
export function posterize(source: Uint8Array, target: Uint8Array, bits: number): void {
  const mask = ~(2 ** (8 - bits) - 1);
  applyTable(
    source,
    target,
    Uint8Array.from({ length: levels }, (_, level) => level & mask),
  );
}

/** Inverts the levels at or above the threshold. */
export function solarize(source: Uint8Array, target: Uint8Array, threshold: number): void {
  applyTable(
    source,
    target,
    Uint8Array.from({ length: levels }, (_, level) => (level < threshold ? level : 255 - level)),
  );
}

/** Spreads each channel's levels so that they are used about equally often. */
export function equalize(source: Uint8Array, target: Uint8Array): void {
  const histogram = new Uint32Array(levels);
  for (let channel = 0; channel < channels; channel++) {
    histogram.fill(0);
    for (let i = channel; i < source.length; i += channels) {
      const level = source[i] as number;
      histogram[level] = (histogram[level] as number) + 1;
    }
    const table = equalizingTable(histogram);
    for (let i = channel; i < source.length; i += channels) {
      target[i] = table[source[i] as number] as number;
    }
  }
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
