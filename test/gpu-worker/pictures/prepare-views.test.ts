// One picture to the views a model takes.

import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { prepareViews, type ViewPlan } from '../../../gpu-worker/pictures/prepare-views.ts';
import { resizedSize } from '../../../gpu-worker/pictures/preprocess.ts';
import { PictureIntervention } from '../../../shared/contracts/intervention.ts';

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
  limits: { maxPixels: 1e7, maxBytes: 1e7 },
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
