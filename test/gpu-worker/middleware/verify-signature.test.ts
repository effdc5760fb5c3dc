// Whom a worker lets in: replays reach neither another endpoint nor the process after this one.

import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { WorkerEnv } from '../../../gpu-worker/http/context.ts';
import { verifySignature } from '../../../gpu-worker/middleware/verify-signature.ts';
import { type SignedContext, signRequest } from '../../../shared/signing.ts';

const secret = 'a secret for tests that is long enough';

function workerAt(now: () => number, endpoints: readonly string[] = []) {
  const app = new Hono<WorkerEnv>();
  app.use(verifySignature({ metrics: { failed: () => undefined }, now }, { secrets: [secret], endpoints }));
  return app.post('/v1/solve', (context) => context.json(context.get('party')));
}

async function signed(nowMs: number, context: SignedContext = {}): Promise<RequestInit> {
  const request = { secret, method: 'POST', path: '/v1/solve', contentSha256: '0'.repeat(64), nowMs };
  return {
    method: 'POST',
    headers: await signRequest({ ...request, nonce: `nonce-${nowMs}-padding`, context }),
  };
}

describe('verifySignature', () => {
  test('tells the route on whose behalf it works, within the weights of a plan', async () => {
    const worker = workerAt(() => 1000);
    const party = async (context: SignedContext, nowMs: number) =>
      (await worker.request('/v1/solve', await signed(nowMs, context))).json();
    expect(await party({ tenant: 'ab12', weight: '3' }, 1001)).toEqual({ tag: 'ab12', weight: 3 });
    expect(await party({ tenant: 'ab12', weight: '1e9' }, 1002)).toEqual({ tag: 'ab12', weight: 100 });
    expect(await party({}, 1003)).toEqual({ tag: '', weight: 1 });
  });

  test('refuses what was signed for another endpoint, where the worker knows its own', async () => {
    const worker = workerAt(() => 1000, ['https://one.example']);
    const statusOf = async (context: SignedContext, nowMs: number) =>
      (await worker.request('/v1/solve', await signed(nowMs, context))).status;
    expect(await statusOf({ endpoint: 'https://one.example' }, 1001)).toBe(200);
    expect(await statusOf({ endpoint: 'https://two.example' }, 1002)).toBe(401);
    expect(await statusOf({}, 1003)).toBe(401);
  });

  test('refuses a replay to the process that came after the one that was asked', async () => {
    const request = await signed(1000);
    expect((await workerAt(() => 1000).request('/v1/solve', request)).status).toBe(200);
    const after = await workerAt(() => 2000).request('/v1/solve', request);
    expect(after.status).toBe(503);
    expect(after.headers.get('retry-after')).toBe('5');
  });

  test('lets a stranger’s connection go, and keeps an edge’s', async () => {
    const worker = workerAt(() => 1000);
    const connectionOf = async (request: RequestInit) =>
      (await worker.request('/v1/solve', request)).headers.get('connection');
    expect(await connectionOf({ method: 'POST' })).toBe('close');
    expect(await connectionOf(await signed(1001))).toBeNull();
  });
});
