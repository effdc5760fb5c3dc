// Callers who break off, lie about their bodies, or have no business here: none of it is a bug, and none of it costs others.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf, createRefusals } from '../../../edge/limits/refusals.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, bearer, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { askTwice, requestHead, sendAndLeave, sendRaw } from '../../support/raw-http.ts';
import { rawTar, tarEnd } from '../../support/raw-tar.ts';

let edge: Edge;
let tenant: TestTenant;
const logged: string[] = [];
beforeAll(async () => {
  edge = await openEdge({
    bindings: { REFUSALS_PER_MINUTE: '20', REFUSAL_DELAY_MS: '1' },
    onLog: (line) => logged.push(line),
  });
  tenant = await makeTenant(edge, 'stranger', { requestsPerMinute: 1_000_000 });
});
afterAll(() => edge?.close());

type SentOnce = {
  readonly method?: string;
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly encoding?: string;
};

const json = { 'content-type': 'application/json' };
const bugs = () => logged.filter((line) => line.includes('"bug"'));

describe('a body', () => {
  const post = (headers: Readonly<Record<string, string>>) =>
    requestHead('POST', '/v1/keys', { ...tenant.headers, ...json, ...headers });

  test('is counted as it arrives, whatever length stands beside its chunks', async () => {
    const name = JSON.stringify({ name: 'x'.repeat(3 * 1024 * 1024) });
    const chunked = `${name.length.toString(16)}\r\n${name}\r\n0\r\n\r\n`;
    const answer = await sendRaw(
      edge.origin,
      post({ 'content-length': '20', 'transfer-encoding': 'chunked' }) + chunked,
    );
    expect(answer.split('\r\n')[0]).toMatch(/ 4(?:00|13) /);
    expect(answer).not.toContain('"id":"key_');
  });

  test('in a bad chunk, or whose caller leaves in the middle of it, is no bug of ours', async () => {
    const head = post({ 'transfer-encoding': 'chunked' });
    await sendRaw(edge.origin, `${head}5\r\n{"nam\r\nzz\r\n`);
    await sendAndLeave(edge.origin, `${head}5\r\n{"nam\r\n`);
    await sendAndLeave(edge.origin, `${post({ 'content-length': '1000' })}{"name"`);
    const tar = requestHead('POST', '/v1/datasets/none/archive', {
      ...tenant.headers,
      'content-type': 'application/x-tar',
      'content-length': '100000',
    });
    await sendAndLeave(edge.origin, `${tar}abc`);
    expect((await tenant.send('GET', '/v1/keys')).status).toBe(200);
    expect(bugs()).toEqual([]);
  });

  test('is unpacked from gzip within the cap, and refused in any other coding', async () => {
    const send = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
      edge.fetch('/v1/keys', {
        method: 'POST',
        headers: { ...tenant.headers, ...json, 'content-encoding': encoding },
        body,
      });
    const packed = (text: string) => new Uint8Array(gzipSync(text));
    expect((await send(packed('{"name":"packed"}'), 'gzip')).status).toBe(201);
    expect((await send(packed(`{"name":"${'x'.repeat(20_000_000)}"}`), 'gzip')).status).toBe(413);
    expect((await send(new TextEncoder().encode('{"name":"plain"}'), 'gzip')).status).toBe(400);
    expect((await send(packed('{"name":"packed"}').slice(0, 20), 'gzip')).status).toBe(400);
    expect((await send(packed('{"name":"packed"}'), 'br')).status).toBe(415);
    expect((await send(new TextEncoder().encode('{"name":"plain"}'), 'identity')).status).toBe(201);
    expect(bugs()).toEqual([]);
  });
});

describe('a connection outlives a body that nobody read to its end:', () => {
  const tar = rawTar({ name: 'here/thing/notes.txt', data: 'no picture' }, tarEnd);
  const padded = new Uint8Array(300_000);
  padded.set(tar);
  const archive = { path: '/v1/datasets/kept/archive', type: 'application/x-tar' };
  beforeAll(async () => {
    await tenant.send('POST', '/v1/datasets', { name: 'kept' });
    await tenant.send('POST', '/v1/datasets', { name: 'gone' });
  });

  test.each([
    ['an archive, over before its stream is', 200, { ...archive, body: tar }],
    ['an archive with more behind its end', 200, { ...archive, body: padded }],
    ['a packed archive', 200, { ...archive, body: new Uint8Array(gzipSync(padded)), encoding: 'gzip' }],
    ['an archive that is none', 400, { ...archive, body: padded.slice().fill(3) }],
    [
      'a picture too large',
      413,
      { ...archive, path: '/v1/classifications', type: 'image/png', body: new Uint8Array(40_000_000) },
    ],
    [
      'a body for a route that takes none',
      204,
      { method: 'DELETE', path: '/v1/datasets/gone', type: 'text/plain', body: padded },
    ],
  ])('%s', async (_, status, { method = 'POST', path, type, body, encoding = 'identity' }: SentOnce) => {
    const headers = { ...tenant.headers, connection: 'keep-alive' };
    const head = requestHead(method, path, {
      ...headers,
      'content-type': type,
      'content-encoding': encoding,
      'transfer-encoding': 'chunked',
    });
    const answers = await askTwice(edge.origin, {
      head,
      body,
      next: requestHead('GET', '/v1/keys', headers),
    });
    expect(answers.map((line) => line.split(' ')[1])).toEqual([String(status), '200']);
  });
});

test('whoever sends a long body that breaks early sees the answer, and not a broken connection', async () => {
  const send = (path: string, type: string, encoding: string, body: Uint8Array<ArrayBuffer>) =>
    edge.fetch(path, {
      method: 'POST',
      headers: { ...tenant.headers, 'content-type': type, 'content-encoding': encoding },
      body,
    });
  await tenant.send('POST', '/v1/datasets', { name: 'long' });
  const noise = new Uint8Array(900_000).map((_, index) => (index * 7919) % 251);
  const archive = '/v1/datasets/long/archive';
  for (let time = 0; time < 3; time++) {
    expect((await send('/v1/keys', 'application/json', 'gzip', noise)).status).toBe(400);
    expect((await send(archive, 'application/x-tar', 'gzip', noise)).status).toBe(400);
    const long = new Uint8Array(20_000_000).fill(1);
    expect((await send(archive, 'application/x-tar', 'identity', long)).status).toBe(400);
  }
});

test('a good x-api-key is taken beside an Authorization of another kind', async () => {
  const headers = { 'x-api-key': tenant.key, authorization: 'Basic dXNlcjpwYXNz' };
  expect((await edge.fetch('/v1/keys', { headers })).status).toBe(200);
});

describe('an address with too many refused calls', () => {
  const from = (address: string, headers: Readonly<Record<string, string>>, path = '/v1/keys') =>
    edge.fetch(path, { headers: { 'cf-connecting-ip': address, ...headers } });
  const madeUp = (index: number) => bearer(`icm_dev_${String(index).padStart(16, '0')}_${'0'.repeat(43)}`);

  /** A minute may end in between, and with it what was counted. */
  async function untilTold(send: () => Promise<Response>): Promise<Response> {
    let response = await send();
    for (let tries = 0; response.status !== 429 && tries < 45; tries++) response = await send();
    return response;
  }

  test('is told to wait, while others and good keys are served', async () => {
    const spare = await makeTenant(edge, 'spare');
    expect((await from('192.0.2.1', spare.headers)).status).toBe(200);
    const statuses = [];
    // More than two minutes' worth, should one end in between.
    for (let index = 0; index < 45; index++) statuses.push((await from('192.0.2.1', madeUp(index))).status);
    expect(statuses.slice(0, 20)).toEqual(new Array(20).fill(401));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const refused = await untilTold(() => from('192.0.2.1', madeUp(99)));
    expect(refused.headers.has('retry-after')).toBe(true);
    expect(await refused.json()).toMatchObject({ code: 'rate-limited' });
    expect((await from('192.0.2.1', spare.headers)).status).toBe(200);
    expect((await from('192.0.2.1', adminHeaders, '/v1/admin/tenants')).status).toBe(200);
    const guess = () => from('192.0.2.1', bearer('guess'), '/v1/admin/tenants');
    expect((await untilTold(guess)).status).toBe(429);
    expect((await from('192.0.2.2', madeUp(0))).status).toBe(401);
  });

  test('loses no time of ours to bodies without a key', async () => {
    const body = new Uint8Array(30 * 1024 * 1024);
    const send = () =>
      edge
        .fetch('/v1/keys', { method: 'POST', headers: { 'cf-connecting-ip': '192.0.2.3', ...json }, body })
        .then(({ status }) => status)
        .catch(() => 'broken off');
    await send();
    // Whether the caller still sees the answer is up to its connection; what matters is that it is given at once.
    expect([401, 429, 'broken off']).toContain(await send());
    expect((await tenant.send('GET', '/v1/keys')).status).toBe(200);
  });
});

test('a key that lacks a scope is held to its rate all the same', async () => {
  const slow = await makeTenant(edge, 'slow', { requestsPerMinute: 10 });
  const made = await slow.send('POST', '/v1/keys', { name: 'narrow', scopes: ['embed'] });
  const { key } = (await made.json()) as { key: string };
  const statuses = [];
  for (let index = 0; index < 25; index++) {
    const headers = { ...bearer(key), 'cf-connecting-ip': '192.0.2.4' };
    statuses.push((await sendJson(edge, 'GET', '/v1/datasets', headers)).status);
  }
  expect(statuses).toContain(429);
});

describe('counting refusals', () => {
  test('takes an IPv4 address, or the first half of an IPv6 one', () => {
    const same = [
      '2001:db8:0:1::5',
      '2001:0db8:0000:0001:ffff::',
      '2001:db8::1:0:0:0:9',
      '2001:DB8:0:1:a:b:c:d',
    ];
    expect(new Set(same.map((address) => addressOf(address)))).toEqual(new Set(['2001:db8:0:1']));
    expect(addressOf('2001:db8:0:2::5')).not.toBe(addressOf('2001:db8:0:1::5'));
    expect(addressOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(addressOf('192.0.2.1')).toBe('192.0.2.1');
    expect(addressOf('::1')).toBe('0:0:0:0');
    expect(addressOf(null)).toBe('');
    expect(addressOf('x'.repeat(9999)).length).toBeLessThan(20);
  });

  test('begins anew with every minute', () => {
    const refusals = createRefusals({ perMinute: 2 });
    expect([1, 2, 3].map(() => refusals.spend('a', 1, 0))).toEqual([true, true, false]);
    expect(refusals.isSpent('a', 59_999)).toBe(true);
    expect(refusals.isSpent('b', 59_999)).toBe(false);
    expect(refusals.isSpent('a', 60_000)).toBe(false);
  });
});
