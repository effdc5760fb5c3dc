// What a job is once its row has been read, and what may be left of the row once it has ended.

import type { JobKind, JobStage, JobStatus } from '#shared/contracts/job.ts';
import { ReleaseWish } from '#shared/contracts/release.ts';

export type JobRecord = {
  readonly id: string;
  readonly kind: JobKind;
  readonly status: JobStatus;
  readonly stage: JobStage;
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly subjectId: string | undefined;
  readonly error: { readonly code: string; readonly detail: string } | undefined;
  readonly attempt: number;
  readonly workStartedAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** Whether the version that it makes may answer for its name; of jobs that make one. */
  readonly release: ReleaseWish | undefined;
};

export type JobRow = {
  tenant_id: string;
  id: string;
  kind: JobKind;
  status: JobStatus;
  stage: JobStage;
  done: number;
  total: number;
  failed: number;
  subject_id: string | null;
  error: string | null;
  attempt: number;
  work_started_at: number | null;
  created_at: number;
  updated_at: number;
  finished_at: number | null;
  release: string | null;
};

/** Without `input`, what the kind's workflow reads, which may be a megabyte; JobStore.findInput has it. */
export const jobColumns =
  'tenant_id, id, kind, status, stage, done, total, failed, subject_id, error, attempt, work_started_at, created_at, ' +
  'updated_at, finished_at, release';

/** What an ended job was asked for is needed by nobody, and may be a megabyte. */
export const forgetInput = `input = '{}'`;

export function toJobRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    stage: row.stage,
    done: row.done,
    total: row.total,
    failed: row.failed,
    subjectId: row.subject_id ?? undefined,
    error: row.error === null ? undefined : (JSON.parse(row.error) as { code: string; detail: string }),
    attempt: row.attempt,
    workStartedAtMs: row.work_started_at ?? undefined,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
    finishedAtMs: row.finished_at ?? undefined,
    release: row.release === null ? undefined : ReleaseWish.parse(row.release),
  };
}
