// The way of a fit over a real worker process: encode, statistics of two shards, merge, solve.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeContainer } from '../../../shared/codec/container.ts';
import { decodeArtefact } from '../../../shared/codec/icm-file.ts';
import { decodeStatistics, encodeStatistics } from '../../../shared/codec/stats-file.ts';
import { EncodedHeader } from '../../../shared/contracts/worker.ts';
import { gatedBody } from '../support/gated-body.ts';
import {
  framesBody,
  jsonBytes,
  post,
  postFrames,
  startWorker,
  until,
  untilReady,
  type WorkerProcess,
} from '../support/worker-process.ts';

const names = ['photo.jpg', 'wide.png', 'tall.png', 'odd.png', 'gray.png', 'small.png'];
const pictures = await Promise.all(
  names.map((name) => readFile(new URL(`../../fixtures/images/${name}`, import.meta.url))),
);
const model = 'nano-clip';
const textFile = Buffer.from('not a picture at all');

let worker: WorkerProcess;
beforeAll(async () => {
  worker = await startWorker({ ICM_FETCH_ALLOW: '127.0.0.1/32' });
  await untilReady(worker.origin);
});
afterAll(async () => {
  await worker?.stop();
});

async function bytesOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  expect(
    response.status,
    await response
      .clone()
      .text()
      .then((text) => text.slice(0, 300)),
  ).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

async function encoded(response: Response) {
  const file = await decodeContainer(await bytesOf(response), { kind: 'encoded', schema: EncodedHeader });
  if (!file.ok) throw new Error(file.error.detail);
  const embeddings = file.value.blocks.get('embeddings');
  if (!(embeddings instanceof Float32Array)) throw new Error('no embeddings');
  return { header: file.value.header, embeddings };
}

function shard(from: number, to: number) {
  const items = pictures.slice(from, to).map((bytes, index) => ({
    bytes,
    environment: index % 2,
    class: (from + index) % 2,
  }));
  return postFrames(worker.origin, {
    path: '/v1/statistics',
    head: { model, classes: ['cat', 'dog'], environments: ['photo', 'sketch'], encode: {} },
    items,
  });
}

function solve(statistics: Uint8Array<ArrayBuffer>, options: Record<string, unknown>) {
  return postFrames(worker.origin, {
    path: '/v1/solve',
    head: { model, createdAt: '2026-01-01T00:00:00Z', solve: options },
    items: [{ bytes: statistics }],
  });
}

describe('a running worker', () => {
  test('encodes texts to unit rows and counts their tokens', async () => {
    const body = jsonBytes({ model, texts: ['a photo of a cat', 'guitar'] });
    const { header, embeddings } = await encoded(
      await post(worker.origin, { path: '/v1/encode/texts', body }),
    );
    expect(header.tokens).toBe(7 + 5);
    expect(embeddings).toHaveLength(2 * 256);
    expect(Math.hypot(...embeddings.subarray(0, 256))).toBeCloseTo(1, 5);
  });

  test('says what a request came to', async () => {
    const photo = pictures[0] ?? textFile;
    const { width, height } = await sharp(photo).metadata();
    const items = [photo, photo, textFile].map((bytes) => ({ bytes }));
    const images = await postFrames(worker.origin, { path: '/v1/encode/images', head: { model }, items });
    expect(images.headers.get('x-icm-pixels')).toBe(String(2 * width * height));
    const body = jsonBytes({ model, texts: ['one', 'two'] });
    const texts = await post(worker.origin, { path: '/v1/encode/texts', body });
    expect(texts.headers.get('x-icm-texts')).toBe('2');
    const statistics = await bytesOf(await shard(0, 3));
    const solved = await solve(statistics, { templates: ['a {}', 'the {}'], estimator: 'identity' });
    expect(solved.headers.get('x-icm-texts')).toBe('4');
  });

  test('encodes good pictures around a broken one, which fails alone', async () => {
    const items = [pictures[0], textFile, pictures[1]].map((bytes) => ({ bytes: bytes ?? textFile }));
    const { header, embeddings } = await encoded(
      await postFrames(worker.origin, { path: '/v1/encode/images', head: { model }, items }),
    );
    expect(header.failures).toMatchObject([{ index: 1, code: 'unreadable-picture' }]);
    expect([0, 1, 2].map((row) => Math.hypot(...embeddings.subarray(row * 256, (row + 1) * 256)))).toEqual([
      expect.closeTo(1, 5),
      0,
      expect.closeTo(1, 5),
    ]);
  });

  test('fetches for a tenant from networks that are opened, and from no others', async () => {
    const server = createServer((_, response) => response.end('a picture')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const fetchFrom = (url: string) =>
      post(worker.origin, { path: '/v1/fetch', body: jsonBytes({ url, maxBytes: 100 }) });
    expect(Buffer.from(await bytesOf(await fetchFrom(`http://127.0.0.1:${port}/`))).toString()).toBe(
      'a picture',
    );
    const refused = await fetchFrom('http://169.254.169.254/');
    expect(await refused.json()).toMatchObject({ status: 422, code: 'unfetchable-url' });
    server.close();
  });

  test('collects, merges and solves to an artefact that can be read', async () => {
    const shards = [await bytesOf(await shard(0, 3)), await bytesOf(await shard(3, 6))];
    const merged = await bytesOf(
      await postFrames(worker.origin, {
        path: '/v1/merge',
        head: {},
        items: shards.map((bytes) => ({ bytes })),
      }),
    );
    const statistics = await decodeStatistics(merged);
    if (!statistics.ok) throw new Error(statistics.error.detail);
    expect(statistics.value.statistics.environments.map(({ count }) => count)).toEqual([4, 2]);
    const options = { estimator: 'nap', dimension: 200, textInterventions: [{ name: 'style-templates' }] };
    const solved = await bytesOf(await solve(merged, options));
    expect(await bytesOf(await solve(merged, options))).toEqual(solved);
    const artefact = await decodeArtefact(solved);
    if (!artefact.ok) throw new Error(artefact.error.detail);
    expect(artefact.value.header).toMatchObject({
      labels: ['cat', 'dog'],
      source: { pictures: 6, failed: 0 },
    });
  });

  test('refuses to solve what does not fit', async () => {
    const statistics = await bytesOf(await shard(0, 3));
    const file = await decodeStatistics(statistics);
    if (!file.ok) throw new Error(file.error.detail);
    const foreign = { ...file.value, model: { id: model, revision: '0'.repeat(64) } };
    const answers = [
      await solve(statistics, { labels: ['cat', 'cat'] }),
      await solve(statistics, { estimator: 'nap', dimension: 257 }),
      await solve(statistics, { textInterventions: [{ name: 'chat', style: 'a sketch' }] }),
      await solve(await encodeStatistics(foreign), {}),
    ];
    const codes = await Promise.all(answers.map(async (answer) => (await answer.json()).code));
    expect(codes).toEqual(['invalid-request', 'invalid-request', 'invalid-request', 'model-mismatch']);
  });
});

test('says how far a request is, to whoever knows its name and while it runs', async () => {
  const task = '0123456789abcdef0123456789abcdef';
  const progress = () => fetch(`${worker.origin}/tasks/${task}`);
  const items = pictures.slice(0, 3).map((bytes) => ({ bytes, environment: 0, class: 0 }));
  const head = { model, classes: ['cat'], environments: ['photo'], encode: {} };
  const { signed, body } = await framesBody({ head, items });
  const slow = gatedBody(body.slice(0, -10), body.slice(-10));
  const headers = { 'x-icm-task': task };
  const underWay = post(worker.origin, { path: '/v1/statistics', body: slow.stream, signed, headers });
  await until(async () => {
    const response = await progress();
    return response.status === 200 && (await response.json()).pictures === 2;
  });
  slow.release();
  await bytesOf(await underWay);
  expect((await progress()).status).toBe(404);
});
