// What a model cannot encode fails alone, with its reason: in an answer, in a fit's statistics, among texts.

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Encoder, openEncoder } from '../../../gpu-worker/clip/encoder.ts';
import { collectStatistics } from '../../../gpu-worker/use-cases/collect-statistics.ts';
import { encodeImages } from '../../../gpu-worker/use-cases/encode-images.ts';
import { encodeTexts } from '../../../gpu-worker/use-cases/encode-texts.ts';
import { labelPrototypes } from '../../../gpu-worker/use-cases/text-embeddings.ts';
import { decodeStatistics } from '../../../shared/codec/stats-file.ts';
import { EncodeImagesHead, StatisticsHead } from '../../../shared/contracts/worker.ts';
import { sha256Hex } from '../../../shared/digest.ts';
import { ok } from '../../../shared/result.ts';
import { copyModel, editJson, temporaryDirectory } from '../support/model-copies.ts';

/** Normalises so steeply that black alone stays finite. */
let encoder: Encoder;
let pictures: { readonly bytes: Uint8Array<ArrayBuffer>; readonly sha256: string }[];
const bulk = { lane: 'bulk' } as const;

async function flat(level: number) {
  const background = { r: level, g: level, b: level };
  const png = await sharp({ create: { width: 40, height: 40, channels: 3, background } })
    .png()
    .toBuffer();
  const bytes = Uint8Array.from(png);
  return { bytes, sha256: await sha256Hex(bytes) };
}

beforeAll(async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/steep`;
  await copyModel(path);
  const steep = { image_mean: [0, 0, 0], image_std: [1e-300, 1e-300, 1e-300] };
  await editJson(path, 'preprocessor_config.json', steep);
  const opened = await openEncoder({ modelDirectory: path, pictureThreads: 1, maxBatch: 4 });
  if (!opened.ok) throw new Error(opened.error.detail);
  encoder = opened.value;
  pictures = [await flat(0), await flat(200), await flat(0)];
});
afterAll(() => encoder.close());

async function* stream() {
  for (const { bytes } of pictures) yield ok(bytes.slice());
}

const items = () => pictures.map(({ bytes, sha256 }) => ({ sha256, byteLength: bytes.byteLength }));
const reason = { code: 'unreadable-picture', detail: expect.stringContaining('not finite') };

describe('a picture whose embedding is not finite', () => {
  test('fails alone among those it was sent with', async () => {
    const head = EncodeImagesHead.parse({ model: 'steep', items: items() });
    const answer = await encodeImages({ head, items: stream() }, encoder, bulk);
    if (!answer.ok) throw new Error(answer.error.detail);
    expect(answer.value.failures).toEqual([{ index: 1, ...reason }]);
    expect(answer.value.encoded).toBe(2);
  });

  test('is named by the statistics of a fit, and is in no sum', async () => {
    const head = StatisticsHead.parse({
      model: 'steep',
      classes: [],
      environments: ['here'],
      encode: { interventions: [{ name: 'grayscale' }] },
      items: items().map((item) => ({ ...item, environment: 0, class: -1 })),
    });
    const collected = await collectStatistics({ head, items: stream() }, encoder, bulk);
    if (!collected.ok) throw new Error(collected.error.detail);
    expect(collected.value.failures).toEqual([{ sha256: pictures[1]?.sha256, ...reason }]);
    const file = await decodeStatistics(collected.value.file);
    if (!file.ok) throw new Error(file.error.detail);
    expect(file.value.statistics.environments[0]?.count).toBe(2);
  });
});

describe('a text whose embedding is not finite', () => {
  const rows = Float32Array.of(1, 0, Number.NaN, 1, 0, 1);
  const broken = {
    info: { embeddingDimension: 2 },
    embedTexts: async () => ({ embeddings: rows.slice(), tokenCount: 3 }),
    encodeTexts: async () => rows.slice(),
  } as unknown as Encoder;

  test('is named in the refusal', async () => {
    expect(await encodeTexts({ model: 'm', texts: ['a', 'b', 'c'] }, broken, bulk)).toMatchObject({
      ok: false,
      error: { code: 'invalid-request', errors: [{ pointer: '/texts/1' }] },
    });
  });

  test('fails a fit with its words', async () => {
    expect(await labelPrototypes(['x', 'y', 'z'], ['a {}'], broken, bulk)).toMatchObject({
      ok: false,
      error: { code: 'invalid-request', detail: expect.stringContaining('"a y"') },
    });
  });
});
