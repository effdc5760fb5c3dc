// The kernels compute what the plain loops say, to the last level. Whether those are Pillow's and torchvision's, the goldens of
// test/gpu-worker tell.

import { describe, expect, it, test } from 'vitest';
import { brightness, contrast, grayscale, saturation } from '#shared/pixels/color.ts';
import { gaussianBlur } from '#shared/pixels/gaussian-blur.ts';
import { hue } from '#shared/pixels/hue.ts';
import { inPixelSpace } from '#shared/pixels/kernels/pixel-space.ts';
import type { Pixels } from '#shared/pixels/pixels.ts';
import { preprocess } from '#shared/pixels/preprocess.ts';
import { randomFromDigest } from '#shared/pixels/random.ts';
import { resample } from '#shared/pixels/resample.ts';
import { equalize, invert, posterize, solarize } from '#shared/pixels/tone.ts';
import {
  greyOf,
  plainBicubic,
  plainBlend,
  plainBlur,
  plainEqualize,
  plainHue,
  plainMean,
  plainSaturation,
} from './plain-pixels.ts';

const random = randomFromDigest(Uint8Array.from({ length: 16 }, (_, i) => i * 37 + 1));

describe('resizing', () => {
  const sizes = [
    { from: [97, 61], to: [20, 13] },
    { from: [30, 41], to: [64, 88] },
    { from: [1, 1], to: [5, 3] },
    { from: [640, 9], to: [16, 16] },
    { from: [5, 700], to: [3, 64] },
    { from: [50, 50], to: [50, 50] },
  ] as const;

  test.each(sizes)('from $from to $to', ({ from, to }) => {
    const picture = noise(from[0], from[1]);
    const size = { width: to[0], height: to[1] };
    const whole = { left: 0, top: 0, ...size };
    expect(resample(picture, size, 'bicubic').data).toEqual(plainBicubic(picture, size, whole));
  });

  it('computes a window alone to the same levels', () => {
    const picture = noise(83, 57);
    const size = { width: 40, height: 28 };
    const window = { left: 7, top: 3, width: 22, height: 19 };
    expect(resample(picture, size, 'bicubic', window).data).toEqual(plainBicubic(picture, size, window));
  });

  it('cuts what overshoots black and white', () => {
    const picture = { ...noise(64, 64), data: noise(64, 64).data.map((level) => (level < 128 ? 0 : 255)) };
    const size = { width: 150, height: 150 };
    const { data } = resample(picture, size, 'bicubic');
    expect(data).toEqual(plainBicubic(picture, size, { left: 0, top: 0, ...size }));
  });
});

describe('colours', () => {
  const source = noise(64, 61).data;
  test.each([0, 0.3, 1, 1.7, 40])('saturation by %d', (factor) => {
    const target = new Uint8Array(source.length);
    saturation(source, target, factor);
    expect(target).toEqual(plainSaturation(source, factor));
  });

  test.each([-0.5, -0.11, 0, 0.07, 0.5])('hue by %d', (factor) => {
    const target = new Uint8Array(source.length);
    hue(source, target, factor);
    expect(target).toEqual(plainHue(source, factor));
  });

  it('turns every hue there is: of all levels in steps of 5', () => {
    const steps = Array.from({ length: 52 }, (_, step) => 5 * step);
    const pixels = steps.flatMap((red) => steps.flatMap((green) => steps.map((blue) => [red, green, blue])));
    const all = Uint8Array.from(pixels.flat());
    const target = new Uint8Array(all.length);
    hue(all, target, 0.2);
    expect(target).toEqual(plainHue(all, 0.2));
  });
});

/** Of every length that a step of a kernel may leave over, with a larger picture's levels behind it in the memory. */
describe.each([1, 2, 3, 4, 5, 21, 1027])('levels of %d pixels', (pixels) => {
  const source = noise(pixels, 1).data;
  const changed = (change: (source: Uint8Array, target: Uint8Array) => void) => {
    const [larger, target] = [noise(1100, 1).data, new Uint8Array(source.length)];
    invert(larger, larger);
    change(source, target);
    return target;
  };

  test.each([0, 0.6, 1.5, 300])('brightness by %d', (factor) => {
    const expected = source.map((level) => plainBlend(0, level, factor));
    expect(changed((from, to) => brightness(from, to, factor))).toEqual(expected);
  });

  test.each([0, 0.6, 1.5, 300])('contrast by %d', (factor) => {
    const expected = source.map((level) => plainBlend(plainMean(source), level, factor));
    expect(changed((from, to) => contrast(from, to, factor))).toEqual(expected);
  });

  it('grayscale', () => {
    expect(changed(grayscale)).toEqual(source.map((_, i) => greyOf(source, i)));
  });

  it('invert', () => {
    expect(changed(invert)).toEqual(source.map((level) => 255 - level));
  });

  test.each([1, 2, 7, 8])('posterize to %d bits', (bits) => {
    const size = 2 ** (8 - bits);
    const expected = source.map((level) => level - (level % size));
    expect(changed((from, to) => posterize(from, to, bits))).toEqual(expected);
  });

  test.each([0, 1, 128, 255, 256])('solarize from %d', (threshold) => {
    const expected = source.map((level) => (level < threshold ? level : 255 - level));
    expect(changed((from, to) => solarize(from, to, threshold))).toEqual(expected);
  });

  it('equalize', () => {
    expect(changed(equalize)).toEqual(plainEqualize(source));
  });

  it('normalise, between what lies around it', () => {
    const [mean, std] = [[0.4, 0.5, 0.6] as const, [0.2, 0.3, 0.25] as const];
    const size = { width: pixels, height: 1 };
    const target = new Float32Array(3 * pixels + 2).fill(9);
    const preprocessing = {
      resize: size,
      crop: size,
      filter: 'bicubic',
      rescale: 1 / 255,
      mean,
      std,
    } as const;
    preprocess({ ...size, data: source, transparent: false }, preprocessing, target, 1);
    const expected = Float32Array.from(target, (_, at) => {
      const [channel, pixel] = [Math.floor((at - 1) / pixels), (at - 1) % pixels];
      const [scale, shift] = [1 / 255 / (std[channel] ?? 1), (mean[channel] ?? 0) / (std[channel] ?? 1)];
      return channel in std ? (source[3 * pixel + channel] as number) * scale - shift : 9;
    });
    expect(target).toEqual(expected);
  });
});

describe('blurring', () => {
  test.each([
    { width: 40, height: 33, kernelSize: 9, sigma: 1.3 },
    { width: 7, height: 50, kernelSize: 13, sigma: 6 },
    { width: 1, height: 1, kernelSize: 3, sigma: 1 },
    { width: 31, height: 2, kernelSize: 1, sigma: 0.001 },
  ])('$width x $height, kernel of $kernelSize, sigma $sigma', ({ width, height, ...blur }) => {
    const picture = noise(width, height);
    const target = new Uint8Array(picture.data.length);
    gaussianBlur(picture.data, target, picture, blur);
    expect(target).toEqual(plainBlur(picture, blur));
  });
});

it('gives a large memory up once it has been used', () => {
  const large = inPixelSpace(2 ** 25, ({ buffer }) => buffer.byteLength);
  expect(large).toBeGreaterThan(2 ** 25);
  expect(inPixelSpace(1, ({ buffer }) => buffer.byteLength)).toBeLessThan(2 ** 20);
});

function noise(width: number, height: number): Pixels {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, () => 256 * random()) };
}
