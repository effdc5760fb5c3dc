// Brightness, contrast, saturation and grayscale of torchvision on 8-bit RGB, as Pillow computes them (ImageEnhance,
// Image.blend, convert("L")), to the last bit. Source and target are interleaved RGB and may be the same buffer.

import { eachPixel } from './kernels/pixel-space.ts';

const channels = 3;

/** 0 is black, 1 the picture. */
export function brightness(source: Uint8Array, target: Uint8Array, factor: number): void {
  eachPixel(source, target, ({ blendLevels }, end) => blendLevels(0, end, 0, 0, factor));
}

/** 0 is the picture's mean grey, 1 the picture. */
export function contrast(source: Uint8Array, target: Uint8Array, factor: number): void {
  eachPixel(source, target, ({ sumGrey, blendLevels }, end) => {
    const mean = Math.trunc(sumGrey(0, end) / (end / channels) + 0.5);
    blendLevels(0, end, 0, mean, factor);
  });
}

/** 0 is the grey picture, 1 the picture. */
export function saturation(source: Uint8Array, target: Uint8Array, factor: number): void {
  eachPixel(source, target, ({ saturation }, end) => saturation(0, end, 0, factor));
}

export function grayscale(source: Uint8Array, target: Uint8Array): void {
  eachPixel(source, target, ({ grayscale }, end) => grayscale(0, end, 0));
}
