// What a job encodes is paid for like what a request does, only that a shard done again is not paid for again.

import type { AppError, AppErrorCode } from '#shared/app-error.ts';
import type { Result } from '#shared/result.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/job-store.ts';

/** Runs what encodes so many pictures of a shard at the cost of the tenant's daily quota, once however often it is run. */
export async function chargeShard<T, Code extends AppErrorCode>(
  { tenantId, jobId }: Run,
  shard: number,
  pictures: number,
  { tenants, quota }: Pick<Services, 'tenants' | 'quota'>,
  work: () => Promise<Result<T, AppError<Code>>>,
): Promise<Result<T, AppError<Code | 'quota-exceeded'>>> {
  const tenant = await tenants.find(tenantId);
  if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}`);
  return quota.charge(tenant, pictures, Date.now(), work, `${jobId}/${shard}`);
}
