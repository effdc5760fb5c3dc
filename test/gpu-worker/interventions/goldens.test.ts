// Every operation against torchvision's own output (test/fixtures/interventions).

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { brightness, contrast, grayscale, saturation } from '#shared/pixels/color.ts';
import { gaussianBlur } from '#shared/pixels/gaussian-blur.ts';
import { hue } from '#shared/pixels/hue.ts';
import { equalize, invert, posterize, solarize } from '#shared/pixels/tone.ts';

const folder = new URL('../../fixtures/interventions/', import.meta.url);
const index = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));

type Operation = (source: Uint8Array, target: Uint8Array) => void;
const { cases } = index;
const input = await readRgb(index.input);

const operations: Record<string, Operation> = {
  brightness: (source, target) => brightness(source, target, cases.brightness.params.factor),
  contrast: (source, target) => contrast(source, target, cases.contrast.params.factor),
  saturation: (source, target) => saturation(source, target, cases.saturation.params.factor),
  hue: (source, target) => hue(source, target, cases.hue.params.factor),
  grayscale,
  gaussian_blur: (source, target) => gaussianBlur(source, target, input, cases.gaussian_blur.params),
  invert,
  posterize: (source, target) => posterize(source, target, cases.posterize.params.bits),
  solarize: (source, target) => solarize(source, target, cases.solarize.params.threshold),
  equalize,
};

describe('operations on pictures equal torchvision to the last level', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const operation = operations[name];
    expect(operation).toBeDefined();
    const target = new Uint8Array(input.data.length);
    operation?.(input.data, target);
    expect(target).toEqual((await readRgb(cases[name].file)).data);
  });

  test.each(Object.keys(cases))('%s gives the same in place', (name) => {
    const target = new Uint8Array(input.data.length);
    const inPlace = Uint8Array.from(input.data);
    operations[name]?.(input.data, target);
    operations[name]?.(inPlace, inPlace);
    expect(inPlace).toEqual(target);
  });
});

async function readRgb(file: string) {
  const { data, info } = await sharp(await readFile(new URL(file, folder)))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(3);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
