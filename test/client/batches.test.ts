import { describe, expect, it } from 'vitest';
import { fakeService, json } from './fake-service.ts';

const rows = (text: string) => new Response(text, { headers: { 'content-type': 'application/x-ndjson' } });
const row = (id: string) => JSON.stringify({ id, label: 'cat' });
const end = { whole: false, rows: 2, items: 3, status: 'running' };

describe('batches', () => {
  it('are asked for with a key that makes repeating it safe', async () => {
    const accepted = { job: { id: 'job_1' }, batch: { id: 'bat_1' } };
    const { client, requests } = fakeService([json(accepted, { status: 202 })]);
    const request = { from: { dataset: 'night' }, projection: 'wildlife' };
    expect(await client.classifyBatch(request)).toEqual(accepted);
    expect(requests[0]?.url).toBe('http://service.test/v1/classifications/batch');
    expect(requests[0]?.headers.get('idempotency-key')).toMatch(/\S/);
    expect(await requests[0]?.json()).toEqual(request);
  });

  it('give their rows one by one, and at the end whether these are whole', async () => {
    const { client } = fakeService([rows(`${row('a')}\n${row('b')}\n${JSON.stringify({ end })}\n`)]);
    const given = client.batches.rows('bat_1');
    const ids: string[] = [];
    for (;;) {
      const { done, value } = await given.next();
      if (done) {
        expect(value).toEqual(end);
        break;
      }
      ids.push(value.id);
    }
    expect(ids).toEqual(['a', 'b']);
  });

  it('do not take rows that break off for whole ones', async () => {
    const { client } = fakeService([rows(`${row('a')}\n${row('b').slice(0, 9)}`)]);
    const read = async () => {
      for await (const _ of client.batches.rows('bat_1'));
    };
    await expect(read()).rejects.toThrow('broke off');
  });

  it('give links as whole addresses', async () => {
    const link = { path: '/v1/classifications/batch-rows/signed', expiresAt: '2026-11-27T00:00:00.000Z' };
    const { client, requests } = fakeService([json(link)]);
    expect(await client.batches.link('bat_1', { format: 'csv' })).toEqual({
      url: 'http://service.test/v1/classifications/batch-rows/signed',
      expiresAt: link.expiresAt,
    });
    expect(await requests[0]?.json()).toEqual({ format: 'csv' });
  });
});
