// What a job makes the workers do is paid for like what a request does, only that work done again is not paid for again.

import type { Charge } from '../limits/quota-types.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/job-store.ts';

/**
 * At the cost of the job's tenant. `work` names a part of the job: under it what is taken before is taken once, however often
 * the part is run.
 */
export function chargeJob(
  { tenantId, jobId }: Run,
  work: string | undefined,
  { tenants, quota }: Pick<Services, 'tenants' | 'quota'>,
): Charge {
  return async (amounts, run, options = {}) => {
    const tenant = await tenants.find(tenantId);
    if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}`);
    const name = work === undefined ? {} : { name: `${jobId}/${work}` };
    return quota.charge(tenant, amounts, Date.now(), run, { ...options, ...name });
  };
}
