// Webhooks and deliveries as the API shows them: no secrets, times as text, absent fields absent.

import type { Webhook, WebhookDelivery } from '#shared/contracts/webhook.ts';
import type { DeliveryRecord } from '../../stores/delivery-record.ts';
import type { WebhookRecord } from '../../stores/webhook-store.ts';
import { isoTime } from '../present.ts';

export function presentWebhook(webhook: WebhookRecord, nowMs: number): Webhook {
  const { id, url, events, description, disabledBy, failingSinceMs, previousUntilMs = 0 } = webhook;
  return {
    id,
    url,
    events: [...events],
    ...(description === undefined || description === '' ? {} : { description }),
    status: disabledBy === undefined ? 'enabled' : 'disabled',
    ...(disabledBy === undefined ? {} : { disabledBy }),
    ...(failingSinceMs === undefined ? {} : { failingSince: isoTime(failingSinceMs) }),
    ...(previousUntilMs > nowMs ? { previousSecretUntil: isoTime(previousUntilMs) } : {}),
    createdAt: isoTime(webhook.createdAtMs),
    updatedAt: isoTime(webhook.updatedAtMs),
  };
}

export function presentDelivery(delivery: DeliveryRecord): WebhookDelivery {
  const { eventId, type, status, attempts, responseStatus, error, lastAttemptAtMs, finishedAtMs } = delivery;
  return {
    eventId,
    type,
    status,
    attempts,
    ...(responseStatus === undefined ? {} : { responseStatus }),
    ...(error === undefined ? {} : { error }),
    createdAt: isoTime(delivery.createdAtMs),
    ...(lastAttemptAtMs === undefined ? {} : { lastAttemptAt: isoTime(lastAttemptAtMs) }),
    ...(status === 'pending' ? { nextAttemptAt: isoTime(delivery.dueAtMs) } : {}),
    ...(finishedAtMs === undefined ? {} : { finishedAt: isoTime(finishedAtMs) }),
  };
}
