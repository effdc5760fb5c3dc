// Batch classifications in D1: what was asked, and how it went. Their rows and the summary are objects in R2.
//
// A batch goes in three steps that can each be repeated: hidden, its objects removed, its row removed.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import { type Batch, BatchOptions } from '#shared/contracts/batch.ts';
import type { Page, PageRequest } from './cursor.ts';
import { byCurrentRun, createStatusSetter, withItsJob } from './job-subject.ts';
import { newestFirst } from './newest-first.ts';
import type { Run } from './run-store.ts';

/** What it was asked for, as it was called then. */
const Subject = z.object({
  dataset: z.object({ id: z.string(), name: z.string() }),
  environment: z.string().optional(),
  class: z.string().optional(),
  listed: z.int().optional(),
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }).optional(),
  options: BatchOptions,
});

export type BatchRecord = z.infer<typeof Subject> & {
  readonly id: string;
  readonly jobId: string;
  readonly status: Batch['status'];
  readonly items: number;
  readonly createdAtMs: number;
};

export type BatchStore = {
  /** Changes nothing where its job is not there. */
  insertStatement(tenantId: string, batch: Omit<BatchRecord, 'status'>): D1PreparedStatement;
  find(tenantId: string, id: string): Promise<BatchRecord | undefined>;
  /** Without the labels of their options. */
  list(tenantId: string, page: PageRequest): Promise<Page<BatchRecord>>;
  setItems(run: Run, id: string, items: number): Promise<void>;
  /** To be put in the batch that ends the job, before the statement that does. */
  publishStatement(run: Run, id: string): D1PreparedStatement;
  setStatus(tenantId: string, id: string, status: 'failed' | 'cancelled'): Promise<void>;
  /** From then on it is not found. False where it is running, or is not there. */
  hide(tenantId: string, id: string, nowMs: number): Promise<boolean>;
  hideOlder(beforeMs: number, nowMs: number): Promise<void>;
  /** Hidden ones, whose objects may still be there. */
  hidden(limit: number): Promise<readonly { readonly tenantId: string; readonly id: string }[]>;
  /** Whether there is a row of it, hidden or not. */
  exists(tenantId: string, id: string): Promise<boolean>;
  /** Counts what an object of it is about to hold, once however often. Throws where the tenant may not store so much (limits/room.ts). */
  countObject(tenantId: string, id: string, key: string, bytes: number): Promise<void>;
  /** Once its objects are gone; gives back what they took. */
  remove(tenantId: string, id: string): Promise<void>;
};

type Row = {
  id: string;
  job_id: string;
  status: Batch['status'];
  subject: string;
  items: number;
  created_at: number;
};

export function createBatchStore(db: D1Database): BatchStore {
  return {
    insertStatement: (tenantId, { id, jobId, items, createdAtMs, ...subject }) =>
      db
        .prepare(
          `INSERT INTO batches (tenant_id, id, job_id, status, subject, items, created_at)
           SELECT ?1, ?2, ?3, 'running', ?4, ?5, ?6 WHERE ${withItsJob}`,
        )
        .bind(tenantId, id, jobId, JSON.stringify(subject), items, createdAtMs),
    async find(tenantId, id) {
      const row = await db
        .prepare('SELECT * FROM batches WHERE tenant_id = ? AND id = ? AND removed_at IS NULL')
        .bind(tenantId, id)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: (tenantId, page) =>
      newestFirst(
        db,
        {
          table: 'batches',
          columns: `id, job_id, status, json_remove(subject, '$.options.labels') AS subject, items, created_at`,
          where: 'removed_at IS NULL',
          toItem: toRecord,
        },
        tenantId,
        page,
      ),
    async setItems({ tenantId, jobId, attempt }, id, items) {
      await db
        .prepare(`UPDATE batches SET items = ?5 WHERE tenant_id = ?1 AND id = ?4 AND ${byCurrentRun}`)
        .bind(tenantId, jobId, attempt, id, items)
        .run();
    },
    publishStatement: ({ tenantId, jobId, attempt }, id) =>
      db
        .prepare(
          `UPDATE batches SET status = 'succeeded' WHERE tenant_id = ?1 AND id = ?4 AND ${byCurrentRun}`,
        )
        .bind(tenantId, jobId, attempt, id),
    setStatus: createStatusSetter(db, 'batches'),
    async hide(tenantId, id, nowMs) {
      const { meta } = await db
        .prepare(
          `UPDATE batches SET removed_at = ?3
           WHERE tenant_id = ?1 AND id = ?2 AND status <> 'running' AND removed_at IS NULL`,
        )
        .bind(tenantId, id, nowMs)
        .run();
      return meta.changes > 0;
    },
    async hideOlder(beforeMs, nowMs) {
      await db
        .prepare(
          `UPDATE batches SET removed_at = ?2 WHERE created_at < ?1 AND status <> 'running' AND removed_at IS NULL`,
        )
        .bind(beforeMs, nowMs)
        .run();
    },
    async hidden(limit) {
      const { results } = await db
        .prepare('SELECT tenant_id, id FROM batches WHERE removed_at IS NOT NULL ORDER BY removed_at LIMIT ?')
        .bind(limit)
        .all<{ tenant_id: string; id: string }>();
      return results.map(({ tenant_id, id }) => ({ tenantId: tenant_id, id }));
    },
    async exists(tenantId, id) {
      const row = await db
        .prepare('SELECT id FROM batches WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first();
      return row !== null;
    },
    async countObject(tenantId, id, key, bytes) {
      await db
        .prepare(
          `INSERT INTO batch_objects (tenant_id, batch_id, object_key, bytes)
           SELECT ?1, ?2, ?3, ?4 FROM batches WHERE tenant_id = ?1 AND id = ?2
           ON CONFLICT DO UPDATE SET bytes = excluded.bytes`,
        )
        .bind(tenantId, id, key, bytes)
        .run();
    },
    async remove(tenantId, id) {
      await db.batch([
        db.prepare('DELETE FROM batch_objects WHERE tenant_id = ? AND batch_id = ?').bind(tenantId, id),
        db.prepare('DELETE FROM batches WHERE tenant_id = ? AND id = ?').bind(tenantId, id),
      ]);
    },
  };
}

function toRecord(row: Row): BatchRecord {
  return {
    ...Subject.parse(JSON.parse(row.subject)),
    id: row.id,
    jobId: row.job_id,
    status: row.status,
    items: row.items,
    createdAtMs: row.created_at,
  };
}
