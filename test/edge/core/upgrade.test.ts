// A database of the version before batches, releases, webhooks, the watch and corrections, brought up to date: names mean what
// they meant, versions that answered count as released, keys may do what was promised, and nothing that was there is lost.

import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { D1Database } from '@cloudflare/workers-types';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintKey } from '../../../edge/use-cases/api-key.ts';
import { loadEdgeBundle } from '../../../infra/local/edge-bundle.ts';
import { migrateDatabase } from '../../../infra/local/migrate-database.ts';
import { type Edge, openEdge, testSecrets } from '../../support/edge.ts';
import { bearer, sendJson } from '../../support/edge-callers.ts';

const migrations = 'edge/migrations';
const tenantId = 'ten_old';
const everyScope = ['classify', 'embed', 'datasets', 'projections', 'evaluate', 'keys:manage'];
const narrowScopes = everyScope.slice(0, -1);

let directory: string;
let edge: Edge;
const mint = () => mintKey('dev', [testSecrets.KEY_PEPPER]);
const keys = { every: await mint(), narrow: await mint(), reversed: await mint() };

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'clip-icm-upgrade-'));
  await makeOldDatabase();
  // The job at work gives no sign of life here, and is not to be taken over while a busy machine gets to it.
  const bindings = { JOB_STALE_SECONDS: '86400' };
  edge = await openEdge({ stateDirectory: path.join(directory, 'state'), bindings });
});

afterAll(async () => {
  await edge?.close();
  await rm(directory, { recursive: true, force: true });
});

/** What a service of that version had stored, in the place where the edge looks for it. */
async function makeOldDatabase(): Promise<void> {
  const old = path.join(directory, 'migrations');
  await mkdir(old);
  for (const name of (await readdir(migrations)).filter((file) => file < '0008')) {
    await cp(path.join(migrations, name), path.join(old, name));
  }
  const { d1Databases } = (await loadEdgeBundle()).options;
  const miniflare = new Miniflare({
    modules: true,
    script: 'export default { fetch: () => new Response() }',
    cf: false,
    defaultPersistRoot: path.join(directory, 'state'),
    ...(d1Databases === undefined ? {} : { d1Databases }),
  });
  try {
    const database = (await miniflare.getD1Database('DB')) as unknown as D1Database;
    await migrateDatabase(database, old);
    await fill(database);
  } finally {
    await miniflare.dispose();
  }
}

async function fill(database: D1Database): Promise<void> {
  const run = (sql: string, ...values: unknown[]) =>
    database
      .prepare(sql)
      .bind(...values)
      .run();
  await run('INSERT INTO tenants (id, name, limits, created_at) VALUES (?, ?, ?, 1)', tenantId, 'old', '{}');
  const scopes = { every: everyScope, narrow: narrowScopes, reversed: everyScope.toReversed() };
  for (const [name, { id, hash, pepper }] of Object.entries(keys)) {
    await run(
      `INSERT INTO keys (id, tenant_id, name, environment, hash, pepper, scopes, created_at)
       VALUES (?, ?, ?, 'dev', ?, ?, ?, 2)`,
      id,
      tenantId,
      name,
      hash,
      pepper,
      JSON.stringify(scopes[name as keyof typeof scopes]),
    );
  }
  // Two names: one that followed its newest version, one that was pinned to its first.
  for (const [name, version, status] of [
    ['birds', 1, 'ready'],
    ['birds', 2, 'ready'],
    ['birds', 3, 'failed'],
    ['plants', 1, 'ready'],
    ['plants', 2, 'ready'],
    ['plants', 3, 'fitting'],
  ] as const) {
    await run(
      `INSERT INTO projections (tenant_id, id, name, version, status, job_id, model_id, model_revision, datasets, labels,
         content_hash, artefact_bytes, created_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'nano-clip', ?7, '[]', '["cat","dog"]', ?8, 100, ?9)`,
      tenantId,
      `prj_${name}${version}`,
      name,
      version,
      status,
      `job_${name}${version}`,
      'c'.repeat(64),
      'd'.repeat(64),
      1000 + version,
    );
    await run(
      `INSERT INTO jobs (tenant_id, id, kind, status, stage, subject_id, input, heartbeat_at, created_at, updated_at)
       VALUES (?1, ?2, 'fit', ?3, 'encode', ?4, '{}', ?5, 3, 3)`,
      tenantId,
      `job_${name}${version}`,
      { ready: 'succeeded', failed: 'failed', fitting: 'running' }[status],
      `prj_${name}${version}`,
      Date.now(),
    );
  }
  const alias = 'INSERT INTO aliases (tenant_id, name, version, pinned, updated_at) VALUES (?, ?, ?, ?, 4)';
  await run(alias, tenantId, 'birds', 2, 0);
  await run(alias, tenantId, 'plants', 1, 1);
  await run(
    `INSERT INTO environments (tenant_id, name, id, model_id, model_revision, pictures, revision, created_at, updated_at,
       sum, kept) VALUES (?, 'night', 'env_night', 'nano-clip', ?, 40, 3, 5, 6, ?, ?)`,
    tenantId,
    'c'.repeat(64),
    new Uint8Array(8 * 4),
    new Uint8Array(0),
  );
}

async function ask(key: keyof typeof keys, method: string, at: string, body?: unknown) {
  const response = await sendJson(edge, method, at, bearer(keys[key].key), body);
  return { status: response.status, json: JSON.parse((await response.text()) || '{}') };
}

const get = async (at: string) => {
  const { status, json } = await ask('every', 'GET', at);
  expect(status, JSON.stringify(json)).toBe(200);
  return json;
};

test('names mean what they meant, and pins hold', async () => {
  expect((await get('/v1/aliases')).items).toEqual([
    { name: 'birds', version: 2, pinned: false },
    { name: 'plants', version: 1, pinned: true },
  ]);
});

test('what answered, or was ready to, counts as released, and nothing waits as a candidate', async () => {
  const states = async (name: string) => (await get(`/v1/projections/${name}`)).release?.state;
  expect(await states('birds')).toBe('current');
  expect(await states('birds@1')).toBe('past');
  expect(await states('plants')).toBe('current');
  expect(await states('plants@2')).toBe('past');
  expect(await states('birds@3')).toBeUndefined();
  expect((await get('/v1/projections/birds')).release.releasedAt).toBe(new Date(1002).toISOString());
});

test('a fit at work goes on as one that may take its name by itself', async () => {
  expect(await get('/v1/jobs/job_plants3')).toMatchObject({ status: 'running', release: 'auto' });
  expect((await get('/v1/projections/plants@3')).release).toBeUndefined();
});

test('a name goes back to the version before, and never forward', async () => {
  const back = await ask('every', 'POST', '/v1/projections/birds/rollback', {});
  expect(back).toMatchObject({ status: 200, json: { name: 'birds', version: 1, current: true } });
  expect((await ask('every', 'POST', '/v1/projections/birds/rollback', {})).status).toBe(409);
  expect((await ask('every', 'POST', '/v1/projections/plants/rollback', {})).status).toBe(409);
  const forward = await ask('every', 'POST', '/v1/projections/birds@2/promote', {});
  expect(forward).toMatchObject({ status: 200, json: { version: 2, current: true } });
});

test('keys that could do everything may have webhooks too, others may do what they could', async () => {
  expect((await get('/v1/keys/self')).scopes).toEqual([...everyScope, 'webhooks:manage']);
  expect((await ask('reversed', 'GET', '/v1/webhooks')).status).toBe(200);
  expect((await ask('narrow', 'GET', '/v1/keys/self')).json.scopes).toEqual(narrowScopes);
  expect((await ask('narrow', 'GET', '/v1/webhooks')).status).toBe(403);
});

test('profiles are there, unwatched, and what is new begins empty', async () => {
  expect((await get('/v1/environments')).items).toMatchObject([{ name: 'night', pictures: 40, revision: 3 }]);
  expect((await get('/v1/environments/night/watch')).series ?? []).toEqual([]);
  for (const list of ['/v1/classifications/batch', '/v1/corrections', '/v1/webhooks']) {
    expect((await get(list)).items, list).toEqual([]);
  }
});

test('a database is brought up to date once', async () => {
  const database = (await edge.miniflare.getD1Database('DB')) as unknown as D1Database;
  const applied = () => database.prepare('SELECT COUNT(*) AS n FROM d1_migrations').first<number>('n');
  const before = await applied();
  expect(before).toBe((await readdir(migrations)).length);
  await migrateDatabase(database, migrations);
  expect(await applied()).toBe(before);
  expect((await get('/v1/keys/self')).scopes).toHaveLength(everyScope.length + 1);
});
