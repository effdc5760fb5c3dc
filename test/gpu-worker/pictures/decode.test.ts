// Decoding: every kind of pixel ends as 8-bit RGB, and what should not be decoded is not.

import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePicture, readHeader } from '../../../gpu-worker/pictures/decode.ts';
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
