// What a job hands to the use cases that answer requests: whose it is, and at whose cost.

import type { Services } from '../services.ts';
import type { Run } from '../stores/run-store.ts';
import type { Asking } from '../use-cases/asking.ts';
import { inBackground } from '../use-cases/in-background.ts';
import { chargeUncounted, countOfJob } from './charge-job.ts';
import { jobCall } from './job-step.ts';

export function jobAsking(run: Run, services: Services, signal?: AbortSignal): Asking {
  const { tenantId, weight = 1 } = run;
  const nowMs = Date.now();
  return {
    tenantId,
    nowMs,
    later: inBackground,
    context: jobCall(run, signal),
    // Not under a name: texts are asked for once or found in storage, and several shards may ask.
    charge: chargeUncounted(run, services),
    beforeWork: async (ms) => void (await services.shares.beforeJobWork({ id: tenantId, weight }, ms)),
    count: (counter, amount) => void countOfJob(run, [{ counter, amount }], services),
  };
}
