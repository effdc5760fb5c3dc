import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EnvironmentChanged } from '#shared/contracts/environment.ts';
import { fakeService, json, problem } from './fake-service.ts';

const at = '2026-11-25T00:00:00Z';
const changed: EnvironmentChanged = {
  name: 'night',
  model: { id: 'nano-clip', revision: 'r' },
  pictures: 2,
  revision: 1,
  createdAt: at,
  updatedAt: at,
  used: 2,
  failures: [],
};
const job = { id: 'job_1', kind: 'profile', status: 'queued' };
const png = new Uint8Array(readFileSync('test/fixtures/images/square.png'));

describe('environments', () => {
  it('are made of inputs as JSON, with a key that makes repeating it safe', async () => {
    const { client, requests } = fakeService([json(changed, { status: 201 })]);
    const made = await client.environments.create({ name: 'night', inputs: [{ embedding: [1, 0] }] });
    expect(made).toEqual(changed);
    expect(requests[0]?.url).toBe('http://service.test/v1/environments');
    expect(requests[0]?.headers.get('idempotency-key')).toMatch(/\S/);
    expect(await requests[0]?.json()).toEqual({ name: 'night', inputs: [{ embedding: [1, 0] }] });
  });

  it('are made of pictures as a form whose bytes are the same in every attempt', async () => {
    const { client, requests } = fakeService([
      problem(503, 'worker-overloaded'),
      json(changed, { status: 201 }),
    ]);
    await client.environments.createFrom({ name: 'Café at night', model: 'nano-clip' }, [
      png,
      new Blob([png]),
    ]);
    const [first, second] = requests;
    expect(second?.url).toBe('http://service.test/v1/environments?name=Caf%C3%A9+at+night&model=nano-clip');
    const types = requests.map(({ headers }) => headers.get('content-type'));
    expect(types[0]).toMatch(/^multipart\/form-data; boundary=/);
    expect(types[1]).toBe(types[0]);
    expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'));
    expect(await second?.clone().bytes()).toEqual(await first?.bytes());
    const parts = (await second?.formData())?.getAll('image') ?? [];
    expect(parts.map((part) => part instanceof File && [part.type, part.size])).toEqual([
      ['image/png', png.length],
      ['image/png', png.length],
    ]);
  });

  it('are made and grow from embeddings as little-endian floats', async () => {
    const { client, requests } = fakeService([json(changed)]);
    await client.environments.createFrom({ name: 'night' }, Float32Array.of(1, 2));
    await client.environments.addFrom('night', Float32Array.of(3, 4));
    expect(requests.map(({ url }) => new URL(url).pathname + new URL(url).search)).toEqual([
      '/v1/environments?name=night',
      '/v1/environments/night/additions',
    ]);
    expect(requests[1]?.headers.get('content-type')).toBe('application/octet-stream');
    const view = new DataView((await requests[1]?.arrayBuffer()) ?? new ArrayBuffer(0));
    expect([view.byteLength, view.getFloat32(0, true), view.getFloat32(4, true)]).toEqual([8, 3, 4]);
  });

  it('come from a dataset by a job', async () => {
    const { client, requests } = fakeService([json({ job }, { status: 202 })]);
    const from = { dataset: 'zoo', environment: 'night' };
    expect(await client.environments.createFromDataset({ name: 'night' }, from)).toEqual(job);
    expect(await client.environments.addFromDataset('night', from)).toEqual(job);
    expect(await requests[0]?.json()).toEqual({ name: 'night', from });
    expect(await requests[1]?.json()).toEqual({ from });
  });

  it('are watched for some days, and made of what was seen', async () => {
    const { client, requests } = fakeService([json({ state: 'steady' }), json({ name: 'night' })]);
    await client.environments.watch('night', { days: 7, projection: 'wildlife@2' });
    await client.environments.adopt('night', { from: '2026-11-06' });
    expect(
      requests.map(({ method, url }) => `${method} ${new URL(url).pathname}${new URL(url).search}`),
    ).toEqual([
      'GET /v1/environments/night/watch?days=7&projection=wildlife%402',
      'POST /v1/environments/night/adopt',
    ]);
    expect(await requests[1]?.json()).toEqual({ from: '2026-11-06' });
    expect(requests[1]?.headers.get('idempotency-key')).toMatch(/\S/);
  });

  it('are looked at by name, and by a projection', async () => {
    const { client, requests } = fakeService([json(changed)]);
    await client.environments.get('a b');
    await client.environments.get('night/1', { projection: 'zoo@2' });
    expect(requests.map(({ url }) => url)).toEqual([
      'http://service.test/v1/environments/a%20b',
      'http://service.test/v1/environments/night%2F1?projection=zoo%402',
    ]);
  });

  it('are listed, taken from and deleted', async () => {
    const { client, requests } = fakeService([
      json({ items: [changed] }),
      json(changed),
      new Response(null, { status: 204 }),
    ]);
    expect(await client.environments.all()).toEqual([changed]);
    await client.environments.remove('night', { inputs: [{ embedding: [1, 0] }] });
    await client.environments.delete('night');
    expect(requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /v1/environments',
      'POST /v1/environments/night/removals',
      'DELETE /v1/environments/night',
    ]);
    expect(requests[1]?.headers.get('idempotency-key')).toMatch(/\S/);
  });
});
