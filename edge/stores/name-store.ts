// Environments and classes that were stored before names were composed (Unicode's NFC), in D1: which they are, and giving items
// their one spelling. An item that is there under both spellings stays once.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { itemRowBytes } from '#shared/contracts/limits.ts';

/** A pair of names in a dataset, as it is stored; `class` is '' for none. */
export type StoredName = {
  readonly tenantId: string;
  readonly datasetId: string;
  readonly environment: string;
  readonly class: string;
};

export type NameStore = {
  /** Names that nobody has looked at, of tenants without a job at work: its plan holds the names as they were. */
  toCompose(limit: number): Promise<readonly StoredName[]>;
  /** Gives the items of a name another in one transaction, and takes it off the list. Nothing changes where both are the same. */
  rename(name: StoredName, to: Pick<StoredName, 'environment' | 'class'>): Promise<void>;
};

type Row = { tenant_id: string; dataset_id: string; environment: string; class: string };

export function createNameStore(db: D1Database): NameStore {
  return {
    async toCompose(limit) {
      const { results } = await db
        .prepare(
          `SELECT * FROM names_to_compose AS names WHERE NOT EXISTS (
             SELECT 1 FROM jobs WHERE tenant_id = names.tenant_id AND status IN ('queued', 'running')) LIMIT ?`,
        )
        .bind(limit)
        .all<Row>();
      return results.map((row) => ({
        tenantId: row.tenant_id,
        datasetId: row.dataset_id,
        environment: row.environment,
        class: row.class,
      }));
    },
    async rename(name, to) {
      const isSame = name.environment === to.environment && name.class === to.class;
      await db.batch([
        ...(isSame ? [] : renameStatements(db, name, to)),
        db.prepare(`DELETE FROM names_to_compose WHERE ${isNamed}`).bind(...keyOf(name)),
      ]);
    },
  };
}

const isNamed = 'tenant_id = ?1 AND dataset_id = ?2 AND environment = ?3 AND class = ?4';

function keyOf({ tenantId, datasetId, environment, class: label }: StoredName): string[] {
  return [tenantId, datasetId, environment, label];
}

/** What cannot be renamed is there under the new name already, and goes with the bytes that its row is counted with. */
function renameStatements(
  db: D1Database,
  name: StoredName,
  to: Pick<StoredName, 'environment' | 'class'>,
): D1PreparedStatement[] {
  const ofOld = (sql: string, ...more: string[]) => db.prepare(sql).bind(...keyOf(name), ...more);
  const renamed = { ...name, ...to };
  return [
    ofOld(
      `UPDATE OR IGNORE items SET environment = ?5, class = ?6 WHERE ${isNamed}`,
      to.environment,
      to.class,
    ),
    ofOld(
      `UPDATE stored_bytes SET bytes = bytes - ${itemRowBytes} * (SELECT COUNT(*) FROM items WHERE ${isNamed})
       WHERE tenant_id = ?1`,
    ),
    ofOld(`DELETE FROM items WHERE ${isNamed}`),
    ofOld(`DELETE FROM dataset_counts WHERE ${isNamed}`),
    db
      .prepare(
        `INSERT OR REPLACE INTO dataset_counts (tenant_id, dataset_id, environment, class, pictures, bytes)
         SELECT tenant_id, dataset_id, environment, class, COUNT(*), SUM(bytes) FROM items WHERE ${isNamed}
         GROUP BY tenant_id, dataset_id, environment, class`,
      )
      .bind(...keyOf(renamed)),
  ];
}
