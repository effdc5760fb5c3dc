import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Edge, openEdge } from '../../support/edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await openEdge();
});
afterAll(() => edge?.close());

test('says that it is alive and ready', async () => {
  const live = await edge.fetch('/healthz');
  expect(live.status).toBe(200);
  expect(await live.json()).toEqual({ status: 'ok', environment: 'development' });
  const ready = await edge.fetch('/readyz');
  expect(await ready.json()).toEqual({ status: 'ready' });
});

test('answers an unknown path with 404 and a wrong method with 405 and Allow', async () => {
  const unknown = await edge.fetch('/v1/nothing');
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('content-type')).toBe('application/problem+json');
  const wrong = await edge.fetch('/healthz', { method: 'DELETE' });
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
});
