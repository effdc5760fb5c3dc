// Classifying and embedding through the real stack: caches, the worker's death and return, other people's clients.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '#shared/digest.ts';
import { parseServerTiming } from '../../console/session/server-timing.ts';
import { brokenPicture, samplePicture, withComment } from '../support/pictures.ts';
import { encodedPictures, openTestStack, type StackTenant, type TestStack } from '../support/stack.ts';

const labels = ['cat', 'dog', 'pizza'];

let stack: TestStack;
let tenant: StackTenant;

beforeAll(async () => {
  stack = await openTestStack();
  tenant = await stack.tenant('curious');
});

afterAll(async () => {
  await stack?.close();
});

describe('pictures', () => {
  it('are labelled, and one that is broken fails alone', async () => {
    const pictures = [samplePicture('noto', 'cat'), brokenPicture(), samplePicture('noto', 'dog')];
    const { results } = await tenant.client.classifications.pictures(pictures, { labels });
    expect(results.map((result) => ('error' in result ? result.error.code : result.label))).toEqual([
      'cat',
      'unreadable-picture',
      'dog',
    ]);
  });

  it('seen before are answered without the worker', async () => {
    const picture = withComment(samplePicture('noto', 'cat'), 'seen before');
    const classify = () => tenant.client.classifications.picture(picture, { labels });
    const [first] = (await classify()).results;
    expect(first).toMatchObject({ label: 'cat', embedding: 'worker' });
    const encoded = await encodedPictures(stack);
    const [again] = (await classify()).results;
    expect(again).toMatchObject({ label: 'cat', embedding: 'memory' });
    const { sha256 = '' } = first !== undefined && 'sha256' in first ? first : {};
    const named = await tenant.client.classifications.create({ labels, inputs: [{ sha256 }] });
    expect(named.results[0]).toMatchObject({ label: 'cat' });
    expect(await encodedPictures(stack)).toBe(encoded);
  });

  it('say what their caller waited for, each part by itself', async () => {
    const picture = withComment(samplePicture('noto', 'cat'), 'timed');
    const parts = async () => {
      const answer = await tenant.fetch('/v1/classifications?labels=cat&labels=dog', {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body: picture,
      });
      await answer.arrayBuffer();
      return parseServerTiming(answer.headers.get('server-timing')).map(({ name }) => name);
    };
    const byWorker = ['plan', 'hop', 'worker', 'decode', 'model'];
    expect(await parts()).toEqual(['limits', 'body', 'lookup', ...byWorker, 'classify', 'total']);
    expect(await parts()).toEqual(['limits', 'body', 'lookup', 'classify', 'total']);
  });

  it('are not known by their hash to another tenant', async () => {
    const picture = withComment(samplePicture('noto', 'cat'), 'mine');
    const [mine] = (await tenant.client.classifications.picture(picture, { labels })).results;
    const { sha256 = '' } = mine !== undefined && 'sha256' in mine ? mine : {};
    const stranger = await stack.tenant('stranger');
    const asking = stranger.client.classifications.create({ labels, inputs: [{ sha256 }] });
    await expect(asking).rejects.toMatchObject({ status: 404 });
    const [theirs] = (await stranger.client.classifications.picture(picture, { labels })).results;
    expect(theirs).toMatchObject({ embedding: 'worker' });
  });
});

describe('the official openai client', () => {
  it('embeds texts and pictures, as floats and as base64', async () => {
    const openai = new OpenAI({ apiKey: tenant.key, baseURL: `${stack.url}/v1`, maxRetries: 0 });
    const input = ['a picture of a cat', 'a picture of a dog'];
    const decoded = await openai.embeddings.create({ model: 'nano-clip', input });
    const floats = await openai.embeddings.create({ model: 'nano-clip', input, encoding_format: 'float' });
    expect(decoded.data).toHaveLength(2);
    expect(decoded.usage.total_tokens).toBeGreaterThan(0);
    for (const [index, { embedding }] of decoded.data.entries()) {
      expect(embedding).toHaveLength(256);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(floats.data[index]?.embedding).toEqual(embedding);
    }
  });

  it('embeds pictures, which its types do not know but its requests carry', async () => {
    const openai = new OpenAI({ apiKey: tenant.key, baseURL: `${stack.url}/v1`, maxRetries: 0 });
    const image = toBase64(samplePicture('noto', 'cat'));
    const input = ['a picture of a cat', 'a picture of a pizza', { image }] as string[];
    const { data } = await openai.embeddings.create({ model: 'nano-clip', input });
    const [cat = [], pizza = [], picture = []] = data.map(({ embedding }) => embedding);
    const cosine = (text: number[]) => text.reduce((sum, value, i) => sum + value * (picture[i] ?? 0), 0);
    expect(cosine(cat)).toBeGreaterThan(cosine(pizza));
  });

  it('reads our problems as its own errors', async () => {
    const openai = new OpenAI({ apiKey: 'icm_dev_wrong', baseURL: `${stack.url}/v1`, maxRetries: 0 });
    const asking = openai.embeddings.create({ model: 'nano-clip', input: 'x' });
    await expect(asking).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe('without the worker', () => {
  it('what needs no encoder is answered, the rest is asked to come again, until the worker is back', async () => {
    const [worker] = stack.workers;
    const known = samplePicture('noto', 'dog');
    await tenant.client.classifications.picture(known, { labels });
    const { data } = await tenant.client.embeddings.create({ input: 'a picture of a cat' });
    const embedding = data[0]?.embedding;
    const row = Float32Array.from(Array.isArray(embedding) ? embedding : []);

    await worker?.suspend('SIGKILL');
    const fresh = withComment(samplePicture('noto', 'cat'), 'never seen');
    const refused = tenant.client.classifications.picture(fresh, { labels });
    await expect(refused).rejects.toMatchObject({ status: 503, retryAfterSeconds: expect.any(Number) });
    const byEmbedding = await tenant.client.classifications.embeddings(row, { labels });
    expect(byEmbedding.results[0]).toMatchObject({ label: 'cat', embedding: 'request' });
    const byPicture = await tenant.client.classifications.picture(known, { labels });
    expect(byPicture.results[0]).toMatchObject({ label: 'dog' });

    await worker?.resume();
    // As a client with retries sees it: the way back opens when the circuit breaker tries again.
    await expect.poll(() => classifyStatus(fresh), { interval: 100 }).toBe('cat');
  });

  it('killed, it is started again by itself', async () => {
    const [worker] = stack.workers;
    const before = worker?.pid();
    if (before !== undefined) process.kill(before, 'SIGKILL');
    await expect.poll(() => worker?.pid()).not.toBe(before);
    await worker?.ready();
    const fresh = withComment(samplePicture('noto', 'cat'), 'after the restart');
    await expect.poll(() => classifyStatus(fresh), { interval: 100 }).toBe('cat');
  });
});

async function classifyStatus(picture: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    const { results } = await tenant.client.classifications.picture(picture, { labels });
    const [result] = results;
    return result !== undefined && 'label' in result ? result.label : 'failed';
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  }
}
