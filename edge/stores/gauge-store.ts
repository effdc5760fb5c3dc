// What an operator watches that stands in the database: counts over all tenants, made when they are asked for.

import type { D1Database } from '@cloudflare/workers-types';

export type Gauges = {
  readonly databaseBytes: number;
  readonly jobsActive: number;
  readonly jobsSilent: number;
  readonly deliveriesPending: number;
  readonly deliveriesOverdue: number;
};

export type GaugeStore = { readonly read: (nowMs: number) => Promise<Gauges> };

/** After this long without a sign something is wrong. */
const silentMs = 5 * 60_000;

type Row = { active: number; silent: number | null; pending: number; overdue: number | null };

export function createGaugeStore(db: D1Database): GaugeStore {
  return {
    async read(nowMs) {
      const { results, meta } = await db
        .prepare(
          `SELECT
             (SELECT COUNT(*) FROM jobs WHERE status IN ('queued', 'running')) AS active,
             (SELECT COUNT(*) FROM jobs WHERE status IN ('queued', 'running') AND heartbeat_at < ?1) AS silent,
             (SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'pending') AS pending,
             (SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'pending' AND due_at < ?1
               AND NOT EXISTS (SELECT 1 FROM tenants WHERE id = webhook_deliveries.tenant_id AND suspended = 1)) AS overdue`,
        )
        .bind(nowMs - silentMs)
        .all<Row>();
      const [row] = results;
      return {
        databaseBytes: meta.size_after ?? 0,
        jobsActive: row?.active ?? 0,
        jobsSilent: row?.silent ?? 0,
        deliveriesPending: row?.pending ?? 0,
        deliveriesOverdue: row?.overdue ?? 0,
      };
    },
  };
}
