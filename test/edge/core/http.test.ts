// How the edge behaves as an HTTP server, whatever the route: bodies, headers, browsers, what it tells of its faults.

import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Problem } from '#shared/contracts/problem.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';

let edge: Edge;
let tenant: TestTenant;
const logged: string[] = [];
beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
  tenant = await makeTenant(edge, 'http');
});
afterAll(() => edge?.close());

const post = (body: BodyInit, headers: Readonly<Record<string, string>> = {}) =>
  edge.fetch('/v1/keys', {
    method: 'POST',
    headers: { ...tenant.headers, 'content-type': 'application/json', ...headers },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit);

/** On a connection of its own: one that is kept alive may be closed while a large body is being prepared. */
async function statusOfUpload(path: string, headers: Readonly<Record<string, string>>, body: Buffer) {
  const upload = request(new URL(path, edge.origin), {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': body.length },
  });
  upload.end(body);
  const [response] = await once(upload, 'response');
  response.resume();
  return response.statusCode;
}

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return Problem.parse(await response.json());
}

describe('a body', () => {
  test('that is not JSON is 400, of another type 415, with a wrong field 422 and a pointer', async () => {
    expect((await problemOf(await post('{"name":'))).code).toBe('malformed-request');
    const bytes = new Uint8Array([0x22, 0xff, 0x22]);
    expect((await problemOf(await post(bytes))).code).toBe('malformed-request');
    const text = await post('name=x', { 'content-type': 'text/plain' });
    expect((await problemOf(text)).code).toBe('unsupported-media-type');
    const wrong = await problemOf(await post('{"name":"x","scopes":["classify","rule"]}'));
    expect(wrong.code).toBe('invalid-request');
    expect(wrong.errors).toEqual([{ pointer: '/scopes/1', message: expect.stringContaining('classify') }]);
  });

  test('beyond the limit is 413, declared or streamed', async () => {
    const name = 'x'.repeat(2 * 1024 * 1024);
    const declared = await post(JSON.stringify({ name }));
    expect((await problemOf(declared)).code).toBe('payload-too-large');
    const chunk = new TextEncoder().encode('x'.repeat(64 * 1024));
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1;
        if (sent > 64) controller.close();
        else controller.enqueue(chunk);
      },
    });
    expect((await problemOf(await post(endless))).code).toBe('payload-too-large');
  });

  test('of 40 MB is refused with an answer, not a broken connection', async () => {
    const body = Buffer.alloc(40 * 1024 * 1024);
    expect(await statusOfUpload('/v1/keys', tenant.headers, body)).toBe(413);
    expect(await statusOfUpload('/v1/keys', {}, body)).toBe(401);
    expect(await statusOfUpload('/nowhere', {}, body)).toBe(404);
  });

  test('may be streamed', async () => {
    const stream = new Blob(['{"name":"streamed"}']).stream();
    expect((await post(stream)).status).toBe(201);
  });
});

test('keeps a sane request id and replaces any other', async () => {
  const idFor = async (given: string) => {
    const response = await edge.fetch('/healthz', { headers: { 'x-request-id': given } });
    return response.headers.get('x-request-id');
  };
  expect(await idFor('trace-0123456789')).toBe('trace-0123456789');
  expect(await idFor('with space and "quotes"')).toMatch(/^req_[0-9A-Za-z]{20}$/);
  expect(await idFor('short')).toMatch(/^req_/);
});

test('lets a browser of any origin call it with a key', async () => {
  const preflight = await edge.fetch('/v1/keys', {
    method: 'OPTIONS',
    headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, GET, HEAD, OPTIONS');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  const refused = await edge.fetch('/v1/keys', { headers: { origin: 'https://example.org' } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  expect(refused.headers.get('access-control-expose-headers')).toContain('retry-after');
});

test('tells caches and browsers to keep and guess nothing', async () => {
  const response = await tenant.send('GET', '/v1/keys');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('answers a path that is not well encoded', async () => {
  const response = await edge.fetch('/v1/keys/%E0%A4%A', { headers: tenant.headers });
  expect((await problemOf(response)).code).toBe('not-found');
});

test('hides a bug from the caller and logs it under the request id', async () => {
  const database = await edge.miniflare.getD1Database('DB');
  await database.prepare('ALTER TABLE audit RENAME TO audit_away').run();
  const response = await tenant.send('GET', '/v1/audit');
  await database.prepare('ALTER TABLE audit_away RENAME TO audit').run();
  const problem = await problemOf(response);
  expect(response.status).toBe(500);
  expect(problem.code).toBe('internal');
  expect(JSON.stringify(problem)).not.toContain('audit');
  // The line comes by another way than the answer, and later.
  const line = () => JSON.parse(logged.find((entry) => entry.includes(problem.requestId)) ?? '{}');
  await expect.poll(line).toMatchObject({ level: 'error', event: 'bug', route: 'GET /v1/audit' });
});

test('is not ready while its database does not answer', async () => {
  const database = await edge.miniflare.getD1Database('DB');
  await database.prepare('ALTER TABLE tenants RENAME TO tenants_away').run();
  const response = await edge.fetch('/readyz');
  await database.prepare('ALTER TABLE tenants_away RENAME TO tenants').run();
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
});

test('explains its problem types', async () => {
  const response = await edge.fetch('/problems/quota-exceeded');
  expect(await response.json()).toMatchObject({ code: 'quota-exceeded', status: 429 });
  expect((await edge.fetch('/problems/none')).status).toBe(404);
});
