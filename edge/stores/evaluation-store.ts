// Evaluations in D1: what was asked, and the report once it is there.

import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { z } from 'zod';
import { type Evaluation, EvaluationReport } from '#shared/contracts/evaluation.ts';
import type { Page, PageRequest } from './cursor.ts';
import { byCurrentRun, createStatusSetter, withItsJob } from './job-subject.ts';
import { newestFirst } from './newest-first.ts';
import type { Run } from './run-store.ts';

/** What it was asked for, as it was called then. */
const Subject = z.object({
  projection: z.object({ id: z.string(), name: z.string(), version: z.int() }),
  environment: z.string().optional(),
  datasets: z.array(z.object({ id: z.string(), name: z.string() })),
});

export type EvaluationRecord = z.infer<typeof Subject> & {
  readonly id: string;
  readonly jobId: string;
  readonly status: Evaluation['status'];
  readonly report: EvaluationReport | undefined;
  readonly createdAtMs: number;
};

export type EvaluationStore = {
  /** Changes nothing where its job is not there. */
  insertStatement(
    tenantId: string,
    evaluation: Omit<EvaluationRecord, 'status' | 'report'>,
  ): D1PreparedStatement;
  find(tenantId: string, id: string): Promise<EvaluationRecord | undefined>;
  /** Without their reports. */
  list(tenantId: string, page: PageRequest): Promise<Page<EvaluationRecord>>;
  /** To be put in the batch that ends the job, before the statement that does. */
  publishStatement(run: Run, id: string, report: EvaluationReport): D1PreparedStatement;
  setStatus(tenantId: string, id: string, status: 'failed' | 'cancelled'): Promise<void>;
  /** False where it is running, or is not there. */
  remove(tenantId: string, id: string): Promise<boolean>;
};

type Row = {
  id: string;
  job_id: string;
  status: Evaluation['status'];
  subject: string;
  report: string | null;
  created_at: number;
};

export function createEvaluationStore(db: D1Database): EvaluationStore {
  return {
    insertStatement: (tenantId, { id, jobId, projection, environment, datasets, createdAtMs }) =>
      db
        .prepare(
          `INSERT INTO evaluations (tenant_id, id, job_id, status, subject, created_at)
           SELECT ?1, ?2, ?3, 'running', ?4, ?5 WHERE ${withItsJob}`,
        )
        .bind(tenantId, id, jobId, JSON.stringify({ projection, environment, datasets }), createdAtMs),
    async find(tenantId, id) {
      const row = await db
        .prepare('SELECT * FROM evaluations WHERE tenant_id = ? AND id = ?')
        .bind(tenantId, id)
        .first<Row>();
      return row === null ? undefined : toRecord(row);
    },
    list: (tenantId, page) =>
      newestFirst(
        db,
        {
          table: 'evaluations',
          columns: 'id, job_id, status, subject, NULL AS report, created_at',
          toItem: toRecord,
        },
        tenantId,
        page,
      ),
    publishStatement: ({ tenantId, jobId, attempt }, id, report) =>
      db
        .prepare(
          `UPDATE evaluations SET status = 'succeeded', report = ?5
           WHERE tenant_id = ?1 AND id = ?4 AND ${byCurrentRun}`,
        )
        .bind(tenantId, jobId, attempt, id, JSON.stringify(report)),
    setStatus: createStatusSetter(db, 'evaluations'),
    async remove(tenantId, id) {
      const { meta } = await db
        .prepare(`DELETE FROM evaluations WHERE tenant_id = ? AND id = ? AND status <> 'running'`)
        .bind(tenantId, id)
        .run();
      return meta.changes > 0;
    },
  };
}

function toRecord(row: Row): EvaluationRecord {
  return {
    ...Subject.parse(JSON.parse(row.subject)),
    id: row.id,
    jobId: row.job_id,
    status: row.status,
    report: row.report === null ? undefined : EvaluationReport.parse(JSON.parse(row.report)),
    createdAtMs: row.created_at,
  };
}
