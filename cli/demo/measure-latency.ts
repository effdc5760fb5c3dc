// Times three kinds of request: a picture seen for the first time, the same again, and an embedding.

import type { ClipIcmClient } from '#client/client.ts';
import type { SamplePicture } from './sample-pictures.ts';

export type LatencyMs = { readonly picture: number; readonly repeated: number; readonly embedding: number };

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
