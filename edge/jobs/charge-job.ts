// What a job makes the workers do is paid for like what a request does, and shown in the tenant's usage; only that work done again
// is neither paid for nor shown again.

import type { UsageCounter } from '#shared/contracts/usage-counters.ts';
import type { Charge, QuotaAmounts, QuotaName } from '../limits/quota-types.ts';
import { utcDay } from '../limits/utc-day.ts';
import { writeLog } from '../log.ts';
import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';

/** Where the usage shows what a quota counts. */
const counterOf: Partial<Record<QuotaName, UsageCounter>> = {
  pictures: 'picturesEncoded',
  pixels: 'pixelsDecoded',
  texts: 'textsEncoded',
  fetches: 'urlsFetched',
};

/**
 * At the cost of the job's tenant. `work` names a part of the job: under it what is taken before is taken once, however often
 * the part is run.
 */
export function chargeJob(
  run: Run,
  work: string | undefined,
  services: Pick<Services, 'tenants' | 'quota' | 'usage'>,
): Charge {
  const counted = (amounts: QuotaAmounts, day: string) =>
    countOfJob(
      run,
      Object.entries(amounts).flatMap(([name, amount]) => {
        const counter = counterOf[name as QuotaName];
        return counter === undefined ? [] : [{ counter, amount, day }];
      }),
      services,
    );
  const name = work === undefined ? {} : { name: `${run.jobId}/${work}` };
  return (amounts, done, options = {}) =>
    chargeUncounted(run, services)(amounts, done, { counted, ...options, ...name });
}

/** For use cases that count what they did themselves. */
export function chargeUncounted(
  { tenantId }: Run,
  { tenants, quota }: Pick<Services, 'tenants' | 'quota'>,
): Charge {
  return async (amounts, done, options) => {
    const tenant = await tenants.find(tenantId);
    if (tenant === undefined) throw new Error(`there is no tenant ${tenantId}`);
    return quota.charge(tenant, amounts, Date.now(), done, options);
  };
}

type Counted = { readonly counter: UsageCounter; readonly amount: number; readonly day?: string };

/** Written at once: an isolate that runs jobs may answer no request behind which it could write later. */
export async function countOfJob(
  { tenantId, jobId }: Run,
  counts: readonly Counted[],
  { usage }: Pick<Services, 'usage'>,
): Promise<void> {
  const increments = counts
    .filter(({ amount }) => amount !== 0)
    .map(({ day = utcDay(Date.now()), counter, amount }) => ({ tenantId, day, counter, route: '', amount }));
  // Statistics are no reason for a job to fail.
  await usage.add(increments).catch((thrown: unknown) => {
    writeLog({ level: 'error', event: 'usage-flush', requestId: jobId, thrown });
  });
}
