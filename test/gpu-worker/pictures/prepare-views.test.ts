// One picture to the views a model takes.

import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { resizedSize } from '#shared/pixels/preprocess.ts';
import { prepareViews, type ViewPlan } from '../../../gpu-worker/pictures/prepare-views.ts';
import { PictureIntervention } from '../../../shared/contracts/intervention.ts';
import { pngBomb } from '../support/png-bomb.ts';

const length = 3 * 8 * 8;
const grayscale = PictureIntervention.parse({ name: 'grayscale' });
const invert = PictureIntervention.parse({ name: 'invert' });

const plan: ViewPlan = {
  preprocessing: {
    resize: { shorterSide: 8 },
    filter: 'bicubic',
    crop: { width: 8, height: 8 },
    rescale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  limits: { maxPixels: 1e8, maxBytes: 1e7, timeoutMs: 10_000 },
  plain: true,
  interventions: [],
  seed: 0,
  contentSha256: 'x',
};

function png(width: number, height: number, rgba: (i: number) => number[]): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: width * height }, (_, i) => rgba(i)).flat());
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

async function views(bytes: Uint8Array, extra: Partial<ViewPlan>) {
  const prepared = await prepareViews(bytes, { ...plan, ...extra });
  if (!('ok' in prepared)) throw new Error('it was put off');
  if (!prepared.ok) throw new Error(prepared.error.detail);
  const { pixels, noOps } = prepared.value;
  const rows = Array.from({ length: pixels.length / length }, (_, i) =>
    pixels.slice(i * length, (i + 1) * length),
  );
  return { rows, noOps };
}

describe('prepareViews', () => {
  test('puts the picture first, then each intervention in its order', async () => {
    const colours = await png(20, 12, (i) => [i % 256, 255 - (i % 256), 40, 255]);
    const both = await views(colours, { interventions: [grayscale, invert] });
    const alone = await views(colours, { plain: false, interventions: [invert] });
    expect(both.rows).toHaveLength(3);
    expect(both.rows[2]).toEqual(alone.rows[0]);
    expect(both.noOps).toEqual([false, false]);
    expect((await views(colours, {})).rows[0]).toEqual(both.rows[0]);
  });

  test('says where an intervention changed no pixel', async () => {
    const grey = await png(10, 10, (i) => [i, i, i, 255]);
    expect((await views(grey, { interventions: [grayscale, invert] })).noOps).toEqual([true, false]);
    const alone = await views(grey, { plain: false, interventions: [grayscale] });
    expect(alone.rows[0]).toEqual((await views(grey, {})).rows[0]);
  });

  test('ends with nearly the same pixels whether a large picture is shrunk before or after inverting', async () => {
    const smooth = await png(160, 120, (i) => [(i % 160) + 40, Math.floor(i / 160) + 60, 128, 255]);
    const { rows } = await views(smooth, { interventions: [invert] });
    const differences = (rows[1] ?? []).map((value, i) => Math.abs(1 - value - (rows[0]?.[i] ?? Number.NaN)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(3 / 255);
  });

  test('lets no intervention bring out colours that were invisible', async () => {
    const hidden = await png(16, 16, (i) => (i % 2 === 0 ? [255, 0, 0, 0] : [0, 0, 255, 255]));
    const { rows } = await views(hidden, {
      interventions: [PictureIntervention.parse({ name: 'posterize' })],
    });
    for (const row of rows) expect(Math.max(...row.subarray(0, 64))).toBe(0);
  });
});

describe('bounds', () => {
  const model: ViewPlan = {
    ...plan,
    preprocessing: {
      ...plan.preprocessing,
      resize: { shorterSide: 224 },
      crop: { width: 224, height: 224 },
    },
    limits: { ...plan.limits, maxPixels: 2 ** 26 },
  };

  test.each([
    ['transparent 1 x 40,000', () => transparentStrip(1, 40_000), 'a side has at most 32768'],
    ['transparent 1 x 2,000', () => transparentStrip(1, 2000), 'at most 50 times as long'],
    ['opaque 1 x 60,000,000', () => pngBomb(1, 60_000_000), 'a side has at most'],
    ['opaque 10,000 x 10,000', () => pngBomb(10_000, 10_000), 'at most 67108864 are decoded'],
  ])('refuse %s by its header, without decoding it', async (_, make, reason) => {
    const bytes = await make();
    // Cut behind the header: decoding would find it damaged.
    const head = bytes.subarray(0, bytes.indexOf('IDAT') + 8);
    for (const given of [bytes, head]) {
      expect(await prepareViews(given, model)).toMatchObject({
        ok: false,
        error: { code: 'picture-too-large', detail: expect.stringContaining(reason) },
      });
    }
  });

  test('refuse what a model of large pictures would resize to too many pixels', async () => {
    const wide = await png(40, 800, () => [1, 2, 3, 128]);
    const large = { ...model.preprocessing, resize: { shorterSide: 512 } };
    expect(await prepareViews(wide, { ...model, preprocessing: large })).toMatchObject({
      ok: false,
      error: { code: 'picture-too-large', detail: expect.stringContaining('resized') },
    });
    expect(await prepareViews(wide, model)).toMatchObject({ ok: true });
  });

  test('puts off what will take longer than there is time, and not what will not', async () => {
    const thrifty = { ...model, maxEstimateMs: 250 };
    expect(await prepareViews(pngBomb(6000, 6000), thrifty)).toEqual({ estimateMs: expect.any(Number) });
    expect(await prepareViews(pngBomb(600, 600), thrifty)).toMatchObject({ ok: true });
  });

  function transparentStrip(width: number, height: number): Promise<Buffer> {
    return sharp({ create: { width, height, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0.5 } } })
      .png()
      .toBuffer();
  }
});

describe('resizedSize', () => {
  test.each([
    [
      { width: 300, height: 200 },
      { width: 12, height: 8 },
    ],
    [
      { width: 100, height: 333 },
      { width: 8, height: 26 },
    ],
    [
      { width: 5, height: 5 },
      { width: 8, height: 8 },
    ],
  ])('of %o truncates the longer side as torchvision does', (size, expected) => {
    expect(resizedSize(size, { shorterSide: 8 })).toEqual(expected);
  });
});
