// Names that were stored before names were in Unicode's NFC: after a while of housekeeping they have their one spelling, nothing
// is there twice, and what was counted is right.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Dataset, DatasetItem, DatasetItemPage } from '#shared/contracts/dataset.ts';
import { itemRowBytes } from '#shared/contracts/limits.ts';
import { ProjectionPage } from '#shared/contracts/projection.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant, type TestTenant } from '../../support/edge-callers.ts';
import { blackPicture } from '../../support/pictures.ts';

const nfc = 'café'.normalize('NFC');
const nfd = 'café'.normalize('NFD');

let edge: Edge;
let tenant: TestTenant;
const logged: string[] = [];
beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
  tenant = await makeTenant(edge, 'old-names');
});
afterAll(() => edge?.close());

async function run(sql: string, ...values: unknown[]): Promise<void> {
  const database = await edge.miniflare.getD1Database('DB');
  await database
    .prepare(sql)
    .bind(...values)
    .run();
}

async function upload(dataset: string, names: Record<string, string>, side: number): Promise<DatasetItem> {
  const query = new URLSearchParams(names);
  const response = await edge.fetch(`/v1/datasets/${dataset}/items?${query}`, {
    method: 'POST',
    headers: { ...tenant.headers, 'content-type': 'image/png' },
    body: blackPicture(side, side),
  });
  expect(response.status).toBe(201);
  return DatasetItem.parse(await response.json());
}

/** As a service of before would have stored it. */
async function makeOld(dataset: string, item: DatasetItem, environment: string, label: string) {
  await run('UPDATE items SET environment = ?2, class = ?3 WHERE id = ?1', item.id, environment, label);
  await run(
    `UPDATE dataset_counts SET environment = ?4, class = ?5
     WHERE dataset_id = ?1 AND environment = ?2 AND class = ?3`,
    dataset,
    item.environment,
    item.class ?? '',
    environment,
    label,
  );
}

/** The statement of the migration that lists what is to be looked at. */
async function listOldNames(): Promise<void> {
  const migration = await readFile('edge/migrations/0007_composed_names.sql', 'utf8');
  await run(migration.slice(migration.indexOf('INSERT INTO')));
}

async function keepHouse(): Promise<void> {
  await (await edge.miniflare.getWorker()).scheduled({ scheduledTime: new Date() });
  expect(logged.filter((line) => line.includes('housekeeping'))).toEqual([]);
}

const waiting = async (dataset: string) => {
  const database = await edge.miniflare.getD1Database('DB');
  const counted = 'SELECT COUNT(*) AS n FROM names_to_compose WHERE dataset_id = ?';
  return database.prepare(counted).bind(dataset).first<number>('n');
};

test('items get the one spelling of their names, and one that is there under both stays once', async () => {
  await tenant.send('POST', '/v1/datasets', { name: 'places' });
  const shown = async () => Dataset.parse(await (await tenant.send('GET', '/v1/datasets/places')).json());
  const { id } = await shown();
  // The same picture under both spellings, another one under the old spelling alone, and one without a class.
  await upload('places', { environment: 'bar', class: nfc }, 4);
  const twin = await upload('places', { environment: 'bar', class: 'twin' }, 4);
  const alone = await upload('places', { environment: 'bar', class: 'alone' }, 5);
  const unlabelled = await upload('places', { environment: 'terrace' }, 6);
  await makeOld(id, twin, 'bar', nfd);
  await run('DELETE FROM dataset_counts WHERE dataset_id = ? AND class = ?', id, 'alone');
  await run('UPDATE items SET class = ?2 WHERE id = ?1', alone.id, nfd);
  await run('UPDATE dataset_counts SET pictures = 2, bytes = bytes + ?2 WHERE class = ?1', nfd, alone.bytes);
  await makeOld(id, unlabelled, nfd, '');
  await listOldNames();
  const database = await edge.miniflare.getD1Database('DB');
  const storedBytes = () =>
    database
      .prepare('SELECT bytes FROM stored_bytes WHERE tenant_id = ?')
      .bind(tenant.id)
      .first<number>('bytes');
  const before = (await storedBytes()) ?? 0;

  await keepHouse();

  expect(await waiting(id)).toBe(0);
  const items = DatasetItemPage.parse(await (await tenant.send('GET', '/v1/datasets/places/items')).json());
  expect(items.items.map(({ environment, class: label }) => [environment, label]).sort()).toEqual(
    [
      ['bar', nfc],
      ['bar', nfc],
      [nfc, undefined],
    ].sort(),
  );
  expect(await storedBytes()).toBe(before - itemRowBytes);
  const dataset = await shown();
  expect(dataset.pictures).toBe(3);
  expect(JSON.stringify(dataset)).toBe(JSON.stringify(dataset).normalize('NFC'));
  // The counts are right: with the last item its name goes.
  for (const item of items.items) await tenant.send('DELETE', `/v1/datasets/places/items/${item.id}`);
  expect(await shown()).toMatchObject({ pictures: 0 });
});

test('wait while a job of the tenant is at work', async () => {
  await tenant.send('POST', '/v1/datasets', { name: 'busy' });
  const { id } = Dataset.parse(await (await tenant.send('GET', '/v1/datasets/busy')).json());
  await makeOld(id, await upload('busy', { environment: 'a' }, 7), nfd, '');
  await listOldNames();
  const nowMs = Date.now();
  await run(
    `INSERT INTO jobs (tenant_id, id, kind, status, stage, input, heartbeat_at, created_at, updated_at)
     VALUES (?1, 'job_at_work', 'fit', 'running', 'encode', '{}', ?2, ?2, ?2)`,
    tenant.id,
    nowMs,
  );
  await keepHouse();
  expect(await waiting(id)).toBe(1);
  await run(`UPDATE jobs SET status = 'failed', finished_at = ? WHERE id = 'job_at_work'`, nowMs);
  await keepHouse();
  expect(await waiting(id)).toBe(0);
});

test('labels of a projection of before are read in their one spelling, and each once', async () => {
  const labels = [nfd, nfc, 'tea ', 'tea'];
  const recipe = { model: 'nano-clip', encode: {}, solve: { labels } };
  await run(
    `INSERT INTO projections (tenant_id, id, name, version, status, datasets, recipe, labels, created_at)
     VALUES (?1, 'prj_old', 'old', 1, 'ready', '[]', ?2, ?3, 0)`,
    tenant.id,
    JSON.stringify(recipe),
    JSON.stringify([nfd, 'tea']),
  );
  const response = await tenant.send('GET', '/v1/projections');
  expect(response.status).toBe(200);
  const { items } = ProjectionPage.parse(await response.json());
  expect(items.map((projection) => projection.labels)).toEqual([[nfc, 'tea']]);
});
