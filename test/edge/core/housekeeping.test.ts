// What the cron trigger clears away, under a clock that the test sets.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Edge, openEdge } from '../../support/edge.ts';
import { makeTenant } from '../../support/edge-callers.ts';

let edge: Edge;
const logged: string[] = [];
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
  const hourMs = 3_600_000;
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 23 * hourMs) });
  expect(await count()).toBe(1);
  await worker.scheduled({ scheduledTime: new Date(Date.now() + 25 * hourMs) });
  expect(await count()).toBe(0);
  expect(logged.filter((line) => line.includes('housekeeping'))).toEqual([]);
});
