// Classifies the held-out pictures through the public API, by plain CLIP and by the projection, and times three kinds of
// request: a picture seen for the first time, the same again, and an embedding.

import type { ClipIcmClient } from '#client/client.ts';
import type { ClassificationResult, Prediction } from '#shared/contracts/classification.ts';
import type { SamplePicture } from './sample-pictures.ts';

export type Answered = {
  readonly picture: SamplePicture;
  /** All labels, most probable first. */
  readonly clip: readonly Prediction[];
  readonly projection: readonly Prediction[];
};

export type LatencyMs = { readonly picture: number; readonly repeated: number; readonly embedding: number };

/** The projection has labels and templates of its own; plain CLIP is told the same. */
export type ClassifyBy = {
  readonly projection: string;
  readonly labels: string[];
  readonly templates: string[];
};

/** What one request takes. */
const batchSize = 64;

/** Every picture alone, twice over, then one embedding as often; medians in milliseconds, measured by the caller. */
export async function measureLatency(
  client: ClipIcmClient,
  projection: string,
  pictures: readonly SamplePicture[],
): Promise<LatencyMs> {
  const send = (picture: SamplePicture) => client.classifications.picture(picture.bytes, { projection });
  const first = await timeEach(pictures, send);
  const repeated = await timeEach(pictures, send);
  const vector = await embed(client, pictures[0]);
  const embedding = await timeEach(pictures, () => client.classifications.embeddings(vector, { projection }));
  return { picture: median(first), repeated: median(repeated), embedding: median(embedding) };
}

/** For pictures classified before: they are named by their hashes, so no bytes travel again. */
export async function classifyTargets(
  client: ClipIcmClient,
  { projection, labels, templates }: ClassifyBy,
  pictures: readonly SamplePicture[],
): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (let start = 0; start < pictures.length; start += batchSize) {
    const batch = pictures.slice(start, start + batchSize);
    const request = { inputs: batch.map(({ sha256 }) => ({ sha256 })), topK: labels.length };
    const clip = await client.classifications.create({ ...request, labels, templates });
    const projected = await client.classifications.create({ ...request, projection });
    for (const [index, picture] of batch.entries()) {
      answered.push({
        picture,
        clip: predictionsOf(clip.results[index]),
        projection: predictionsOf(projected.results[index]),
      });
    }
  }
  return answered;
}

/** Share of the pictures whose most probable label is their class. */
export function accuracy(answered: readonly Answered[], side: 'clip' | 'projection'): number {
  return answered.filter((one) => one[side][0]?.label === one.picture.class).length / answered.length;
}

function predictionsOf(result: ClassificationResult | undefined): readonly Prediction[] {
  if (result === undefined || 'error' in result) {
    throw new Error(
      `A sample picture was not classified: ${result?.error.detail ?? 'no result came for it'}`,
    );
  }
  return result.predictions;
}

async function embed(
  client: ClipIcmClient,
  picture: SamplePicture | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  const image = Buffer.from(picture?.bytes ?? []).toString('base64');
  const { data } = await client.embeddings.create({ input: { image } });
  const vector = data[0]?.embedding;
  if (!Array.isArray(vector)) throw new Error('The service answered no embedding.');
  return Float32Array.from(vector);
}

async function timeEach<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  for (const item of items) {
    const startedMs = performance.now();
    await run(item);
    times.push(performance.now() - startedMs);
  }
  return times;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[middle]];
  return (low + high) / 2;
}
