// What a running worker refuses, and that it goes on afterwards.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrames } from '../../../shared/codec/frames.ts';
import { Problem } from '../../../shared/contracts/problem.ts';
import { signatureWindowMs } from '../../../shared/signing.ts';
import { gatedBody } from '../support/gated-body.ts';
import { pngBomb } from '../support/png-bomb.ts';
import {
  framesBody,
  jsonBytes,
  metric,
  post,
  postFrames,
  secret,
  startWorker,
  until,
  untilReady,
  type WorkerProcess,
} from '../support/worker-process.ts';

const model = 'nano-clip';
const texts = jsonBytes({ model, texts: ['a cat'] });
const photo = await readFile(new URL('../../fixtures/images/photo.jpg', import.meta.url));

const nextSecret = 'the secret that takes the place of the other';

let worker: WorkerProcess;
beforeAll(async () => {
  worker = await startWorker({ ICM_QUEUE_LIMIT: '1', ICM_WORKER_SECRETS: `${nextSecret},${secret}` });
  await untilReady(worker.origin);
});
afterAll(async () => {
  await worker?.stop();
});

async function expectProblem(response: Response, status: number, code: string) {
  const problem = Problem.parse(await response.json());
  expect({ status: response.status, code: problem.code }).toEqual({ status, code });
  expect(problem.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-request-id')).toBe(problem.requestId);
  return problem;
}

describe('a running worker refuses', () => {
  test('a request without a signature', async () => {
    const response = await fetch(`${worker.origin}/v1/encode/texts`, { method: 'POST', body: texts });
    await expectProblem(response, 401, 'unauthenticated');
  });

  test('a signature with a secret that is none of its own, while it takes either of them', async () => {
    const request = { path: '/v1/encode/texts', body: texts };
    for (const known of [secret, nextSecret]) {
      const response = await post(worker.origin, { ...request, secret: known });
      await response.body?.cancel();
      expect(response.status).toBe(200);
    }
    const forged = await post(worker.origin, { ...request, secret: `${secret}!` });
    await expectProblem(forged, 401, 'unauthenticated');
  });

  test.each([-1, 1])('a signature outside the time window (%i)', async (direction) => {
    const nowMs = Date.now() + direction * (signatureWindowMs + 60_000);
    await expectProblem(
      await post(worker.origin, { path: '/v1/encode/texts', body: texts, nowMs }),
      401,
      'unauthenticated',
    );
  });

  test('a nonce used before', async () => {
    const request = { path: '/v1/encode/texts', body: texts, nonce: 'a-nonce-that-is-used-twice' };
    expect((await post(worker.origin, request)).status).toBe(200);
    const problem = await expectProblem(await post(worker.origin, request), 401, 'unauthenticated');
    expect(problem.detail).toContain('nonce');
  });

  test('a body, a path, or a first frame that is not the one signed', async () => {
    const other = jsonBytes({ model, texts: ['a dog'] });
    const { signed } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const tampered = encodeFrames([jsonBytes({ model, items: [] }), photo]);
    const path = '/v1/encode/texts';
    for (const request of [
      { path, body: other, signed: texts },
      { path: '/v1/encode/images', body: tampered, signed },
    ]) {
      await expectProblem(await post(worker.origin, request), 401, 'unauthenticated');
    }
  });

  test('a picture that is not the one announced', async () => {
    const { signed } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const changed = Uint8Array.from(photo, (byte, i) => (i === 500 ? byte ^ 1 : byte));
    const body = encodeFrames([signed, changed]);
    const request = { path: '/v1/encode/images', body, signed };
    await expectProblem(await post(worker.origin, request), 400, 'malformed-request');
  });

  test('a body that ends early, has no frames, or is not JSON', async () => {
    const { signed, body } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const path = '/v1/encode/images';
    const nonsense = new TextEncoder().encode('{');
    for (const request of [
      { path, body: body.slice(0, -10), signed },
      { path, body: encodeFrames([signed]), signed },
      { path, body: new Uint8Array(0) },
      { path: '/v1/encode/texts', body: nonsense },
    ]) {
      await expectProblem(await post(worker.origin, request), 400, 'malformed-request');
    }
  });

  test('fields that do not fit, naming them', async () => {
    const body = jsonBytes({ model, texts: [''] });
    const problem = await expectProblem(
      await post(worker.origin, { path: '/v1/encode/texts', body }),
      422,
      'invalid-request',
    );
    expect(problem.errors).toMatchObject([{ pointer: '/texts/0' }]);
    const beyond = await postFrames(worker.origin, {
      path: '/v1/statistics',
      head: { model, classes: [], environments: ['only'], encode: {} },
      items: [{ bytes: photo, environment: 1, class: 0 }],
    });
    expect(
      (await expectProblem(beyond, 422, 'invalid-request')).errors?.map(({ pointer }) => pointer),
    ).toEqual(['/items/0/environment', '/items/0/class']);
  });

  test('a model and a route that are not there', async () => {
    const body = jsonBytes({ model: 'owner/missing', texts: ['a cat'] });
    await expectProblem(await post(worker.origin, { path: '/v1/encode/texts', body }), 404, 'not-found');
    await expectProblem(await post(worker.origin, { path: '/v1/nothing', body }), 404, 'not-found');
  });

  test('an announced picture that is too large, before it comes', async () => {
    const head = { model, items: [{ sha256: '0'.repeat(64), byteLength: 2 ** 30 }] };
    const signed = jsonBytes(head);
    const request = { path: '/v1/encode/images', body: encodeFrames([signed]), signed };
    await expectProblem(await post(worker.origin, request), 413, 'payload-too-large');
  });

  test('statistics that are damaged', async () => {
    const items = [{ bytes: new TextEncoder().encode('no statistics, but long enough to look at them') }];
    await expectProblem(
      await postFrames(worker.origin, { path: '/v1/merge', head: {}, items }),
      422,
      'invalid-artefact',
    );
  });
});

describe('a running worker', () => {
  test('fails a bomb of pixels alone, without the memory to decode it', async () => {
    const items = [{ bytes: pngBomb(10_000, 10_000) }, { bytes: photo }];
    const encode = () => postFrames(worker.origin, { path: '/v1/encode/images', head: { model }, items });
    expect((await encode()).status).toBe(200);
    const before = await metric(worker.origin, 'process_resident_memory_bytes');
    expect((await encode()).status).toBe(200);
    const after = await metric(worker.origin, 'process_resident_memory_bytes');
    // Decoded it would be 300 MB.
    expect(after - before).toBeLessThan(100e6);
    const metrics = await (await fetch(`${worker.origin}/metrics`)).text();
    expect(metrics).toMatch(/icm_failures_total\{reason="picture-too-large"\} 2/);
    expect(metrics).toMatch(/icm_request_seconds_count\{route="\/v1\/encode\/images",status="200"\} 2/);
  });

  test('answers 429 with Retry-After while it has its hands full, and takes work again after', async () => {
    const { signed, body } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const path = '/v1/encode/images';
    const slow = gatedBody(body.slice(0, -10), body.slice(-10));
    const first = post(worker.origin, { path, body: slow.stream, signed });
    await until(async () => (await metric(worker.origin, 'icm_queue_depth')) === 1);
    const refused = await postFrames(worker.origin, { path, head: { model }, items: [{ bytes: photo }] });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    await expectProblem(refused, 429, 'worker-overloaded');
    slow.release();
    expect((await first).status).toBe(200);
    expect(
      (await postFrames(worker.origin, { path, head: { model }, items: [{ bytes: photo }] })).status,
    ).toBe(200);
  });

  test('reads what a refused caller still sends, so that the connection serves the next one', async () => {
    const items = [{ bytes: photo }, ...Array.from({ length: 4 }, () => ({ bytes: Buffer.alloc(2 ** 19) }))];
    const { signed, body } = await framesBody({ head: { model }, items });
    const unsigned = jsonBytes('another first frame');
    const changed = body.slice();
    // Inside the first picture.
    const inside = 4 + signed.length + 4 + 10;
    changed[inside] = (changed[inside] ?? 0) ^ 1;
    for (let round = 0; round < 3; round++) {
      const forged = await post(worker.origin, { path: '/v1/encode/images', body, signed: unsigned });
      await expectProblem(forged, 401, 'unauthenticated');
      const damaged = await post(worker.origin, { path: '/v1/encode/images', body: changed, signed });
      await expectProblem(damaged, 400, 'malformed-request');
      const next = await post(worker.origin, { path: '/v1/encode/texts', body: texts });
      expect(next.status).toBe(200);
      await next.body?.cancel();
    }
  });

  test('lets go of work whose caller left', async () => {
    const { signed, body } = await framesBody({ head: { model }, items: [{ bytes: photo }] });
    const slow = gatedBody(body.slice(0, -10), body.slice(-10));
    const leaving = new AbortController();
    const request = { path: '/v1/encode/images', body: slow.stream, signed, signal: leaving.signal };
    const left = expect(post(worker.origin, request)).rejects.toThrow();
    await until(async () => (await metric(worker.origin, 'icm_queue_depth')) === 1);
    leaving.abort();
    await left;
    await until(async () => (await metric(worker.origin, 'icm_queue_depth')) === 0);
    slow.release();
  });

  test('takes over request ids and trace contexts that fit, and gives its own otherwise', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'x-request-id': 'req_12345', traceparent };
    const known = await post(worker.origin, { path: '/v1/encode/texts', body: texts, headers });
    expect(known.headers.get('x-request-id')).toBe('req_12345');
    expect(known.headers.get('traceparent')).toBe(traceparent);
    await until(async () => worker.logs.some(({ requestId }) => requestId === 'req_12345'));
    const line = worker.logs.find(({ requestId }) => requestId === 'req_12345');
    expect(line).toMatchObject({ event: 'request', status: 200, traceId: traceparent.slice(3, 35) });
    const odd = { 'x-request-id': 'two words', traceparent: 'nonsense' };
    const unknown = await post(worker.origin, { path: '/v1/encode/texts', body: texts, headers: odd });
    expect(unknown.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(unknown.headers.get('traceparent')).toBeNull();
  });
});
