// Brightness, contrast, saturation and grayscale of torchvision on 8-bit RGB, as Pillow computes them (ImageEnhance,
// Image.blend, convert("L")), to the last bit. Source and target are interleaved RGB and may be the same buffer.

import { eachPixel } from './kernels/pixel-space.ts';

const levels = 256;

/** Pillow's convert("L"): ITU-R 601 luma in 16-bit fixed point, rounded. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Pillow's Image.blend of two levels: float32 arithmetic, truncated, clipped outside [0, 1]. */
function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(factor * (to - from)));
  if (value <= 0) return 0;
  return value >= 255 ? 255 : Math.trunc(value);
}

/** Blends every level between `from` and the level itself: what brightness and contrast do to each channel. */
function blendTable(from: number, factor: number): Uint8Array {
  const factor32 = Math.fround(factor);
  const table = new Uint8Array(levels);
  for (let level = 0; level < levels; level++) table[level] = blend(from, level, factor32);
  return table;
}

export function applyTable(source: Uint8Array, target: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < source.length; i++) target[i] = table[source[i] as number] as number;
}

/** 0 is black, 1 the picture. */
export function brightness(source: Uint8Array, target: Uint8Array, factor: number): void {
  applyTable(source, target, blendTable(0, factor));
}

/** 0 is the picture's mean grey, 1 the picture. */
export function contrast(source: Uint8Array, target: Uint8Array, factor: number): void {
  let sum = 0;
  for (let i = 0; i < source.length; i += 3) {
    sum += luma(source[i] as number, source[i + 1] as number, source[i + 2] as number);
  }
  const mean = Math.trunc(sum / (source.length / 3) + 0.5);
  applyTable(source, target, blendTable(mean, factor));
}

/** 0 is the grey picture, 1 the picture. */
export function saturation(source: Uint8Array, target: Uint8Array, factor: number): void {
  eachPixel(source, target, ({ saturation }, end) => saturation(0, end, 0, factor));
}

export function grayscale(source: Uint8Array, target: Uint8Array): void {
  for (let i = 0; i < source.length; i += 3) {
    const grey = luma(source[i] as number, source[i + 1] as number, source[i + 2] as number);
    target[i] = grey;
    target[i + 1] = grey;
    target[i + 2] = grey;
  }
}
