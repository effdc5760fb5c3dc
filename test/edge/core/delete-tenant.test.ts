// A tenant goes as a whole: at once for callers, and to the last row, object and counter by and by.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditPage, TenantDeletion } from '#shared/contracts/tenant.ts';
import { sweptTables } from '../../../edge/stores/deletion-store.ts';
import { createEmbeddingStore } from '../../../edge/stores/embedding-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';
import { adminHeaders, makeTenant, sendJson, type TestTenant } from '../../support/edge-callers.ts';
import { openEmbeddingObjects } from '../../support/embedding-objects.ts';
import { makeObjects, objectKinds } from '../../support/foreign-objects.ts';

let edge: Edge;
let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  edge = await openEdge();
  tenant = await makeTenant(edge, 'going', { requestsPerDay: 1000 });
  other = await makeTenant(edge, 'staying');
});
afterAll(() => edge?.close());

const admin = (method: string, path: string, body?: unknown) =>
  sendJson(edge, method, path, adminHeaders, body);

const embeddingsOf = ({ id }: TestTenant) => ({ tenantId: id, revision: 'one' });
const embeddings = new Map([['a1', Float32Array.of(1, 2)]]);

async function tenantTables(): Promise<string[]> {
  const database = await edge.miniflare.getD1Database('DB');
  const { results } = await database
    .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%tenant_id%'")
    .all<{ name: string }>();
  return results.map(({ name }) => name).filter((name) => name !== 'deleted_tenants');
}

test('every table that knows a tenant is swept', async () => {
  expect([...sweptTables].sort()).toEqual((await tenantTables()).sort());
});

test('everything of it goes, and nothing of another', async () => {
  const database = await edge.miniflare.getD1Database('DB');
  const bucket = await edge.miniflare.getR2Bucket('BUCKET');
  const worker = await edge.miniflare.getWorker();
  const stored = createEmbeddingStore(await openEmbeddingObjects(edge));
  for (const owner of [tenant, other]) {
    await makeObjects(edge, owner, objectKinds);
    await owner.send('POST', '/v1/keys', { name: 'kept' }, { 'idempotency-key': 'kept-1' });
    await bucket.put(`cache/${owner.id}/prototypes/x`, 'x');
    await stored.put(embeddingsOf(owner), embeddings, ['a1'], Date.now());
  }
  const rowsOf = async (id: string) => {
    const counts = await Promise.all(
      (await tenantTables()).map((table) =>
        database
          .prepare(`SELECT COUNT(*) AS rows FROM ${table} WHERE tenant_id = ?`)
          .bind(id)
          .first<number>('rows'),
      ),
    );
    return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  };
  const objectsOf = async (id: string) =>
    (await bucket.list()).objects.filter(({ key }) => key.includes(id)).length;
  // What it was seen to do is counted behind its requests, within the minute that a deletion waits and this test does not.
  await tenant.send('GET', '/v1/webhooks');
  const counted = () =>
    database
      .prepare("SELECT COUNT(*) AS n FROM usage_counters WHERE tenant_id = ? AND route = 'GET /v1/webhooks'")
      .bind(tenant.id)
      .first<number>('n');
  await expect.poll(counted).toBeGreaterThan(0);
  const before = { rows: await rowsOf(other.id), objects: await objectsOf(other.id) };
  expect(await objectsOf(tenant.id)).toBeGreaterThan(1);

  const requested = await admin('DELETE', `/v1/admin/tenants/${tenant.id}`);
  expect(requested.status).toBe(202);
  expect(TenantDeletion.parse(await requested.json())).toMatchObject({ name: 'going', status: 'running' });
  expect((await tenant.send('GET', '/v1/keys')).status).toBe(401);
  // Nothing brings it back.
  expect((await admin('PATCH', `/v1/admin/tenants/${tenant.id}`, { suspended: false })).status).toBe(404);
  expect((await admin('POST', `/v1/admin/tenants/${tenant.id}/keys`, { name: 'late' })).status).toBe(404);
  expect((await admin('DELETE', `/v1/admin/tenants/${tenant.id}`)).status).toBe(202);

  const deletion = async () =>
    TenantDeletion.parse(await (await admin('GET', `/v1/admin/deletions/${tenant.id}`)).json());
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 10_000) });
  expect(await deletion()).toMatchObject({ status: 'running' });
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 120_000) });
  const done = await deletion();
  expect(done).toMatchObject({ status: 'done', objectsRemoved: expect.any(Number) });
  expect(done.rowsRemoved).toBeGreaterThan(5);
  expect(done.objectsRemoved).toBeGreaterThan(1);

  // The one line that says so.
  expect(await rowsOf(tenant.id)).toBe(1);
  expect(await objectsOf(tenant.id)).toBe(0);
  expect(await stored.some(embeddingsOf(tenant), ['a1'])).toEqual(new Map());
  expect(await stored.some(embeddingsOf(other), ['a1'])).toEqual(embeddings);
  expect((await admin('GET', `/v1/admin/tenants/${tenant.id}`)).status).toBe(404);
  const { items } = AuditPage.parse(await (await admin('GET', '/v1/admin/audit?limit=100')).json());
  expect(items.filter(({ subject }) => subject === tenant.id).map(({ action }) => action)).toEqual([
    'tenant.delete',
  ]);
  // What it was seen to do is counted behind its requests, and may come after.
  expect(await rowsOf(other.id)).toBeGreaterThanOrEqual(before.rows);
  expect(await objectsOf(other.id)).toBe(before.objects);
  expect((await other.send('GET', '/v1/keys')).status).toBe(200);
  expect((await admin('DELETE', '/v1/admin/tenants/ten_none')).status).toBe(404);
  expect((await admin('GET', '/v1/admin/deletions/ten_none')).status).toBe(404);
});
