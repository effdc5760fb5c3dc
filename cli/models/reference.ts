// Embeddings of a few texts and pictures beside a model (reference.json), to tell whether another machine, device or release of
// ONNX Runtime gives the same ones. Pictures stand in the file as PNG, so that it needs nothing else.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { ModelVariant } from '#shared/contracts/model-variants.ts';
import { parseJson } from '#shared/parse-json.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { type Encoder, openEncoder } from '../../gpu-worker/clip/encoder.ts';

const Embedding = z.array(z.number()).min(1);

/** nano-clip's own names its rows `text_embeds`. */
const ReferenceText = z.union([
  z.object({ text: z.string(), embedding: Embedding }),
  z
    .object({ text: z.string(), text_embeds: Embedding })
    .transform(({ text, text_embeds: embedding }) => ({ text, embedding })),
]);

const Reference = z.object({
  texts: z.array(ReferenceText).min(1),
  pictures: z.array(z.object({ png: z.base64(), embedding: Embedding })).default([]),
});

export type Comparison = {
  readonly texts: number;
  readonly pictures: number;
  /** The smallest cosine of an embedding with its reference. */
  readonly leastCosine: number;
  readonly equal: boolean;
};

/** Float16 weights on another device stay above it; another model, tokenizer or preprocessing does not. */
const leastEqualCosine = 0.9999;

const texts = ['a picture of a fox', 'A red fox, in the snow!', 'two cats on a sofa', '狐狸', 'x'];

/** `undefined` where the model has no reference. The error is a sentence. */
export async function compareWithReference(
  directory: string,
  modelId: string,
  variant: ModelVariant,
): Promise<Result<Comparison | undefined, string>> {
  const content = await readFile(join(directory, 'reference.json'), 'utf8').catch(() => undefined);
  if (content === undefined) return ok(undefined);
  const reference = Reference.safeParse(parseJson(content));
  if (!reference.success) return err(`The reference.json of ${modelId} is not one of this program.`);
  return withEncoder(directory, modelId, variant, async (encoder) => {
    const rows = await embedAll(encoder, reference.data);
    const expected = [...reference.data.texts, ...reference.data.pictures];
    const cosines = expected.map(({ embedding }, index) => cosine(rows[index] ?? [], embedding));
    const leastCosine = Math.min(...cosines);
    const counts = { texts: reference.data.texts.length, pictures: reference.data.pictures.length };
    return { ...counts, leastCosine, equal: leastCosine >= leastEqualCosine };
  });
}

/** Writes what this machine gives. The error is a sentence. */
export async function writeReference(
  directory: string,
  modelId: string,
  variant: ModelVariant,
): Promise<Result<void, string>> {
  const pngs = await Promise.all([0, 1, 2].map(syntheticPng));
  const asked = {
    texts: texts.map((text) => ({ text })),
    pictures: pngs.map((png) => ({ png: png.toString('base64') })),
  };
  const written = await withEncoder(directory, modelId, variant, async (encoder) => {
    const rows = (await embedAll(encoder, asked)).map((row) => Array.from(row));
    const content = {
      format: 'reference/1',
      model: encoder.info.reference,
      texts: asked.texts.map((text, index) => ({ ...text, embedding: rows[index] })),
      pictures: asked.pictures.map((item, index) => ({ ...item, embedding: rows[texts.length + index] })),
    };
    await writeFile(join(directory, 'reference.json'), `${JSON.stringify(content)}\n`);
  });
  return written.ok ? ok(undefined) : written;
}

async function withEncoder<Answer>(
  modelDirectory: string,
  modelId: string,
  variant: ModelVariant,
  use: (encoder: Encoder) => Promise<Answer>,
): Promise<Result<Answer, string>> {
  const opened = await openEncoder({ modelDirectory, modelId, variant, maxBatch: 2 });
  if (!opened.ok) return err(opened.error.detail);
  try {
    return ok(await use(opened.value));
  } finally {
    await opened.value.close();
  }
}

/** Texts first, then pictures; a picture that fails is a row of nothing, which equals no reference. */
async function embedAll(
  encoder: Encoder,
  asked: {
    readonly texts: readonly { readonly text: string }[];
    readonly pictures: readonly { readonly png: string }[];
  },
): Promise<ArrayLike<number>[]> {
  const joined = await encoder.encodeTexts(asked.texts.map(({ text }) => text));
  const length = encoder.info.embeddingDimension;
  const rows = asked.texts.map((_, index) => joined.slice(index * length, (index + 1) * length));
  const pictures = await encoder.encodePictures(asked.pictures.map(({ png }) => Buffer.from(png, 'base64')));
  return [...rows, ...pictures.map((result) => (result.ok ? result.value : []))];
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return -1;
  let [dot, squaresOfA, squaresOfB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    squaresOfA += x * x;
    squaresOfB += y * y;
  }
  return dot / Math.sqrt(squaresOfA * squaresOfB);
}

/** Waves of colour, another for each number: large enough that resizing matters. */
function syntheticPng(number: number): Promise<Buffer> {
  const [width, height, channels] = [96, 64, 3] as const;
  const data = Buffer.alloc(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    data[i] = Math.round(127.5 * (1 + Math.sin((x * (1 + number) + 2 * y * ((i % channels) + 1)) / 12)));
  }
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}
