// Usage counters in the real database: an isolate that serves very many tenants writes all of them.

import type { D1Database } from '@cloudflare/workers-types';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUsageStore } from '../../../edge/stores/usage-store.ts';
import { type Edge, openEdge } from '../../support/edge.ts';

let edge: Edge;

beforeAll(async () => {
  edge = await openEdge();
});
afterAll(() => edge?.close());

test('counters of thirty thousand series are written together, and again on top', async () => {
  const db = (await edge.miniflare.getD1Database('DB', 'edge')) as unknown as D1Database;
  const store = createUsageStore(db);
  const series = 30_000;
  const increments = Array.from({ length: series }, (_, index) => ({
    tenantId: `tenant-${index}-${'x'.repeat(60)}`,
    day: '2026-11-26',
    counter: 'requests',
    route: 'POST /v1/classifications',
    amount: 2,
  }));
  await store.add(increments);
  await store.add(increments.slice(0, 1));
  const counted = await db
    .prepare('SELECT COUNT(*) AS rows, SUM(value) AS total FROM usage_counters WHERE tenant_id LIKE ?')
    .bind('tenant-%')
    .first();
  expect(counted).toEqual({ rows: series, total: 2 * series + 2 });
});
