// Tries a webhook when its tenant asks: one event of its own, and a row of what came of it.

import type { AppError } from '#shared/app-error.ts';
import type { WebhookDelivery, WebhookEvent } from '#shared/contracts/webhook.ts';
import { ok, type Result } from '#shared/result.ts';
import { newId } from '../../ids.ts';
import type { Quota, QuotaTenant } from '../../limits/quota-types.ts';
import type { DeliveryRecord } from '../../stores/delivery-record.ts';
import { isoTime } from '../present.ts';
import { type DeliverySources, describeOutcome, postEvent } from './deliver-event.ts';
import { findWebhook } from './manage-webhooks.ts';
import { presentDelivery } from './present-webhook.ts';

type Posted = Awaited<ReturnType<typeof postEvent>>;

/** One `webhook.test`, sent at once and once only, also to a disabled webhook; it costs a fetch. */
export async function testWebhook(
  tenant: QuotaTenant,
  id: string,
  sources: Pick<DeliverySources, 'webhooks' | 'deliveries' | 'worker' | 'peppers'> & {
    readonly quota: Pick<Quota, 'charge'>;
  },
  nowMs: number,
): Promise<Result<WebhookDelivery, AppError<'not-found' | 'quota-exceeded'>>> {
  const webhook = await findWebhook(tenant.id, id, sources);
  if (!webhook.ok) return webhook;
  const eventId = newId('event');
  const event: WebhookEvent = {
    type: 'webhook.test',
    timestamp: isoTime(nowMs),
    data: { webhook: id, message: 'This is a test: nothing has happened.' },
  };
  const post = async (): Promise<Result<Posted, AppError<'quota-exceeded'>>> =>
    // Whatever came of it is what was asked for.
    ok(await postEvent(webhook.value, { eventId, body: JSON.stringify(event) }, sources, nowMs));
  const charged = await sources.quota.charge(tenant, { fetches: 1 }, nowMs, post);
  if (!charged.ok) return charged;
  const outcome = describeOutcome(charged.value);
  const record: DeliveryRecord = {
    tenantId: tenant.id,
    webhookId: id,
    eventId,
    type: event.type,
    body: '',
    status: outcome.error === undefined ? 'delivered' : 'failed',
    attempts: 1,
    dueAtMs: nowMs,
    expiresAtMs: nowMs,
    lastAttemptAtMs: nowMs,
    ...outcome,
    createdAtMs: nowMs,
    finishedAtMs: Date.now(),
  };
  await sources.deliveries.insertFinished(record);
  return ok(presentDelivery(record));
}
