// Usage counters in D1: sums by tenant, UTC day, counter and route.

import type { D1Database } from '@cloudflare/workers-types';

export type UsageIncrement = {
  readonly tenantId: string;
  readonly day: string;
  readonly counter: string;
  readonly route: string;
  readonly amount: number;
};

export type UsageRow = Omit<UsageIncrement, 'tenantId' | 'amount'> & { readonly value: number };

export type UsageStore = {
  readonly add: (increments: readonly UsageIncrement[]) => Promise<void>;
  /** From one day to another, both included, ascending by day. */
  readonly read: (tenantId: string, fromDay: string, toDay: string) => Promise<UsageRow[]>;
};

/** A value in the database may have 2 MB; a row here has some hundred bytes. */
const rowsAtOnce = 2000;

export function createUsageStore(db: D1Database): UsageStore {
  return {
    add: async (increments) => {
      if (increments.length === 0) return;
      const rows = increments.map(({ tenantId, day, counter, route, amount }) => [
        tenantId,
        day,
        counter,
        route,
        amount,
      ]);
      const statement = db.prepare(
        `INSERT INTO usage_counters (tenant_id, day, counter, route, value)
           SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE TRUE
           ON CONFLICT (tenant_id, day, counter, route) DO UPDATE SET value = usage_counters.value + excluded.value`,
      );
      const pieces = Array.from({ length: Math.ceil(rows.length / rowsAtOnce) }, (_, index) =>
        rows.slice(index * rowsAtOnce, (index + 1) * rowsAtOnce),
      );
      await db.batch(pieces.map((piece) => statement.bind(JSON.stringify(piece))));
    },
    read: async (tenantId, fromDay, toDay) => {
      const { results } = await db
        .prepare(
          `SELECT day, counter, route, value FROM usage_counters
           WHERE tenant_id = ? AND day >= ? AND day <= ? ORDER BY day, route, counter`,
        )
        .bind(tenantId, fromDay, toDay)
        .all<UsageRow>();
      return results;
    },
  };
}
