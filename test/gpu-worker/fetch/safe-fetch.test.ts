// Fetches for tenants against local servers that do what hostile ones would.

import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from '../../../gpu-worker/fetch/address-policy.ts';
import { createSafeFetch } from '../../../gpu-worker/fetch/safe-fetch.ts';
import { serve } from '../support/local-servers.ts';

const loopback = createAddressPolicy(['127.0.0.1/32']);
const closed = createAddressPolicy([]);
const refused = { ok: false, error: { code: 'unfetchable-url' } };
const limits = { maxBytes: 1000 };

const fetchLocal = createSafeFetch({ isAllowed: loopback, timeoutMs: 5000 });

describe('the address policy', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '192.0.2.1',
    '240.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    '2001::1',
    '::7f00:1',
    '::127.0.0.1',
    '::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001:2::1',
    '2001:20::1',
    '3ffe::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fec0::1',
    'fe80::1%eth0',
    '2606:2800:220:1::1%eth0',
    'nonsense',
    '',
  ])('refuses %s', (address) => {
    expect(closed(address)).toBe(false);
  });

  test.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:8.8.8.8'])(
    'allows %s',
    (address) => {
      expect(closed(address)).toBe(true);
    },
  );

  test('opens exactly the networks it is told to', () => {
    const policy = createAddressPolicy(['10.1.0.0/16', 'fd00::/8']);
    expect(['10.1.9.9', 'fd12::1', '10.2.0.1', '127.0.0.1'].map(policy)).toEqual([true, true, false, false]);
  });
});

describe('a safe fetch', () => {
  test('returns the bytes and follows redirects', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: '/end' }).end();
      else response.end('the picture');
    });
    const fetched = await fetchLocal(`${origin}/start`, limits);
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe('the picture');
  });

  // vllm #23654, d2 #2661: Wikimedia answers 403 to programs that give no name.
  test('says who asks, at every redirect', async () => {
    const agents: (string | undefined)[] = [];
    const origin = await serve((request, response) => {
      agents.push(request.headers['user-agent']);
      if (request.url === '/start') response.writeHead(302, { location: '/end' }).end();
      else response.end('the picture');
    });
    await fetchLocal(`${origin}/start`, limits);
    expect(agents).toEqual(['clip-icm', 'clip-icm']);
  });

  test('reads of what is no picture only the beginning', async () => {
    let sent = 0;
    const origin = await serve((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const more = () => {
        while (sent < 100 * 2 ** 20 && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    const fetched = await fetchLocal(origin, { maxBytes: 200 * 2 ** 20 });
    expect(fetched.ok && fetched.value.length).toBe(64);
    expect(sent).toBeLessThan(100 * 2 ** 20);
  });

  test('asks an address once in a chain of redirects', async () => {
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      response.writeHead(302, { location: '/circle' }).end();
    });
    expect(await fetchLocal(`${origin}/circle`, limits)).toMatchObject({
      ...refused,
      error: { detail: expect.stringContaining('circle') },
    });
    expect(asked).toBe(1);
  });

  test('connects to the address that was checked, whatever the name says later', async () => {
    const origin = await serve((request, response) => response.end(`host ${request.headers.host}`));
    const { port } = new URL(origin);
    let lookups = 0;
    const rebinding = createSafeFetch({
      isAllowed: loopback,
      timeoutMs: 5000,
      lookupHost: async () => [{ address: lookups++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }],
    });
    const fetched = await rebinding(`http://pictures.test:${port}/`, limits);
    expect(fetched.ok && Buffer.from(fetched.value).toString()).toBe(`host pictures.test:${port}`);
    expect(lookups).toBe(1);
  });

  test.each([
    'http://127.0.0.1:9/',
    'http://[::1]:9/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::ffff:127.0.0.1]/',
  ])('refuses %s when nothing is opened', async (url) => {
    expect(await createSafeFetch({ isAllowed: closed, timeoutMs: 5000 })(url, limits)).toMatchObject({
      ...refused,
      error: { detail: expect.stringContaining('may not be') },
    });
  });

  test('refuses a name of which one address is private', async () => {
    const mixed = createSafeFetch({
      isAllowed: closed,
      timeoutMs: 5000,
      lookupHost: async () => [
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ],
    });
    expect(await mixed('http://mixed.test/', limits)).toMatchObject(refused);
  });

  test('refuses to be redirected to a private address', async () => {
    const origin = await serve((_, response) =>
      response.writeHead(301, { location: 'http://169.254.169.254/latest' }).end(),
    );
    expect(await fetchLocal(origin, limits)).toMatchObject({
      ...refused,
      error: { detail: expect.stringContaining('may not be') },
    });
  });

  test.each([
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
    'http://user:word@127.0.0.1/',
    'data:,x',
    'not a url',
  ])('refuses %s', async (url) => {
    expect(await fetchLocal(url, limits)).toMatchObject(refused);
  });

  test('refuses a redirect to another scheme, and a circle of redirects', async () => {
    const elsewhere = await serve((_, response) =>
      response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    );
    expect(await fetchLocal(elsewhere, limits)).toMatchObject(refused);
    const circle = await serve((_, response) => response.writeHead(307, { location: '/' }).end());
    expect(await fetchLocal(circle, limits)).toMatchObject({
      error: { detail: expect.stringContaining('redirects') },
    });
  });

  test('stops at the cap of bytes, whether announced or not', async () => {
    const tooLarge = { ok: false, error: { code: 'payload-too-large' } };
    const announced = await serve((_, response) => response.end(Buffer.alloc(1001)));
    expect(await fetchLocal(announced, limits)).toMatchObject(tooLarge);
    const endless = await serve((_, response) => {
      const send = () => {
        while (response.write(Buffer.alloc(300)));
      };
      response.on('drain', send);
      send();
    });
    expect(await fetchLocal(endless, limits)).toMatchObject(tooLarge);
    const fits = await serve((_, response) => response.end(Buffer.alloc(1000)));
    expect((await fetchLocal(fits, limits)).ok).toBe(true);
  });

  test('gives up on a server that does not answer, and on one that is not there', async () => {
    const silent = await serve(() => undefined);
    const hasty = createSafeFetch({ isAllowed: loopback, timeoutMs: 50 });
    expect(await hasty(silent, limits)).toMatchObject({
      error: { detail: expect.stringContaining('50 ms') },
    });
    expect(await fetchLocal('http://127.0.0.1:1/', limits)).toMatchObject(refused);
    const missing = await serve((_, response) => response.writeHead(404).end());
    expect(await fetchLocal(missing, limits)).toMatchObject({ error: { detail: 'It answers 404.' } });
  });

  test('says the same of a name that is not there, a network that is closed and a port that is', async () => {
    const nowhere = createSafeFetch({ isAllowed: loopback, timeoutMs: 5000, lookupHost: async () => [] });
    const details = [
      await nowhere('http://nowhere.test/', limits),
      await fetchLocal('http://10.0.0.1/', limits),
      await fetchLocal('http://127.0.0.1:1/', limits),
    ].map((answer) => (answer.ok ? '' : answer.error.detail));
    expect(new Set(details).size).toBe(1);
  });

  test('ends with its caller', async () => {
    const leaving = new AbortController();
    const silent = await serve(() => leaving.abort(new Error('left')));
    await expect(fetchLocal(silent, { ...limits, signal: leaving.signal })).rejects.toThrow('left');
  });
});
