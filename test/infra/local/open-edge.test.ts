// What stands between a caller on this machine, or beyond it, and the edge of the local stack.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Edge, openEdge } from '../../support/edge.ts';
import { bearer, makeTenant } from '../../support/edge-callers.ts';

describe('for this machine alone, the edge', () => {
  let edge: Edge;
  beforeAll(async () => {
    edge = await openEdge();
  });
  afterAll(() => edge?.close());

  test('is called itself, and nothing of the simulator can be called where it listens', async () => {
    const refused = await edge.fetch('/cdn-cgi/platform-proxy');
    expect([refused.status, refused.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  test('serves the console as the platform does', async () => {
    const bare = await edge.fetch('/console?fit=1');
    expect([bare.status, bare.headers.get('location')]).toEqual([307, '/console/?fit=1']);
    const page = await edge.fetch('/console/');
    const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1] ?? '';
    const { pathname } = new URL(script, `${edge.origin}/console/`);
    const file = await edge.fetch(pathname);
    expect((await file.arrayBuffer()).byteLength).toBe(Number(file.headers.get('content-length')));
    expect(file.headers.get('cache-control')).toContain('immutable');
    const etag = file.headers.get('etag') ?? '';
    expect((await edge.fetch(pathname, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await edge.fetch(pathname, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    expect((await edge.fetch('/console/', { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await edge.fetch('/console/nothing.js')).status).toBe(404);
  });
});

test('a GPU worker hears what the edge says, and nothing that the simulator adds', async () => {
  const heard: IncomingHttpHeaders[] = [];
  const worker = createServer((asked, answer) => {
    heard.push(asked.headers);
    answer.writeHead(503).end();
  }).listen(0, '127.0.0.1');
  await once(worker, 'listening');
  const { port } = worker.address() as AddressInfo;
  const edge = await openEdge({ bindings: { WORKER_ENDPOINTS: `http://127.0.0.1:${port}` } });
  await (await makeTenant(edge, 'listener')).send('GET', '/v1/models');
  expect(heard.length).toBeGreaterThan(0);
  for (const headers of heard) expect(headers).not.toHaveProperty('cf-worker');
  await edge.close();
  worker.close();
});

test('for other machines too, the edge counts refusals by the address that they come from', async () => {
  const edge = await openEdge({ host: '0.0.0.0', bindings: { REFUSALS_PER_MINUTE: '5' } });
  const { port } = new URL(edge.origin);
  const guess = (localAddress: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = bearer(`icm_dev_${'0'.repeat(16)}_${'0'.repeat(43)}`);
      request({ port, host: '127.0.0.1', localAddress, path: '/v1/keys', headers, agent: false })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
  let status: number | undefined;
  // A minute may end in between.
  for (let tries = 0; status !== 429 && tries < 15; tries++) status = await guess('127.0.0.2');
  expect(status).toBe(429);
  expect(await guess('127.0.0.3')).toBe(401);
  await edge.close();
});
