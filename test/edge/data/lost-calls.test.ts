// Pictures that end the worker that decodes them, and what else was at work beside them: with workers that break off as told.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGpuWorkerClient } from '../../../edge/clients/create-gpu-worker.ts';
import type { CallContext } from '../../../edge/clients/worker-call.ts';
import {
  answers,
  type FakeWorker,
  fakeDimension,
  fakeModel,
  fakeSecret,
  openFakeWorker,
} from './support/fake-worker.ts';

let workers: FakeWorker[];
beforeEach(async () => {
  workers = [await openFakeWorker(), await openFakeWorker(), await openFakeWorker()];
});
afterEach(() => Promise.all(workers.map((worker) => worker.close())));

const breakOff: FakeWorker['next'][number] = (request) => void request.socket.destroy();
const openClient = (count: number) =>
  createGpuWorkerClient({
    endpoints: workers.slice(0, count).map(({ origin }) => origin),
    secret: fakeSecret,
    log: () => undefined,
    returnWithinMs: { interactive: 1000, bulk: 1000 },
  });
type Client = ReturnType<typeof openClient>;

const tenant = { id: 'tenant', weight: 1 };
const encode = (client: Client, name: string, more: Partial<CallContext> = {}) => {
  const bytes = new TextEncoder().encode(name);
  const items = [{ sha256: name.padEnd(64, '0'), byteLength: bytes.length }];
  const context = { lane: 'interactive', tenant, ...more } as const;
  return client.encodePictures({ model: fakeModel.id, items, seed: 0 }, [bytes], context);
};
const seen = () => workers.map((worker) => worker.seen.length);
const everyoneBreaksOff = (times: number) => {
  for (const { next } of workers) next.push(...new Array<typeof breakOff>(times).fill(breakOff));
};

test('a picture that ends its worker is given to no other of two, and the third time to none', async () => {
  everyoneBreaksOff(3);
  const client = openClient(2);
  const refusal = { ok: false, error: { code: 'invalid-request' } };
  expect(await encode(client, 'poison')).toMatchObject(refusal);
  expect(seen().filter((calls) => calls > 0)).toEqual([2]);
  expect(await encode(client, 'poison')).toMatchObject(refusal);
  expect(seen().filter((calls) => calls > 0)).toEqual([2]);
});

test('a worker that loads its model after it was ended is not back yet, and the other is not asked', async () => {
  for (const { next } of workers) next.push(breakOff, answers.overloaded, breakOff);
  expect(await encode(openClient(2), 'poison')).toMatchObject({
    ok: false,
    error: { code: 'invalid-request' },
  });
  expect(seen().filter((calls) => calls > 0)).toEqual([3]);
});

test('asked again before its worker is back, a picture is not given to the other', async () => {
  const client = openClient(2);
  everyoneBreaksOff(1);
  for (const worker of workers) worker.isReady = false;
  expect(await encode(client, 'poison')).toMatchObject({ error: { code: 'worker-unavailable' } });
  const lostAt = seen().findIndex((calls) => calls > 0);
  for (const [index, worker] of workers.entries()) worker.isReady = index !== lostAt;
  expect(await encode(client, 'poison')).toMatchObject({ error: { code: 'worker-unavailable' } });
  expect(seen().filter((calls) => calls > 0)).toEqual([1]);
  for (const worker of workers) worker.isReady = true;
  expect((await encode(client, 'poison')).ok, 'once it is back').toBe(true);
});

const encodeTogether = (
  client: Client,
  names: readonly string[],
  lane: 'interactive' | 'bulk' = 'interactive',
) => {
  const pictures = names.map((name) => new TextEncoder().encode(name));
  const items = names.map((name) => ({ sha256: name.padEnd(64, '0'), byteLength: name.length }));
  const context = { lane, tenant } as const;
  return client.encodePictures({ model: fakeModel.id, items, seed: 0 }, pictures, context);
};

test.each(['interactive', 'bulk'] as const)(
  'of several pictures the one that ends workers is found and left out (%s)',
  async (lane) => {
    for (const worker of workers) worker.endedBy = 'poison';
    const client = openClient(2);
    const encoded = await encodeTogether(client, ['one', 'poison', 'three'], lane);
    expect(encoded).toMatchObject({
      ok: true,
      value: {
        failures: [{ index: 1, code: 'unreadable-picture' }],
        embeddings: { length: 3 * fakeDimension },
      },
    });
    const calls = seen().reduce((sum, count) => sum + count, 0);
    const again = await encodeTogether(client, ['poison', 'five', 'six'], lane);
    expect(again).toMatchObject({ ok: true, value: { failures: [{ index: 0 }] } });
    expect(seen().reduce((sum, count) => sum + count, 0)).toBe(calls + 1);
  },
);

test('several pictures that were lost twice are sorted out when they come again, where nobody was back to do so', async () => {
  const client = openClient(2);
  const everyone = (isReady: boolean) => {
    for (const worker of workers) worker.isReady = isReady;
  };
  const breakOffForLong: typeof breakOff = (request) => {
    everyone(false);
    request.socket.destroy();
  };
  for (const { next } of workers) next.push(breakOff, breakOffForLong);
  const names = ['one', 'poison', 'three'];
  expect(await encodeTogether(client, names)).toMatchObject({ error: { code: 'worker-unavailable' } });
  everyone(true);
  for (const worker of workers) {
    worker.next.length = 0;
    worker.endedBy = 'poison';
  }
  expect(await encodeTogether(client, names)).toMatchObject({
    ok: true,
    value: { failures: [{ index: 1, code: 'unreadable-picture' }] },
  });
});

test('what was at work beside it is answered by the worker that came back', async () => {
  workers[0]?.next.push(breakOff);
  workers[1]?.next.push(breakOff);
  expect(await encode(openClient(2), 'innocent')).toMatchObject({
    ok: true,
    value: { dimension: fakeDimension },
  });
  expect(seen().filter((calls) => calls > 0)).toEqual([2]);
});

test('one of three may be asked after another, since one is left', async () => {
  everyoneBreaksOff(3);
  const refused = await encode(openClient(3), 'poison');
  expect(refused).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  expect(seen().toSorted()).toEqual([0, 1, 1]);
});

test('what ended workers for one tenant is tried for another', async () => {
  everyoneBreaksOff(2);
  const client = openClient(1);
  expect((await encode(client, 'poison')).ok).toBe(false);
  expect((await encode(client, 'poison', { tenant: { id: 'other', weight: 1 } })).ok).toBe(true);
});

test('bulk work is tried once more: whoever runs the workers may have ended them', async () => {
  everyoneBreaksOff(2);
  expect((await encode(openClient(1), 'shard', { lane: 'bulk' })).ok).toBe(true);
  expect(seen()).toEqual([3, 0, 0]);
});

test('a picture is not blamed for a worker that was gone already', async () => {
  const client = openClient(1);
  expect((await encode(client, 'before')).ok).toBe(true);
  await workers[0]?.close();
  for (let asked = 0; asked < 3; asked++) {
    expect(await encode(client, 'innocent')).toMatchObject({ error: { code: 'worker-unavailable' } });
  }
});
