// What the cron trigger clears away, under a clock that the test sets.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant } from '../../support/edge-callers.ts';

let edge: Edge;
const logged: string[] = [];
const hourMs = 3_600_000;
beforeAll(async () => {
  edge = await openEdge({ onLog: (line) => logged.push(line) });
});
afterAll(() => edge?.close());

test('forgets answers kept for replay after their day, not before', async () => {
  const tenant = await makeTenant(edge, 'housekeeping');
  await tenant.send('POST', '/v1/keys', { name: 'kept' }, { 'idempotency-key': 'kept-1' });
  const database = await edge.miniflare.getD1Database('DB');
  const count = async () =>
    (await database.prepare('SELECT COUNT(*) AS rows FROM idempotency').first<{ rows: number }>())?.rows;
  const worker = await edge.miniflare.getWorker();
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 23 * hourMs) });
  expect(await count()).toBe(1);
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 25 * hourMs) });
  expect(await count()).toBe(0);
  expect(logged.filter((line) => line.includes('housekeeping'))).toEqual([]);
});

test('settles a job whose run was cut off after its end, but gives the run time first', async () => {
  const { id: tenant } = await makeTenant(edge, 'settling');
  const database = await edge.miniflare.getD1Database('DB');
  const bucket = await edge.miniflare.getR2Bucket('BUCKET');
  const worker = await edge.miniflare.getWorker();
  const endedMs = Date.now();
  await database.batch([
    database
      .prepare(
        `INSERT INTO jobs (tenant_id, id, kind, status, stage, subject_id, input, heartbeat_at, created_at, updated_at, finished_at)
         VALUES (?1, 'job_1', 'fit', 'failed', 'solve', 'prj_1', '{}', ?2, ?2, ?2, ?2)`,
      )
      .bind(tenant, endedMs),
    database
      .prepare(
        `INSERT INTO projections (tenant_id, id, name, version, status, job_id, datasets, created_at)
         VALUES (?1, 'prj_1', 'cut off', 1, 'fitting', 'job_1', '[]', ?2)`,
      )
      .bind(tenant, endedMs),
  ]);
  const left = [`t/${tenant}/jobs/job_1/plan.json`, `t/${tenant}/projections/prj_1.icm`];
  for (const key of left) await bucket.put(key, 'left behind');
  const found = async () => ({
    status: await database.prepare("SELECT status FROM projections WHERE id = 'prj_1'").first('status'),
    objects: (await bucket.list({ prefix: `t/${tenant}/` })).objects.map(({ key }) => key),
  });

  await worker.scheduled({ scheduledTime: new Date(endedMs + 1000) });
  expect(await found()).toEqual({ status: 'fitting', objects: left });
  await worker.scheduled({ scheduledTime: new Date(endedMs + hourMs) });
  expect(await found()).toEqual({ status: 'failed', objects: [] });
  await bucket.put(left[0] ?? '', 'not looked for again');
  await worker.scheduled({ scheduledTime: new Date(endedMs + 2 * hourMs) });
  expect((await found()).objects).toEqual([left[0]]);
  expect(logged.filter((line) => line.includes('housekeeping'))).toEqual([]);
});
