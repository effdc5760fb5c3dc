// Decoding: every kind of pixel ends as 8-bit RGB, and what should not be decoded is not.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { resampleTransparent } from '#shared/pixels/transparency.ts';
import { decodePicture, readHeader } from '../../../gpu-worker/pictures/decode.ts';
import { labTiff } from '../support/lab-tiff.ts';
import { pngBomb } from '../support/png-bomb.ts';

const limits = { maxPixels: 1e6, maxBytes: 1e6, timeoutMs: 10_000 };

/** Header first, as everybody reads pictures. */
async function decode(bytes: Uint8Array) {
  const header = await readHeader(bytes, limits);
  return header.ok ? await decodePicture(bytes, limits, header.value) : header;
}

/** Left half red, right half blue. */
const halves = sharp(
  Buffer.from(Array.from({ length: 20 * 10 }, (_, i) => (i % 20 < 10 ? [255, 0, 0] : [0, 0, 255])).flat()),
  { raw: { width: 20, height: 10, channels: 3 } },
);

async function decoded(bytes: Uint8Array) {
  const picture = await decode(bytes);
  if (!picture.ok) throw new Error(picture.error.detail);
  const { width, height, transparent, data } = picture.value;
  expect(data).toHaveLength(width * height * (transparent ? 4 : 3));
  return picture.value;
}

function pixel({ width, data }: { width: number; data: Uint8Array }, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('decodePicture', () => {
  test.each([
    ['png', () => halves.clone().png()],
    ['palette png', () => halves.clone().png({ palette: true, colours: 4 })],
    ['16-bit png', () => halves.clone().toColourspace('rgb16').png()],
    ['lossless webp', () => halves.clone().webp({ lossless: true })],
    ['gif', () => halves.clone().gif()],
    ['tiff', () => halves.clone().tiff({ compression: 'lzw' })],
  ] as const)('reads %s', async (_, make) => {
    const picture = await decoded(await make().toBuffer());
    expect(pixel(picture, 2, 5)).toEqual([255, 0, 0]);
    expect(pixel(picture, 17, 5)).toEqual([0, 0, 255]);
    expect(picture.transparent).toBe(false);
  });

  test.each([
    ['jpeg', () => halves.clone().jpeg({ quality: 95 })],
    ['CMYK jpeg', () => halves.clone().toColourspace('cmyk').jpeg({ quality: 95 })],
    ['avif', () => halves.clone().avif({ quality: 90 })],
  ] as const)('reads %s, red where it was red', async (_, make) => {
    const [red = 0, green = 0, blue = 0] = pixel(await decoded(await make().toBuffer()), 2, 5);
    expect(red - Math.max(green, blue)).toBeGreaterThan(120);
  });

  test('spreads greyscale over three channels', async () => {
    const grey = await sharp(Buffer.from([0, 128, 255, 64]), { raw: { width: 2, height: 2, channels: 1 } })
      .png()
      .toBuffer();
    expect([...(await decoded(grey)).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255, 64, 64, 64]);
  });

  test('turns a picture the way its orientation says', async () => {
    const turned = await decoded(await halves.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect([turned.width, turned.height]).toEqual([10, 20]);
    expect(pixel(turned, 5, 2)[0]).toBeGreaterThan(200);
    expect(pixel(turned, 5, 17)[2]).toBeGreaterThan(200);
  });

  test('keeps alpha beside the colours, uncomposited, and drops it where all is opaque', async () => {
    const clear = Buffer.from([200, 100, 50, 0, 10, 20, 30, 255]);
    const opaque = Buffer.from([200, 100, 50, 255, 10, 20, 30, 255]);
    const make = (data: Buffer) =>
      sharp(data, { raw: { width: 2, height: 1, channels: 4 } })
        .png()
        .toBuffer();
    const transparent = await decoded(await make(clear));
    expect(transparent).toMatchObject({ transparent: true, data: clear });
    const plain = await decoded(await make(opaque));
    expect(plain.transparent).toBe(false);
    expect([...plain.data]).toEqual([200, 100, 50, 10, 20, 30]);
  });

  test.each([
    ['text', Buffer.from('hello, this is no picture')],
    ['nothing', Buffer.alloc(0)],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    [
      'a PNG head with garbage',
      Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(99, 7)]),
    ],
  ])('refuses %s', async (_, bytes) => {
    expect(await decode(bytes)).toMatchObject({
      ok: false,
      error: { code: 'unreadable-picture' },
    });
  });

  test('refuses a file cut short', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
    const png = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    for (const bytes of [png, jpeg]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length / 2));
      expect(await decode(cut)).toMatchObject({
        ok: false,
        error: { code: 'unreadable-picture' },
      });
    }
  });

  test('refuses too many bytes and too many pixels', async () => {
    const tooLarge = { ok: false, error: { code: 'picture-too-large' } };
    expect(await decode(Buffer.alloc(1_000_001))).toMatchObject(tooLarge);
    expect(await decode(pngBomb(10_000, 10_000))).toMatchObject(tooLarge);
  });
});

describe('a JPEG whose end is missing', () => {
  const size = 64;
  const make = (options: { progressive?: boolean } = {}) =>
    sharp(Buffer.from(Array.from({ length: size * size * 3 }, (_, i) => (i * 7919) % 251)), {
      raw: { width: size, height: size, channels: 3 },
    })
      .jpeg({ quality: 90, chromaSubsampling: '4:4:4', ...options })
      .toBuffer();
  const taking = { ...limits, truncatedJpegs: 'take' } as const;
  const half = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2));
  const unreadable = { ok: false, error: { code: 'unreadable-picture' } };

  test('is refused unless it is to be taken', async () => {
    const cut = half(await make());
    expect(await decodePicture(cut, limits)).toMatchObject(unreadable);
    expect(await decodePicture(cut, { ...limits, truncatedJpegs: 'refuse' })).toMatchObject(unreadable);
  });

  test('is taken as far as it came, where it is to be taken', async () => {
    const whole = await make();
    const [all, part] = [await decodePicture(whole, taking), await decodePicture(half(whole), taking)];
    if (!all.ok || !part.ok) throw new Error('refused');
    expect(part.value).toMatchObject({ width: size, height: size, transparent: false });
    const rows = (count: number) => 3 * size * count;
    expect(part.value.data.subarray(0, rows(8))).toEqual(all.value.data.subarray(0, rows(8)));
    const below = [...part.value.data.subarray(rows(size - 8))];
    expect(below.every((level) => level === 128)).toBe(true);
  });

  test('is taken too where its scans are progressive, but not before the first of them', async () => {
    const progressive = await make({ progressive: true });
    expect(await decodePicture(half(progressive), taking)).toMatchObject({ ok: true });
    expect(await decodePicture(progressive.subarray(0, 100), taking)).toMatchObject(unreadable);
  });

  test('does not open the door to files that are damaged otherwise', async () => {
    const whole = await make();
    const spoilt = Buffer.from(whole);
    spoilt.fill(0xff, whole.length / 2, whole.length / 2 + 40);
    const png = await halves.clone().png({ compressionLevel: 0 }).toBuffer();
    expect(await decodePicture(half(png), taking)).toMatchObject(unreadable);
    expect(await decodePicture(spoilt, taking)).toEqual(await decodePicture(spoilt, limits));
  });
});

describe('a picture of four inks', () => {
  test.each(['cmyk.jpg', 'cmyk.tif'])(
    '%s has the colours that Pillow gives it, to the level',
    async (name) => {
      const folder = new URL('../../fixtures/cmyk/', import.meta.url);
      const decoded = await decode(await readFile(new URL(name, folder)));
      if (!decoded.ok) throw new Error(decoded.error.detail);
      const expected = await readFile(new URL(`${name}.rgb`, folder));
      expect(Buffer.compare(Buffer.from(decoded.value.data), expected)).toBe(0);
    },
  );
});

describe('a Lab picture', () => {
  const folder = new URL('../../fixtures/lab/', import.meta.url);

  test.each(['lab.tif', 'lab-deflate.tif'])(
    '%s has the colours that Pillow gives it, to one level',
    async (name) => {
      const file = await readFile(new URL(name, folder));
      const before = Buffer.from(file);
      const { data, transparent } = await decoded(file);
      const expected = await readFile(new URL('lab.rgb', folder));
      expect(transparent).toBe(false);
      expect(data).toHaveLength(expected.length);
      expect(Math.max(...data.map((level, i) => Math.abs(level - (expected[i] ?? 0))))).toBeLessThanOrEqual(
        1,
      );
      expect(file.equals(before)).toBe(true);
    },
  );

  test('of 16 bits has the colours of the same in 8, in both byte orders and beyond what a screen shows', async () => {
    for (const [l, a, b] of [
      [128, 20, -20],
      [20, -60, -60],
      [250, -20, -60],
      [90, 70, 60],
    ] as const) {
      const expected = pixel(await decoded(labTiff([l, a & 255, b & 255], 8, true)), 1, 1);
      const levels = [257 * l, (256 * a) & 0xffff, (256 * b) & 0xffff];
      for (const isLittleEndian of [true, false]) {
        expect(pixel(await decoded(labTiff(levels, 16, isLittleEndian)), 1, 1)).toEqual(expected);
      }
    }
  });

  test('that is cut short is refused', async () => {
    const file = await readFile(new URL('lab-deflate.tif', folder));
    // Pillow writes the directory last, libtiff first: neither half is a picture.
    for (const part of [file.subarray(0, file.length / 2), file.subarray(0, 16)]) {
      expect(await decode(part)).toMatchObject({ ok: false, error: { code: 'unreadable-picture' } });
    }
  });
});

describe('a palette with transparency', () => {
  const palette = [
    [200, 100, 50, 0],
    [10, 20, 30, 128],
    [0, 255, 0, 255],
    [90, 90, 90, 255],
  ];
  const indices = Array.from({ length: 64 }, (_, i) => (i * 7 + (i >> 3)) % 4);
  const asRgba = Buffer.from(indices.flatMap((index) => palette[index] ?? []));

  test('is turned into colours and opacities before all else, so that it equals the same picture without a palette', async () => {
    const picture = await decoded(
      await readFile(new URL('../../fixtures/palette/palette.png', import.meta.url)),
    );
    expect(picture).toMatchObject({ width: 8, height: 8, transparent: true });
    expect(Buffer.compare(Buffer.from(picture.data), asRgba)).toBe(0);
  });

  test('of which nothing is clear has its colours alone, as convert("RGB") gives them', async () => {
    const picture = await decoded(
      await readFile(new URL('../../fixtures/palette/opaque.png', import.meta.url)),
    );
    expect(picture.transparent).toBe(false);
    expect([...picture.data]).toEqual(indices.flatMap((index) => (palette[index] ?? []).slice(0, 3)));
  });

  test.each(['palette.gif', 'palette-one-clear.png'])(
    '%s gives the model the same numbers whatever the clear colour was',
    async (name) => {
      const picture = await decoded(
        await readFile(new URL(`../../fixtures/palette/${name}`, import.meta.url)),
      );
      if (!picture.transparent) throw new Error('nothing of it is clear');
      const otherColour = picture.data.map((level, i) =>
        picture.data[i - (i % 4) + 3] === 0 && i % 4 < 3 ? 255 - level : level,
      );
      const size = { width: 5, height: 5 };
      expect(resampleTransparent(picture, size, 'bicubic').data).toEqual(
        resampleTransparent({ ...picture, data: otherColour }, size, 'bicubic').data,
      );
    },
  );
});
