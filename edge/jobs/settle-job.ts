// What is left to do once a job has ended, whoever ended it: its subject and the tenant's webhooks are told, and what only the
// job needed goes.
// Can be repeated: a run that is cut off on its way is made up for by the cron trigger.

import type { BatchStore } from '../stores/batch-store.ts';
import type { EvaluationStore } from '../stores/evaluation-store.ts';
import type { JobRecord } from '../stores/job-record.ts';
import type { JobUpkeep } from '../stores/job-upkeep.ts';
import { objectKeys } from '../stores/object-keys.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import type { ProjectionStore } from '../stores/projection-store.ts';
import { isoTime, presentJob } from '../use-cases/present.ts';
import { type EventSources, publishEvent } from '../use-cases/webhooks/publish-event.ts';

export type SubjectSources = {
  readonly projections: Pick<ProjectionStore, 'setStatus'>;
  readonly evaluations: Pick<EvaluationStore, 'setStatus'>;
  readonly batches: Pick<BatchStore, 'setStatus' | 'exists'>;
};

export type SettleSources = SubjectSources &
  EventSources & {
    readonly jobUpkeep: Pick<JobUpkeep, 'settle'>;
    readonly objects: Pick<ObjectStore, 'remove' | 'removePrefix'>;
  };

export async function settleJob(tenantId: string, job: JobRecord, sources: SettleSources): Promise<void> {
  const { jobUpkeep, objects } = sources;
  if (job.status === 'failed' || job.status === 'cancelled') {
    await endSubject(tenantId, job, job.status, sources);
    // A fit may have been cancelled between solving and publishing.
    if (fitsProjection(job)) await objects.remove([objectKeys.artefact(tenantId, job.subjectId)]);
  }
  // A run that was cut off may have written rows of a batch that has been deleted since.
  if (job.kind === 'batch' && job.subjectId !== undefined) {
    const isThere = await sources.batches.exists(tenantId, job.subjectId);
    if (!isThere) await objects.removePrefix(objectKeys.batch(tenantId, job.subjectId));
  }
  await objects.removePrefix(objectKeys.job(tenantId, job.id));
  // The job's id makes it one event, however often it is settled.
  const timestamp = isoTime(job.finishedAtMs ?? job.updatedAtMs);
  await publishEvent(
    tenantId,
    job.id,
    { type: 'job.ended', timestamp, data: { job: presentJob(job) } },
    sources,
  );
  await jobUpkeep.settle(tenantId, job.id);
}

/** What was imported before an import ends stays: there is no subject to tell. */
export async function endSubject(
  tenantId: string,
  job: JobRecord,
  status: 'failed' | 'cancelled',
  { projections, evaluations, batches }: SubjectSources,
): Promise<void> {
  if (fitsProjection(job)) await projections.setStatus(tenantId, job.subjectId, status);
  else if (job.kind === 'evaluation' && job.subjectId !== undefined) {
    await evaluations.setStatus(tenantId, job.subjectId, status);
  } else if (job.kind === 'batch' && job.subjectId !== undefined) {
    await batches.setStatus(tenantId, job.subjectId, status);
  }
}

function fitsProjection(job: JobRecord): job is JobRecord & { readonly subjectId: string } {
  const { kind, subjectId } = job;
  return (kind === 'fit' || kind === 'refit' || kind === 'extend') && subjectId !== undefined;
}
