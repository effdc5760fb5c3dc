// Watched environments through the API: what is kept of a day, when a drift is raised and told, a new profile made of it, and
// what becomes of the sums when the edge starts again or the tenant goes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Watch, WatchAdopted } from '#shared/contracts/watch.ts';
import { emptyDay } from '#shared/math/watch/day-sums.ts';
import { createWatchRecorder } from '../../../edge/limits/watch-recorder.ts';
import { createWatchStore } from '../../../edge/stores/watch-store.ts';
import { measuringAnswers } from '../../support/answer-sizes.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { stayInOneDay } from '../../support/one-day.ts';
import { ask, dimension, picturesOf, plantProfile, uploadProjection } from '../../support/watched-place.ts';

let edge: Edge;
let stateDirectory: string;
let tenant: TestTenant;

const dayMs = 86_400_000;
const dayAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

stayInOneDay();
beforeAll(async () => {
  stateDirectory = await mkdtemp(path.join(tmpdir(), 'watch-'));
  edge = await openEdge({ stateDirectory });
  tenant = await makeTenant(edge, 'watching');
  await uploadProjection(edge, tenant, 'animals');
});
afterAll(async () => {
  await edge?.close();
  await rm(stateDirectory, { recursive: true, force: true });
});

async function watchOf(name: string): Promise<Watch> {
  const answer = await tenant.send('GET', `/v1/environments/${name}/watch`);
  expect(answer.status).toBe(200);
  return Watch.parse(await answer.json());
}

/** Today's pictures become those of an earlier day, which the next look or cron trigger judges. */
async function moveToDay(environmentId: string, day: string): Promise<void> {
  const database = await edge.miniflare.getD1Database('DB');
  await database
    .prepare('UPDATE watched_days SET day = ?2 WHERE environment_id = ?1 AND day = ?3')
    .bind(environmentId, day, dayAgo(0))
    .run();
}

async function runCron(): Promise<void> {
  await (await edge.miniflare.getWorker()).scheduled({ scheduledTime: new Date() });
}

describe('a watched environment', () => {
  test('is raised by pictures of another place, once, and not by more of the same or other animals', async () => {
    const id = await plantProfile(edge, tenant, 'gate', picturesOf('before', 64, 1));
    const hook = await tenant.send('POST', '/v1/webhooks', {
      url: 'https://hooks.example/drift',
      events: ['environment.drifted'],
    });
    expect(hook.status).toBe(201);
    const options = { projection: 'animals', environment: 'gate' };

    await ask(tenant, picturesOf('before', 192, 2), options);
    const today = (await watchOf('gate')).series[0];
    expect(today?.days).toMatchObject([{ day: dayAgo(0), pictures: 192, open: true, raised: false }]);
    await moveToDay(id, dayAgo(5));
    await ask(tenant, picturesOf('before', 192, 3, [0, 0, 0, 1]), options);
    await watchOf('gate');
    await moveToDay(id, dayAgo(4));
    await runCron();
    expect(await watchOf('gate')).toMatchObject({ state: 'steady', threshold: 5 });

    for (const [days, seed] of [
      [3, 4],
      [2, 5],
    ] as const) {
      await ask(tenant, picturesOf('after', 64, seed), options);
      await watchOf('gate');
      await moveToDay(id, dayAgo(days));
      await runCron();
    }
    const watch = await watchOf('gate');
    expect(watch).toMatchObject({ state: 'drifted', since: dayAgo(3), profileRevision: 1 });
    const [series] = watch.series;
    expect(series).toMatchObject({
      projection: { name: 'animals', version: 1 },
      head: 'zero-shot',
      labels: 4,
    });
    expect(series?.days.map(({ raised, open, pictures }) => ({ raised, open, pictures }))).toEqual([
      { raised: false, open: false, pictures: 192 },
      { raised: false, open: false, pictures: 192 },
      { raised: true, open: false, pictures: 64 },
      { raised: true, open: false, pictures: 64 },
    ]);
    for (const { drift } of series?.days ?? []) expect(drift?.dropped).toBeDefined();
    expect(series?.days[1]?.topLabels[0]?.label).toBe('cat');

    const { id: webhook } = (await hook.json()) as { id: string };
    const told = await (await tenant.send('GET', `/v1/webhooks/${webhook}/deliveries`)).json();
    expect(told).toMatchObject({ items: [{ type: 'environment.drifted' }] });
  });

  test('has its profile made of what was watched, after which the new place is home', async () => {
    const made = await tenant.send('POST', '/v1/environments/gate/adopt', {});
    const adopted = WatchAdopted.parse(await made.json());
    expect(adopted).toMatchObject({ name: 'gate', pictures: 128, revision: 2 });
    expect(adopted.adopted).toEqual({ from: dayAgo(3), to: dayAgo(0), pictures: 128 });
    expect(await watchOf('gate')).toMatchObject({ state: 'steady', profileRevision: 2 });
    const options = { projection: 'animals', environment: 'gate' };
    await ask(tenant, picturesOf('after', 192, 6, [0, 1, 1, 2]), options);
    expect((await watchOf('gate')).series[0]?.days.at(-1)).toMatchObject({ pictures: 192, raised: false });
    await watchOf('gate');
    await moveToDay('env_gate', dayAgo(1));
    await ask(tenant, picturesOf('before', 64, 7), options);
    expect((await watchOf('gate')).series[0]?.days.at(-1)).toMatchObject({ pictures: 64, raised: true });
  });

  test('is not made anew of too few pictures, nor of somebody else’s', async () => {
    await plantProfile(edge, tenant, 'quiet', picturesOf('before', 32, 8));
    await ask(tenant, picturesOf('before', 15, 9), { projection: 'animals', environment: 'quiet' });
    const watch = await watchOf('quiet');
    expect(watch.series[0]?.days[0]).toMatchObject({ pictures: 15, raised: false });
    expect(watch.series[0]?.days[0]?.drift).toBeUndefined();
    expect((await tenant.send('POST', '/v1/environments/quiet/adopt', {})).status).toBe(409);
    const other = await makeTenant(edge, 'other');
    expect((await other.send('GET', '/v1/environments/gate/watch')).status).toBe(404);
    expect((await other.send('POST', '/v1/environments/gate/adopt', {})).status).toBe(404);
  });

  test('counts abstentions, and watches nothing where no environment is named', async () => {
    await plantProfile(edge, tenant, 'unsure', picturesOf('before', 32, 10));
    const pictures = picturesOf('before', 20, 11);
    await ask(tenant, pictures, { projection: 'animals' });
    expect(await watchOf('unsure')).toMatchObject({ state: 'unwatched', series: [] });
    await ask(tenant, pictures, { projection: 'animals', environment: 'unsure', abstainBelow: 1 });
    await ask(tenant, pictures, { projection: 'animals', environment: 'unsure' });
    expect((await watchOf('unsure')).series[0]?.days).toMatchObject([{ pictures: 40, abstained: 0.5 }]);
  });

  test('keeps its sums over a start of the edge', async () => {
    await plantProfile(edge, tenant, 'lasting', picturesOf('before', 32, 12));
    await ask(tenant, picturesOf('before', 30, 13), { projection: 'animals', environment: 'lasting' });
    expect((await watchOf('lasting')).series[0]?.days).toMatchObject([{ pictures: 30 }]);
    await edge.close();
    edge = await openEdge({ stateDirectory });
    const { headers } = tenant;
    tenant = {
      ...tenant,
      send: (method, path, body, extra = {}) => sendJson(edge, method, path, { ...headers, ...extra }, body),
    };
    expect((await watchOf('lasting')).series[0]?.days).toMatchObject([{ pictures: 30 }]);
    await ask(tenant, picturesOf('before', 20, 14), { projection: 'animals', environment: 'lasting' });
    expect((await watchOf('lasting')).series[0]?.days).toMatchObject([{ pictures: 50 }]);
  });

  test('adds up what several isolates have seen at once', async () => {
    const id = await plantProfile(edge, tenant, 'busy', picturesOf('before', 32, 15));
    const days = createWatchStore(await edge.miniflare.getD1Database('DB'));
    const isolates = Array.from({ length: 4 }, () =>
      createWatchRecorder({ days, flushAfterMs: 0, hasRoom: async () => true }),
    );
    const about = {
      tenantId: tenant.id,
      environmentId: id,
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      projection: { id: 'prj_0', name: 'animals', version: 1 },
      head: 'zero-shot',
      labels: ['cat', 'dog'],
      abstainBelow: 0,
      nowMs: Date.now(),
    } as const;
    const all = picturesOf('before', 200, 16);
    for (const [index, picture] of all.entries()) {
      isolates[index % isolates.length]?.record(about, picture, Float32Array.of(0.75, 0.25));
    }
    await Promise.all(isolates.map((isolate) => isolate.flush()));
    // Whoever met too many others keeps what it has for the next time.
    for (const isolate of isolates) await isolate.flush();
    const [day] = await Array.fromAsync(days.sums(tenant.id, id, about.model.revision, dayAgo(1), dayAgo(0)));
    const expected = new Float64Array(dimension);
    for (const picture of all)
      for (const [i, value] of picture.entries()) expected[i] = (expected[i] ?? 0) + value;
    expect(day).toMatchObject({ pictures: 200 });
    expect([...(day?.answered ?? [])]).toEqual([150, 50]);
    expect([...(day?.counts ?? [])]).toEqual([200, 0]);
    for (const [i, value] of expected.entries()) expect(day?.sum[i]).toBeCloseTo(value, 9);
    const [key] = await days.openDays(tenant.id, id);
    expect(key && (await days.findOpen(key))?.sums.pictures).toBe(200);
  });

  test('is watched for so many questions a day and no more, and not at all once it is deleted', async () => {
    const id = await plantProfile(edge, tenant, 'many', picturesOf('before', 32, 17));
    const days = createWatchStore(await edge.miniflare.getD1Database('DB'));
    const about = {
      model: { id: 'nano-clip', revision: 'c'.repeat(64) },
      question: { head: 'zero-shot' },
      labels: ['cat'],
    } as const;
    const add = (series: string) =>
      days.add(
        { tenantId: tenant.id, environmentId: id, series, day: dayAgo(0) },
        about,
        emptyDay(dimension, 1),
      );
    const outcomes = [];
    for (const series of ['a', 'b', 'c', 'd', 'e', 'a']) outcomes.push(await add(series));
    expect(outcomes).toEqual(['added', 'added', 'added', 'added', 'refused', 'added']);
    expect((await tenant.send('DELETE', '/v1/environments/many')).status).toBe(204);
    expect(await Array.fromAsync(days.list(tenant.id, id, dayAgo(1)))).toEqual([]);
    expect(await add('a')).toBe('refused');
  });

  test('has days of many labels read a few at a time, and told in their order', async () => {
    const id = await plantProfile(edge, tenant, 'wide', picturesOf('before', 32, 18));
    const database = await edge.miniflare.getD1Database('DB');
    const days = createWatchStore(database);
    const model = { id: 'nano-clip', revision: 'c'.repeat(64) };
    const labels = Array.from({ length: 10_000 }, (_, index) => `label ${index}`);
    for (const ago of [4, 3, 2, 1]) {
      const day = emptyDay(dimension, labels.length);
      day.answered.fill(ago);
      const key = { tenantId: tenant.id, environmentId: id, series: 'a', day: dayAgo(ago) };
      expect(await days.add(key, { model, question: { head: 'zero-shot' }, labels }, day)).toBe('added');
    }
    const { db, lengths } = measuringAnswers(database);
    const told = await Array.fromAsync(createWatchStore(db).list(tenant.id, id, dayAgo(3)));
    expect(told.map(({ day }) => day)).toEqual([dayAgo(3), dayAgo(2), dayAgo(1)]);
    expect(told.map(({ answered }) => [answered.length, answered[9999]])).toEqual([
      [10_000, 3],
      [10_000, 2],
      [10_000, 1],
    ]);
    // Each day is 160 kB of numbers and 150 kB of labels; as a list of bytes it alone would be 600 kB of text.
    expect(Math.max(...lengths)).toBeLessThan(1_000_000);
    expect(lengths.length).toBeGreaterThan(2);
  });

  test('forgets days after their time, and all of them with the tenant', async () => {
    await moveToDay('env_lasting', dayAgo(91));
    const rows = async () => {
      const database = await edge.miniflare.getD1Database('DB');
      const { results } = await database
        .prepare('SELECT day FROM watched_days WHERE tenant_id = ?')
        .bind(tenant.id)
        .all<{ day: string }>();
      return results.map(({ day }) => day);
    };
    expect(await rows()).toContain(dayAgo(91));
    await runCron();
    expect(await rows()).not.toContain(dayAgo(91));
    expect(await rows()).not.toEqual([]);
    expect((await sendJson(edge, 'DELETE', `/v1/admin/tenants/${tenant.id}`, adminHeaders)).status).toBe(202);
    await runCron();
    expect(await rows()).toEqual([]);
  });
});
