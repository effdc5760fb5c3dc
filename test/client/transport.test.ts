import { describe, expect, it } from 'vitest';
import { ClipIcmConnectionError, ClipIcmError } from '#client/client.ts';
import { fakeService, json, problem } from './fake-service.ts';

const dataset = { id: 'ds_1', name: 'birds' };

describe('a call', () => {
  it('carries the key, the accepted type and the query', async () => {
    const { client, requests } = fakeService([json({ items: [] })]);
    await client.datasets.page({ limit: 5 });
    expect(requests[0]?.url).toBe('http://service.test/v1/datasets?limit=5');
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer icm_dev_key');
    expect(requests[0]?.headers.get('accept')).toBe('application/json');
  });

  it('keeps a path prefix of the address, and escapes names within paths', async () => {
    const { client, requests } = fakeService([json(dataset)], { url: 'http://service.test/icm' });
    await client.datasets.get('a/b?c');
    expect(requests[0]?.url).toBe('http://service.test/icm/v1/datasets/a%2Fb%3Fc');
  });

  it('throws the problem document it was answered with', async () => {
    const { client } = fakeService([problem(404, 'not-found')]);
    const error = await client.datasets.get('gone').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClipIcmError);
    expect(error).toMatchObject({ status: 404, code: 'not-found', requestId: 'req-1' });
  });

  it('makes a problem of an answer that is none', async () => {
    const answer = new Response('<html>', { status: 418, headers: { 'x-request-id': 'req-9' } });
    const { client } = fakeService([answer]);
    await expect(client.datasets.get('x')).rejects.toMatchObject({
      status: 418,
      code: 'unknown',
      requestId: 'req-9',
    });
  });

  it('gives up when its time is over', async () => {
    const never = (request: Request) =>
      new Promise<Response>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      });
    const { client } = fakeService([never], { timeoutMs: 1, maxRetries: 0 });
    const error = await client.datasets.get('x').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ClipIcmConnectionError);
    expect(error).toMatchObject({ reason: 'timeout' });
  });

  it("throws the caller's own reason when the caller stops it", async () => {
    const { client, requests } = fakeService([json(dataset)]);
    const reason = new Error('changed my mind');
    await expect(client.datasets.get('x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toHaveLength(0);
  });
});

describe('retries', () => {
  it('repeat a busy answer after what Retry-After asks, with jitter on top', async () => {
    const { client, requests, waits } = fakeService([
      problem(503, 'worker-overloaded', { 'retry-after': '2' }),
      json(dataset),
    ]);
    await expect(client.datasets.get('birds')).resolves.toEqual(dataset);
    expect(requests).toHaveLength(2);
    expect(waits[0]).toBeGreaterThan(2000);
    expect(waits[0]).toBeLessThan(2500);
  });

  it('back off further each time, and stop', async () => {
    const { client, requests, waits } = fakeService([new TypeError('connection refused')]);
    await expect(client.datasets.get('birds')).rejects.toMatchObject({ reason: 'network' });
    expect(requests).toHaveLength(4);
    expect(waits).toEqual([187.5, 375, 750]);
  });

  it('leave a quota that returns tomorrow to the caller', async () => {
    const { client, waits } = fakeService([problem(429, 'quota-exceeded', { 'retry-after': '40000' })]);
    await expect(client.datasets.get('birds')).rejects.toMatchObject({ retryAfterSeconds: 40_000 });
    expect(waits).toEqual([]);
  });

  it('leave alone what a repetition cannot mend', async () => {
    const { client, requests } = fakeService([problem(422, 'invalid-request')]);
    await expect(client.classifications.create({ inputs: [] })).rejects.toMatchObject({ status: 422 });
    expect(requests).toHaveLength(1);
  });

  it('of a creating call send one idempotency key throughout', async () => {
    const { client, requests } = fakeService([new TypeError('reset'), json(dataset, { status: 201 })]);
    await client.datasets.create({ name: 'birds' });
    const keys = requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
    await client.datasets.create({ name: 'birds' }, { idempotencyKey: 'mine' });
    expect(requests[2]?.headers.get('idempotency-key')).toBe('mine');
  });
});

describe('a list', () => {
  it('fetches the next page when it is reached, and ends with the last', async () => {
    const { client, requests } = fakeService([
      json({ items: [{ id: 'a' }, { id: 'b' }], nextCursor: 'more' }),
      json({ items: [{ id: 'c' }] }),
    ]);
    const ids: string[] = [];
    for await (const { id } of client.datasets.list({ limit: 2 })) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(requests.map(({ url }) => new URL(url).search)).toEqual(['?limit=2', '?limit=2&cursor=more']);
  });

  it('asks for no page that is not reached', async () => {
    const { client, requests } = fakeService([json({ items: [{ id: 'a' }], nextCursor: 'more' })]);
    for await (const _ of client.keys.list()) break;
    expect(requests).toHaveLength(1);
  });
});
