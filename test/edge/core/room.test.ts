// What tenants can make rows of is capped or counted, what is cut off undoes itself, and a database that is nearly full says so.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dataset, DatasetItem, DatasetPage } from '#shared/contracts/dataset.ts';
import { itemRowBytes, maxDatasetNames } from '#shared/contracts/limits.ts';
import { addAnswer, emptyDay } from '#shared/math/watch/day-sums.ts';
import { createRoom, keptRows, maxRows, refusalOf } from '../../../edge/limits/room.ts';
import { createEnvironmentStore } from '../../../edge/stores/environment-store.ts';
import { defaultLimits } from '../../../edge/stores/plan-limits.ts';
import { createWatchStore } from '../../../edge/stores/watch-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { blackPicture } from '../../support/pictures.ts';
import { rawTar, tarEnd } from '../../support/raw-tar.ts';
import { smallArtefact } from '../../support/small-artefact.ts';

let edge: Edge;
let tenant: TestTenant;
const logged: string[] = [];
beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
  tenant = await makeTenant(edge, 'rows');
});
afterAll(() => edge?.close());

const database = async () => (await edge.miniflare.getD1Database('DB')) as unknown as D1Database;
const one = async (sql: string, ...values: unknown[]) =>
  (await database())
    .prepare(sql)
    .bind(...values)
    .first<number>('n');
const storedBytes = (id: string) => one('SELECT bytes AS n FROM stored_bytes WHERE tenant_id = ?', id);

function upload(owner: TestTenant, dataset: string, query: string, body: Uint8Array<ArrayBuffer>) {
  const headers = { ...owner.headers, 'content-type': 'image/png' };
  return edge.fetch(`/v1/datasets/${dataset}/items?${query}`, { method: 'POST', headers, body });
}

describe('rows of items', () => {
  test('of one picture many times over in an archive are one, and what is there costs a look for all of it', async () => {
    await tenant.send('POST', '/v1/datasets', { name: 'repeated' });
    const picture = blackPicture(5, 5);
    const entries = Array.from({ length: 600 }, (_, index) => ({
      path: `env-${index % 3}/class/${index}.png`,
      data: picture,
    }));
    const send = async () => {
      const headers = { ...tenant.headers, 'content-type': 'application/x-tar' };
      const body = rawTar(...entries.map(({ path, data }) => ({ name: path, data })), tarEnd);
      const answer = await edge.fetch('/v1/datasets/repeated/archive', { method: 'POST', headers, body });
      return answer.json();
    };
    expect(await send()).toEqual({ added: 3, unchanged: 597, skipped: [] });
    expect(await send()).toEqual({ added: 0, unchanged: 600, skipped: [] });
    expect(
      await one(
        `SELECT COUNT(*) AS n FROM items WHERE tenant_id = ? AND bytes = ?`,
        tenant.id,
        picture.length,
      ),
    ).toBe(3);
  });

  test('cost storage, one picture many times over too, and give it back', async () => {
    const picture = blackPicture(4, 4);
    const plan = { storedBytes: picture.length + 3 * itemRowBytes };
    const small = await makeTenant(edge, 'small', plan);
    await small.send('POST', '/v1/datasets', { name: 'one' });
    const items: DatasetItem[] = [];
    for (const environment of ['a', 'b', 'c']) {
      const response = await upload(small, 'one', `environment=${environment}`, picture);
      expect(response.status).toBe(201);
      items.push(DatasetItem.parse(await response.json()));
    }
    const refused = await upload(small, 'one', 'environment=d', picture);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ code: 'quota-exceeded' });
    // What is there already costs nothing again.
    expect((await upload(small, 'one', 'environment=a', picture)).status).toBe(200);
    expect(await storedBytes(small.id)).toBe(plan.storedBytes);
    await small.send('DELETE', `/v1/datasets/one/items/${items[0]?.id}`);
    expect(await storedBytes(small.id)).toBe(plan.storedBytes - itemRowBytes);
    expect((await upload(small, 'one', 'environment=d', picture)).status).toBe(201);
    const shown = await small.send('GET', '/v1/datasets/one');
    expect(Dataset.parse(await shown.json())).toMatchObject({ pictures: 3 });
    await small.send('DELETE', '/v1/datasets/one');
    expect(await storedBytes(small.id)).toBe(0);
  });
});

describe('profiles and watched days', () => {
  const model = { id: 'nano-clip', revision: 'c'.repeat(64) };
  const profile = (pictures: number) => ({
    pictures,
    sum: new Float64Array(32),
    kept: new Uint8Array(96 * pictures),
  });
  const profileBytes = (pictures: number) => itemRowBytes + 8 * 32 + 96 * pictures;

  test('cost storage by what they hold, and give it back however they go', async () => {
    const { id: owner } = await makeTenant(edge, 'profiles');
    const [environments, days] = [
      createEnvironmentStore(await database()),
      createWatchStore(await database()),
    ];
    const place = { id: 'env_gate', name: 'gate', model };
    await environments.insert(owner, { ...place, ...profile(4) }, 10, 1);
    expect(await storedBytes(owner)).toBe(profileBytes(4));
    await environments.change(owner, { ...place, revision: 1 }, profile(9), 2);
    expect(await storedBytes(owner)).toBe(profileBytes(9));
    const sums = emptyDay(32, 2);
    addAnswer(sums, new Float32Array(32).fill(0.1), Float32Array.of(0.7, 0.3), 0, false);
    const about = { model, labels: ['cat', 'dog'], question: { head: 'zero-shot' } } as const;
    const keys = ['2026-01-01', '2026-01-02'].map((day) => ({
      tenantId: owner,
      environmentId: place.id,
      series: 's',
      day,
    }));
    for (const key of keys) expect(await days.add(key, about, sums)).toBe('added');
    const open = ((await storedBytes(owner)) ?? 0) - profileBytes(9);
    expect(open).toBeGreaterThan(2 * itemRowBytes);
    const [first, second] = keys;
    if (first === undefined || second === undefined) throw new Error('two days');
    await days.judge(first, 1, { drift: undefined, profileRevision: 1, raised: false }, 3);
    const judged = ((await storedBytes(owner)) ?? 0) - profileBytes(9);
    expect(judged).toBeGreaterThan(2 * itemRowBytes);
    expect(judged).toBeLessThan(open);
    await days.prune({ beforeDay: second.day, rows: 100 });
    expect(await storedBytes(owner)).toBe(profileBytes(9) + open / 2);
    await environments.remove(owner, 'gate');
    expect(await storedBytes(owner)).toBe(0);
  });

  test('find no room beyond the plan: a profile is refused with words, a day is not watched', async () => {
    const { id: owner } = await makeTenant(edge, 'few profiles', { storedBytes: profileBytes(4) });
    const environments = createEnvironmentStore(await database());
    const place = { id: 'env_gate', name: 'gate', model };
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (thrown: unknown) => refusalOf(thrown)?.code,
      );
    expect(await refusal(environments.insert(owner, { ...place, ...profile(5) }, 10, 1))).toBe(
      'quota-exceeded',
    );
    await environments.insert(owner, { ...place, ...profile(4) }, 10, 1);
    const present = { ...place, revision: 1 };
    expect(await refusal(environments.change(owner, present, profile(5), 2))).toBe('quota-exceeded');
    const day = { tenantId: owner, environmentId: place.id, series: 's', day: '2026-01-01' };
    const about = { model, labels: ['cat'], question: { head: 'zero-shot' } } as const;
    expect(await createWatchStore(await database()).add(day, about, emptyDay(32, 1))).toBe('refused');
    expect(await storedBytes(owner)).toBe(profileBytes(4));
    // A smaller plan keeps nobody from taking pictures away.
    await sendJson(edge, 'PATCH', `/v1/admin/tenants/${owner}`, adminHeaders, { limits: { storedBytes: 0 } });
    expect(await environments.change(owner, present, profile(3), 3)).toBe(true);
    expect(await storedBytes(owner)).toBe(profileBytes(3));
  });

  test('a day grows no further than the plan, and may shrink all the same', async () => {
    const { id: owner } = await makeTenant(edge, 'growing day');
    const [environments, days] = [
      createEnvironmentStore(await database()),
      createWatchStore(await database()),
    ];
    const place = { id: 'env_gate', name: 'gate', model };
    await environments.insert(owner, { ...place, ...profile(1) }, 10, 1);
    const key = { tenantId: owner, environmentId: place.id, series: 's', day: '2026-01-01' };
    const about = { model, labels: ['cat', 'dog'], question: { head: 'zero-shot' } } as const;
    const answered = (probabilities: Float32Array) => {
      const sums = emptyDay(32, 2);
      addAnswer(sums, new Float32Array(32).fill(0.1), probabilities, 0, false);
      return sums;
    };
    expect(await days.add(key, about, answered(Float32Array.of(0.7, 0.3)))).toBe('added');
    const held = (await storedBytes(owner)) ?? 0;
    await sendJson(edge, 'PATCH', `/v1/admin/tenants/${owner}`, adminHeaders, {
      limits: { storedBytes: held },
    });
    expect(await days.add(key, about, answered(Float32Array.of(0.1, 0.9)))).toBe('refused');
    expect(await storedBytes(owner)).toBe(held);
    expect(await days.findOpen(key)).toMatchObject({ pictures: 1, revision: 1 });
    expect(await days.judge(key, 1, { drift: undefined, profileRevision: 1, raised: false }, 3)).toBe(true);
    expect(await storedBytes(owner)).toBeLessThan(held);
  });

  test('are held to the same plan as pictures where a tenant has no limit of its own', async () => {
    const { results } = await (await database())
      .prepare(`SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_fits'`)
      .all<{ sql: string }>();
    const defaults = results.map(({ sql }) => Number(/, (\d+)\)\s+BEGIN/.exec(sql)?.[1]));
    // Of profiles and watched days that are made and that grow, batches and their objects.
    expect(defaults).toEqual(Array.from({ length: 6 }, () => defaultLimits.storedBytes));
  });
});

describe('other rows', () => {
  test('are held to the limits where they are made, however many are made at once', async () => {
    const { results } = await (await database())
      .prepare(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'room_for_%'`)
      .all<{ name: string; sql: string }>();
    const held = results.map(({ name, sql }) => [
      name.slice('room_for_'.length),
      Number(/>= (\d+)/.exec(sql)?.[1]),
    ]);
    expect(Object.fromEntries(held)).toEqual(maxRows);
    const hasty = await makeTenant(edge, 'hasty');
    const url = 'https://site.example/hook';
    const made = Array.from({ length: maxRows.webhooks + 4 }, () =>
      hasty.send('POST', '/v1/webhooks', { url }),
    );
    const answers = await Promise.all(made);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(maxRows.webhooks);
    expect(statuses.filter((status) => status === 429)).toHaveLength(4);
    const refused = answers.find(({ status }) => status === 429);
    expect(await refused?.json()).toMatchObject({ code: 'quota-exceeded' });
    expect(logged.filter((line) => line.includes('"bug"'))).toEqual([]);
  });

  test('are as many as the limits say, and what is deleted makes room', async () => {
    const many = await makeTenant(edge, 'many');
    const rows = Array.from({ length: maxRows.datasets - 1 }, (_, index) => index);
    await (await database())
      .prepare(
        `INSERT INTO datasets (tenant_id, id, name, created_at)
         SELECT ?1, 'ds_many' || value, 'many-' || value, 0 FROM json_each(?2)`,
      )
      .bind(many.id, JSON.stringify(rows))
      .run();
    expect((await many.send('POST', '/v1/datasets', { name: 'last' })).status).toBe(201);
    const refused = await many.send('POST', '/v1/datasets', { name: 'too-many' });
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('1000 datasets') });
    await many.send('DELETE', '/v1/datasets/last');
    expect((await many.send('POST', '/v1/datasets', { name: 'again' })).status).toBe(201);
  });

  test('that grow by themselves keep their newest', async () => {
    const { id } = await makeTenant(edge, 'talkative');
    const count = keptRows.answers + 5;
    await (await database())
      .prepare(
        `INSERT INTO idempotency (id, request_hash, holder, lease_until, expires_at, tenant_id)
         SELECT ?1 || value, '', '', 0, 9e15 + value, ?1 FROM json_each(?2)`,
      )
      .bind(id, JSON.stringify(Array.from({ length: count }, (_, index) => index)))
      .run();
    const worker = await edge.miniflare.getWorker();
    await worker.scheduled({ scheduledTime: new Date() });
    const left = 'SELECT COUNT(*) AS n FROM idempotency WHERE tenant_id = ?';
    expect(await one(left, id)).toBe(keptRows.answers);
    expect(await one(`${left} AND expires_at < 9e15 + 5`, id)).toBe(0);
    expect(logged.filter((line) => line.includes('housekeeping'))).toEqual([]);
  });
});

describe('names in a dataset', () => {
  test('are so many, and those that it has go on', async () => {
    await tenant.send('POST', '/v1/datasets', { name: 'named' });
    const { id } = Dataset.parse(await (await tenant.send('GET', '/v1/datasets/named')).json());
    await (await database())
      .prepare(
        `INSERT INTO dataset_counts (tenant_id, dataset_id, environment, class, pictures, bytes)
         SELECT ?1, ?2, 'e', value, 1, 1 FROM json_each(?3)`,
      )
      .bind(tenant.id, id, JSON.stringify(Array.from({ length: maxDatasetNames }, (_, index) => `c${index}`)))
      .run();
    const send = (label: string) =>
      upload(tenant, 'named', `environment=e&class=${label}`, blackPicture(3, 3));
    expect((await send('new')).status).toBe(429);
    expect((await send('c7')).status).toBe(201);
    // Beside it no other dataset has room on a page.
    await tenant.send('POST', '/v1/datasets', { name: 'newer' });
    await upload(tenant, 'newer', 'environment=a', blackPicture(3, 3));
    const list = async (query: string) =>
      DatasetPage.parse(await (await tenant.send('GET', `/v1/datasets?limit=5${query}`)).json());
    const first = await list('');
    expect(first.items.map(({ name }) => name)).toEqual(['newer']);
    const second = await list(`&cursor=${first.nextCursor}`);
    expect(second.items[0]).toMatchObject({ name: 'named', environments: [{ name: 'e' }] });
    expect(second.items[0]?.classes).toHaveLength(maxDatasetNames);
  });
});

describe('ended jobs', () => {
  test('are kept up to a thousand, when another is made', async () => {
    const busy = await makeTenant(edge, 'busy');
    await busy.send('POST', '/v1/datasets', { name: 'imported' });
    const insert = (settled: number) =>
      `INSERT INTO jobs (tenant_id, id, kind, status, stage, input, heartbeat_at, created_at, updated_at, finished_at, settled)
       SELECT ?1, 'job_${settled}_' || value, 'import', 'failed', 'fetch', '{}', 0, value, 0, 0, ${settled} FROM json_each(?2)`;
    const db = await database();
    await db
      .prepare(insert(1))
      .bind(busy.id, JSON.stringify(Array.from({ length: 1010 }, (_, i) => i)))
      .run();
    const started = await busy.send('POST', '/v1/datasets/imported/imports', {
      items: [{ url: 'https://pictures.example/a.png' }],
    });
    expect(started.status).toBe(202);
    expect(await one('SELECT COUNT(*) AS n FROM jobs WHERE tenant_id = ? AND settled = 1', busy.id)).toBe(
      1000,
    );
    expect(await one("SELECT COUNT(*) AS n FROM jobs WHERE id = 'job_1_9'")).toBe(0);
    const { id } = (await started.json()) as { id: string };
    expect((await busy.send('POST', `/v1/jobs/${id}/cancel`)).status).toBe(200);
    expect(await one("SELECT COUNT(*) AS n FROM jobs WHERE id = ? AND input = '{}'", id)).toBe(1);
  });
});

describe('an artefact that cannot be kept', () => {
  test('leaves nothing behind', async () => {
    const bytes = await smallArtefact();
    const full = await makeTenant(edge, 'full', { storedBytes: bytes.length - 1 });
    const send = () =>
      edge.fetch('/v1/projections/artefacts?name=none', {
        method: 'POST',
        headers: { ...full.headers, 'content-type': 'application/octet-stream' },
        body: bytes,
      });
    expect((await send()).status).toBe(429);
    // A row that the database does not take, after the file has been stored.
    const db = await database();
    await db
      .prepare(
        `CREATE TRIGGER no_room BEFORE UPDATE ON projections WHEN NEW.status = 'ready'
         BEGIN SELECT RAISE(ABORT, 'string or blob too big'); END`,
      )
      .run();
    await db
      .prepare("UPDATE tenants SET limits = json_set(limits, '$.storedBytes', 1e9) WHERE id = ?")
      .bind(full.id)
      .run();
    const fresh = await makeTenant(edge, 'fresh');
    const failed = await edge.fetch('/v1/projections/artefacts?name=none', {
      method: 'POST',
      headers: { ...fresh.headers, 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    await db.prepare('DROP TRIGGER no_room').run();
    expect(failed.status).toBe(500);
    const bucket = await edge.miniflare.getR2Bucket('BUCKET');
    for (const { id } of [full, fresh]) {
      expect(await one('SELECT COUNT(*) AS n FROM projections WHERE tenant_id = ?', id)).toBe(0);
      expect((await bucket.list({ prefix: `t/${id}/` })).objects).toEqual([]);
      expect((await storedBytes(id)) ?? 0).toBe(0);
    }
  });

  test('whose upload was cut off is cleared away later, and not while it may go on', async () => {
    const bucket = await edge.miniflare.getR2Bucket('BUCKET');
    const worker = await edge.miniflare.getWorker();
    const key = `t/${tenant.id}/projections/prj_cut.icm`;
    await bucket.put(key, 'half');
    await (await database())
      .prepare(
        `INSERT INTO projections (tenant_id, id, name, version, status, datasets, created_at)
         VALUES (?, 'prj_cut', 'cut', 1, 'fitting', '[]', ?)`,
      )
      .bind(tenant.id, Date.now())
      .run();
    const left = async () => [
      await one("SELECT COUNT(*) AS n FROM projections WHERE id = 'prj_cut'"),
      (await bucket.list({ prefix: key })).objects.length,
    ];
    await worker.scheduled({ scheduledTime: new Date() });
    expect(await left()).toEqual([1, 1]);
    await worker.scheduled({ scheduledTime: new Date(Date.now() + 3_600_000) });
    expect(await left()).toEqual([0, 0]);
  });
});

describe('a database that is nearly full', () => {
  let full: Edge;
  const lines: string[] = [];
  beforeAll(async () => {
    full = await openEdge({ bindings: { DATABASE_ALARM_BYTES: '1' }, onLog: (line) => lines.push(line) });
  });
  afterAll(() => full?.close());

  test('raises an alarm and takes nothing new, while everything else goes on', async () => {
    const owner = await makeTenant(full, 'late');
    for (const [path, body] of [
      ['/v1/datasets', { name: 'new' }],
      ['/v1/keys', { name: 'new' }],
    ] as const) {
      const refused = await owner.send('POST', path, body);
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ code: 'busy' });
      expect(refused.headers.get('retry-after')).toBe('3600');
    }
    expect((await owner.send('GET', '/v1/keys')).status).toBe(200);
    expect((await owner.send('DELETE', `/v1/keys/${owner.keyId}`)).status).toBe(204);
    // Comes by another way than the answers, and later.
    await expect.poll(() => lines.some((line) => line.includes('database-nearly-full'))).toBe(true);
  });

  test('is looked at once a minute', async () => {
    let looks = 0;
    const databaseBytes = async () => {
      looks += 1;
      return 5;
    };
    const room = createRoom({ rooms: { databaseBytes, count: async () => 0 }, alarmBytes: 10 });
    for (const nowMs of [0, 1, 59_999]) expect(await room.refusal('t', 'keys', nowMs)).toBeUndefined();
    expect(looks).toBe(1);
    await room.refusal('t', undefined, 60_000);
    expect(looks).toBe(2);
  });
});
