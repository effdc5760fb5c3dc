// What the kernels of shared/pixels compute, as loops that anyone can follow: one value at a time, as Pillow and torchvision define
// them. For tests only.

import type { Blur } from '#shared/pixels/gaussian-blur.ts';
import type { Pixels } from '#shared/pixels/pixels.ts';
import type { Size, Window } from '#shared/pixels/resample.ts';

const channels = 3;
const unit = 2 ** 22;

/** Pillow's resize with its bicubic filter: across, rounded to 8 bits, then down. */
export function plainBicubic(picture: Pixels, size: Size, window: Window): Uint8Array {
  const across = alongAxis(picture.width, size.width);
  const down = alongAxis(picture.height, size.height);
  const narrowed = new Uint8Array(window.width * picture.height * channels);
  for (let y = 0; y < picture.height; y++) {
    for (let i = 0; i < window.width * channels; i++) {
      const x = window.left + Math.floor(i / channels);
      const level = (column: number) =>
        picture.data[(y * picture.width + column) * channels + (i % channels)];
      narrowed[y * window.width * channels + i] = mixed(across(x), level);
    }
  }
  const out = new Uint8Array(window.width * window.height * channels);
  for (let i = 0; i < out.length; i++) {
    const y = Math.floor(i / (window.width * channels));
    const level = (row: number) => narrowed[row * window.width * channels + (i % (window.width * channels))];
    out[i] = mixed(down(window.top + y), level);
  }
  return out;
}

type Weight = { readonly source: number; readonly weight: number };

/** 22-bit fixed point weights of a target index, by the filter stretched to the scale. */
function alongAxis(from: number, to: number): (target: number) => Weight[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  return (target) => {
    const centre = (target + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const sources = Array.from({ length: end - start }, (_, tap) => start + tap);
    const raw = sources.map((source) => cubic(Math.abs(source - centre + 0.5) / stretch));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return sources.map((source, tap) => {
      const share = (raw[tap] as number) / (sum === 0 ? 1 : sum);
      return { source, weight: Math.trunc(share * unit + (share < 0 ? -0.5 : 0.5)) };
    });
  };
}

/** Keys' with a = -0.5. */
function cubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
}

function mixed(weights: readonly Weight[], level: (source: number) => number | undefined): number {
  const sum = weights.reduce(
    (total, { source, weight }) => total + weight * (level(source) as number),
    unit / 2,
  );
  return Math.min(255, Math.max(0, Math.floor(sum / unit)));
}

/** torchvision's adjust_saturation through Pillow's blend with the grey picture. */
export function plainSaturation(source: Uint8Array, factor: number): Uint8Array {
  return source.map((level, i) => {
    return plainBlend(greyOf(source, i), level, factor);
  });
}

/** Pillow's convert("L") of the pixel that `index` is in. */
export function greyOf(source: Uint8Array, index: number): number {
  const at = index - (index % channels);
  const [red, green, blue] = source.subarray(at, at + channels) as unknown as [number, number, number];
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** The mean grey, rounded. */
export function plainMean(source: Uint8Array): number {
  const greys = Array.from({ length: source.length / channels }, (_, pixel) =>
    greyOf(source, channels * pixel),
  );
  return Math.trunc(greys.reduce((sum, grey) => sum + grey, 0) / greys.length + 0.5);
}

/** Pillow's Image.blend of two levels. */
export function plainBlend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return Math.min(255, Math.max(0, Math.trunc(value)));
}

/** Pillow's ImageOps.equalize: a level becomes its rank among the channel's levels. */
export function plainEqualize(source: Uint8Array): Uint8Array {
  const ofChannel = [0, 1, 2].map((channel) => source.filter((_, i) => i % channels === channel).toSorted());
  return source.map((level, i) => {
    const sorted = ofChannel[i % channels] as Uint8Array;
    const step = Math.floor(sorted.indexOf(sorted.at(-1) as number) / 255);
    return step === 0
      ? level
      : Math.min(255, Math.floor((Math.floor(step / 2) + sorted.indexOf(level)) / step));
  });
}

/** torchvision's adjust_hue through Pillow's 8-bit HSV; single precision where Pillow has it. */
export function plainHue(source: Uint8Array, factor: number): Uint8Array {
  const shift = Math.trunc(factor * 255) & 255;
  const turned = new Uint8Array(source.length);
  for (let i = 0; i < source.length; i += channels) {
    const [red, green, blue] = source.subarray(i, i + channels) as unknown as [number, number, number];
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const saturation = chroma === 0 ? 0 : Math.trunc(Math.fround(chroma / value) * 255);
    const hue = saturation === 0 ? 0 : (hueOf([red, green, blue], value, chroma) + shift) & 255;
    turned.set(toRgb(hue, Math.fround(saturation / 255), value), i);
  }
  return turned;
}

function hueOf([red, green, blue]: [number, number, number], value: number, chroma: number): number {
  const share = (level: number) => Math.fround((value - level) / chroma);
  let sixths = Math.fround(4 + share(green) - share(red));
  if (green === value) sixths = Math.fround(2 + share(red) - share(blue));
  if (red === value) sixths = Math.fround(share(blue) - share(green));
  return Math.trunc(Math.fround((sixths / 6 + 1) % 1) * 255);
}

function toRgb(hue: number, saturation: number, value: number): readonly number[] {
  if (saturation === 0) return [value, value, value];
  const sixths = (hue * 6) / 255;
  const sector = Math.floor(sixths);
  const fraction = Math.fround(sixths - sector);
  const low = Math.round(value * (1 - saturation));
  const falling = Math.round(value * (1 - Math.fround(saturation * fraction)));
  const rising = Math.round(value * (1 - saturation * (1 - fraction)));
  const sectors = [
    [value, rising, low],
    [falling, value, low],
    [low, value, rising],
    [low, falling, value],
    [rising, low, value],
    [value, low, falling],
  ];
  return sectors[sector % 6] as readonly number[];
}

/** torchvision's gaussian_blur: across, then down, with reflected edges; each step is rounded to single precision. */
export function plainBlur({ width, height, data }: Pixels, blur: Blur): Uint8Array {
  const across = new Float32Array(data.length);
  const alongRow = plainWeights(blur, width);
  const alongColumn = plainWeights(blur, height);
  for (let i = 0; i < data.length; i++) {
    const [x, y, channel] = placeOf(i, width);
    across[i] = blurred(alongRow, x, width, (column) => data[(y * width + column) * channels + channel]);
  }
  return Uint8Array.from(across, (_, i) => {
    const [x, y, channel] = placeOf(i, width);
    const value = blurred(alongColumn, y, height, (row) => across[(row * width + x) * channels + channel]);
    return Math.round(value);
  });
}

function placeOf(index: number, width: number): [x: number, y: number, channel: number] {
  const pixel = Math.floor(index / channels);
  return [pixel % width, Math.floor(pixel / width), index % channels];
}

function plainWeights({ kernelSize, sigma }: Blur, side: number): Float32Array {
  const offsets = Array.from({ length: (kernelSize - 1) / 2 + 1 }, (_, offset) => offset);
  const kept = offsets
    .map((offset) => Math.exp(-0.5 * (offset / sigma) ** 2))
    .filter((weight, offset) => weight >= 1e-6 && offset < side);
  const sum = kept.reduce((total, weight, offset) => total + (offset === 0 ? weight : 2 * weight), 0);
  return Float32Array.from(kept, (weight) => weight / sum);
}

function blurred(
  weights: Float32Array,
  place: number,
  length: number,
  level: (place: number) => number | undefined,
): number {
  const mirrored = (at: number) => (at < 0 ? -at : Math.min(at, 2 * (length - 1) - at));
  return weights.reduce((sum, weight, tap) => {
    const before = level(mirrored(place - tap)) as number;
    if (tap === 0) return Math.fround(weight * before);
    return Math.fround(sum + weight * (before + (level(mirrored(place + tap)) as number)));
  }, 0);
}
