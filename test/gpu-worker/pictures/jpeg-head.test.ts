// Sizes read without libvips: where one is answered it is libvips' own, and nothing that libvips refuses has one.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { readJpegHead } from '../../../gpu-worker/pictures/jpeg/jpeg-head.ts';
import { uniform } from '../../shared/math/random.ts';

const noise = Buffer.from(Array.from({ length: 60 * 44 * 3 }, (_, i) => (i * 7919) % 251));
const picture = () => sharp(noise, { raw: { width: 60, height: 44, channels: 3 } });

const usual = {
  baseline: () => picture().jpeg(),
  'without subsampling': () => picture().jpeg({ chromaSubsampling: '4:4:4' }),
  progressive: () => picture().jpeg({ progressive: true }),
  'best tables': () => picture().jpeg({ mozjpeg: true }),
  grey: () => picture().toColourspace('b-w').jpeg(),
  'turned by its orientation': () => picture().withMetadata({ orientation: 6 }).jpeg(),
  'with a colour profile': () => picture().withIccProfile('p3').jpeg(),
};

function jpegSize(bytes: Uint8Array) {
  const head = readJpegHead(bytes);
  return head && { width: head.width, height: head.height };
}

const names = Object.keys(usual) as (keyof typeof usual)[];

test.each(names)('tells the size of a JPEG: %s', async (name) => {
  expect(jpegSize(await usual[name]().toBuffer())).toEqual({ width: 60, height: 44 });
});

test('tells the size of a photograph, in whatever memory it lies', async () => {
  const file = await readFile(new URL('../../fixtures/images/photo.jpg', import.meta.url));
  const { width, height } = await sharp(file).metadata();
  expect(jpegSize(Buffer.concat([Buffer.alloc(3), file]).subarray(3))).toEqual({ width, height });
});

test('leaves other files, four inks and second pictures to libvips', async () => {
  const jpeg = await usual.baseline().toBuffer();
  const secondPicture = Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe2, 0, 8, ...Buffer.from('MPF\0\0\0')]),
    jpeg.subarray(2),
  ]);
  const files = [
    await picture().png().toBuffer(),
    await picture().toColourspace('cmyk').jpeg().toBuffer(),
    secondPicture,
    jpeg.subarray(0, jpeg.indexOf(Buffer.from([0xff, 0xda]))),
    Buffer.alloc(0),
  ];
  expect(files.map((file) => jpegSize(file))).toEqual(files.map(() => undefined));
});

describe('a damaged head', () => {
  test.each(names)("has libvips' size or none: %s", async (name) => {
    const whole = await usual[name]().toBuffer();
    const scan = whole.indexOf(Buffer.from([0xff, 0xda])) + 14;
    const next = uniform(7);
    let told = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = Buffer.from(whole);
      for (let fault = 0; fault <= round % 3; fault++) {
        damaged[Math.floor(next() * scan)] = Math.floor(next() * 256);
      }
      const size = jpegSize(damaged);
      if (size === undefined) continue;
      told++;
      const { format, width, height, hasAlpha, space } = await sharp(damaged, {
        limitInputPixels: false,
      }).metadata();
      expect({ format, hasAlpha, width, height }).toEqual({ format: 'jpeg', hasAlpha: false, ...size });
      expect(space).not.toBe('cmyk');
    }
    expect(told).toBeGreaterThan(10);
  });
});
