// Starts the import of pictures by address. Fetches nothing itself.

import type { AppError } from '#shared/app-error.ts';
import type { ImportRequest } from '#shared/contracts/dataset.ts';
import type { Result } from '#shared/result.ts';
import type { JobRecord } from '../stores/job-record.ts';
import { type JobSources, startJob } from './start-job.ts';

export function startImport(
  tenant: {
    readonly id: string;
    readonly limits: { readonly concurrentJobs: number; readonly storedBytes: number };
  },
  datasetId: string,
  items: ImportRequest['items'],
  sources: JobSources & { readonly newId: (kind: 'job') => string },
  nowMs: number,
): Promise<Result<JobRecord, AppError<'quota-exceeded'>>> {
  const input = { datasetId, maxStoredBytes: tenant.limits.storedBytes, items };
  const id = sources.newId('job');
  const job = {
    id,
    kind: 'import',
    stage: 'fetch',
    subjectId: datasetId,
    input,
    createdAtMs: nowMs,
  } as const;
  return startJob(tenant, job, [], sources);
}
