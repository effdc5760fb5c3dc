// Starts the job that makes a profile, or adds to one, from an environment of a dataset. Encodes nothing itself.

import type { AppError } from '#shared/app-error.ts';
import type { FromDataset } from '#shared/contracts/environment.ts';
import { err, type Result } from '#shared/result.ts';
import type { DatasetSlices } from '../stores/dataset-slices.ts';
import type { DatasetStore } from '../stores/dataset-store.ts';
import type { EnvironmentStore } from '../stores/environment-store.ts';
import type { JobRecord } from '../stores/job-record.ts';
import { noEnvironment } from '../use-cases/find-environment.ts';
import { findNamedDataset } from '../use-cases/find-owned.ts';
import { nameTaken } from '../use-cases/manage-environments.ts';
import { type JobSources, type JobTenant, startJob } from './start-job.ts';

export type ProfileSources = JobSources & {
  readonly datasets: DatasetStore;
  readonly slices: DatasetSlices;
  readonly environmentStore: EnvironmentStore;
  readonly defaultModel: string;
  readonly newId: (kind: 'job') => string;
};

type ProfileRequest = {
  readonly name: string;
  readonly from: FromDataset;
  readonly model: string | undefined;
  /** Whether the profile is to be there already. */
  readonly isAddition: boolean;
};

export async function startProfile(
  tenant: JobTenant,
  { name, from, model, isAddition }: ProfileRequest,
  sources: ProfileSources,
  nowMs: number,
): Promise<Result<JobRecord, AppError<'conflict' | 'not-found' | 'invalid-request' | 'quota-exceeded'>>> {
  const present = await sources.environmentStore.find(tenant.id, name);
  if (isAddition && present === undefined) return err(noEnvironment);
  if (!isAddition && present !== undefined) return err(nameTaken(name));
  const dataset = await findNamedDataset(tenant.id, from.dataset, '/from/dataset', sources);
  if (!dataset.ok) return dataset;
  const input = {
    name,
    ...(present === undefined ? {} : { environmentId: present.id }),
    model: present?.model.id ?? model ?? sources.defaultModel,
    slice: await sources.slices.whole(tenant.id, dataset.value.id),
    datasetEnvironment: from.environment,
  };
  const job = {
    id: sources.newId('job'),
    kind: 'profile',
    stage: 'plan',
    subjectId: name,
    input,
    createdAtMs: nowMs,
  } as const;
  return startJob(tenant, job, [], sources);
}
