// A delivery as an instance of a workflow: attempts, and the waits between them. What is in the database decides; an instance
// that is lost is made up for by another run, and two of the same delivery do not both send.

import type { Services } from '../services.ts';
import type { DeliveryRun } from '../stores/delivery-record.ts';
import {
  type AttemptResult,
  attemptDelivery,
  type DeliverySources,
} from '../use-cases/webhooks/deliver-event.ts';

/** Beyond every schedule: a day of retries is about 20, one of looks at a suspended tenant 288. */
const maxAttempts = 400;

/** What of the platform's WorkflowStep this needs. */
type DeliverySteps = {
  do(name: string, work: () => Promise<AttemptResult>): Promise<AttemptResult>;
  sleep(name: string, durationMs: number): Promise<void>;
};

export async function runDelivery(
  run: DeliveryRun,
  steps: DeliverySteps,
  sources: DeliverySources,
): Promise<void> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const { waitMs } = await steps.do(`attempt ${attempt}`, () => attemptDelivery(run, sources, Date.now()));
    if (waitMs === undefined) return;
    await steps.sleep(`wait ${attempt}`, waitMs);
  }
}

/** Starts another run of what was due long ago; of one webhook, or for the cron trigger of all. */
export async function takeOverDeliveries(
  { deliveries, settings, startDelivery }: Pick<Services, 'deliveries' | 'settings' | 'startDelivery'>,
  nowMs: number,
  only?: { readonly tenantId: string; readonly webhookId: string },
): Promise<void> {
  for (const run of await deliveries.takeOver(nowMs - settings.jobStaleMs, nowMs, only))
    await startDelivery(run);
}
