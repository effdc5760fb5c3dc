// Posts for tenants against local servers that do what hostile ones would.

import type { RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { createAddressPolicy } from '../../../gpu-worker/fetch/address-policy.ts';
import { createSafePost } from '../../../gpu-worker/fetch/safe-post.ts';
import { serve } from '../support/local-servers.ts';

const loopback = createAddressPolicy(['127.0.0.1/32']);
const postLocal = createSafePost({ isAllowed: loopback, timeoutMs: 2000 });
const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };

async function serveHook(answer: RequestListener): Promise<string> {
  return `${await serve(answer)}/hook`;
}

const post = (url: string) => postLocal({ url, headers, body: '{"a":1}' }, undefined);

test('sends the body as JSON, with the headers of the event and no others of ours', async () => {
  let seen: unknown;
  const url = await serveHook(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    seen = { method: request.method, headers: request.headers, body };
    response.end('thank you');
  });
  expect(await post(url)).toEqual({ ok: true, value: { status: 200, body: '' } });
  expect(seen).toEqual({
    method: 'POST',
    headers: {
      ...headers,
      accept: '*/*',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'clip-icm',
      host: new URL(url).host,
      connection: 'close',
    },
    body: '{"a":1}',
  });
});

test('tells a redirect as what it is, and goes nowhere', async () => {
  let requests = 0;
  const url = await serveHook((_request, response) => {
    requests += 1;
    response.writeHead(308, { location: '/elsewhere' }).end();
  });
  expect(await post(url)).toEqual({ ok: true, value: { status: 308, body: '' } });
  expect(requests).toBe(1);
});

test('reads the beginning of an endless refusal, and what came of one that stalls', async () => {
  const endless = await serveHook((_request, response) => {
    response.writeHead(500);
    const more = () => response.write('x'.repeat(10_000), () => setImmediate(more));
    more();
  });
  expect(await post(endless)).toEqual({ ok: true, value: { status: 500, body: 'x'.repeat(256) } });
  const stalling = await serveHook((_request, response) => {
    response.writeHead(503);
    response.write('come back');
  });
  expect(await post(stalling)).toEqual({ ok: true, value: { status: 503, body: 'come back' } });
});

test('gives up on a server that does not answer', async () => {
  const url = await serveHook(() => undefined);
  expect(await post(url)).toMatchObject({ ok: false, error: { detail: 'It did not answer in 2000 ms.' } });
});

test.each([
  'http://127.0.0.2:9/',
  'http://[::1]:9/',
  'http://169.254.169.254/',
  'http://user:word@127.0.0.1:9/',
  'file:///etc/passwd',
])('does not reach %s', async (url) => {
  expect(await post(url)).toMatchObject({ ok: false, error: { code: 'unfetchable-url' } });
});

test('checks what a name resolves to, and connects to that', async () => {
  const url = new URL(await serveHook((_request, response) => void response.writeHead(204).end()));
  url.hostname = 'hooks.example.com';
  const to = (address: string) =>
    createSafePost({
      isAllowed: loopback,
      timeoutMs: 2000,
      lookupHost: async () => [{ address, family: 4 }],
    })({ url: url.href, headers, body: '' }, undefined);
  expect(await to('127.0.0.1')).toMatchObject({ ok: true, value: { status: 204 } });
  expect(await to('10.0.0.1')).toMatchObject({ ok: false, error: { code: 'unfetchable-url' } });
});
