// A page of a tenant's rows of one table, newest first: what most lists of the API are.

import type { D1Database } from '@cloudflare/workers-types';
import { type Page, type PageRequest, pageOfRows } from './cursor.ts';

export type Listed<Row, Item> = {
  readonly table:
    | 'batches'
    | 'corrections'
    | 'datasets'
    | 'environments'
    | 'evaluations'
    | 'jobs'
    | 'keys'
    | 'webhooks';
  /** Default: all of them. With `id` and `created_at`. */
  readonly columns?: string;
  /** Only such rows. */
  readonly where?: string;
  /** Only rows of this name. */
  readonly name?: string | undefined;
  readonly toItem: (row: Row) => Item;
};

export async function newestFirst<Row extends { readonly id: string; readonly created_at: number }, Item>(
  db: D1Database,
  { table, columns = '*', where = 'true', name, toItem }: Listed<Row, Item>,
  tenantId: string,
  { limit, after }: PageRequest,
): Promise<Page<Item>> {
  const { results } = await db
    .prepare(
      `SELECT ${columns} FROM ${table} WHERE tenant_id = ?1 AND (created_at, id) < (?2, ?3) AND ${where}
         ${name === undefined ? '' : 'AND name = ?5'}
       ORDER BY created_at DESC, id DESC LIMIT ?4`,
    )
    .bind(
      tenantId,
      after?.createdAtMs ?? Number.MAX_SAFE_INTEGER,
      after?.id ?? '',
      limit + 1,
      ...(name === undefined ? [] : [name]),
    )
    .all<Row>();
  return pageOfRows(results, limit, toItem, (row) => ({ createdAtMs: row.created_at, id: row.id }));
}
