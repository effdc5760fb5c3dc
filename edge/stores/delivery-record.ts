// What a delivery is once its row has been read: one event for one endpoint, how often it was tried, and how that ended.

import type { WebhookDelivery } from '#shared/contracts/webhook.ts';

/** One event for one endpoint. */
export type DeliveryKey = { readonly tenantId: string; readonly webhookId: string; readonly eventId: string };

/** One run of a delivery; another one has another number. */
export type DeliveryRun = DeliveryKey & { readonly run: number };

export type DeliveryRecord = DeliveryKey & {
  readonly type: WebhookDelivery['type'];
  /** What is sent; empty once nothing is left to send. */
  readonly body: string;
  readonly status: WebhookDelivery['status'];
  readonly attempts: number;
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
  readonly lastAttemptAtMs: number | undefined;
  readonly responseStatus: number | undefined;
  readonly error: string | undefined;
  readonly createdAtMs: number;
  readonly finishedAtMs: number | undefined;
};

export type DeliveryRow = {
  tenant_id: string;
  webhook_id: string;
  event_id: string;
  type: DeliveryRecord['type'];
  body: string;
  status: DeliveryRecord['status'];
  attempts: number;
  run: number;
  due_at: number;
  expires_at: number;
  last_attempt_at: number | null;
  response_status: number | null;
  error: string | null;
  created_at: number;
  finished_at: number | null;
};

export function toRun({ tenant_id, webhook_id, event_id, run }: DeliveryRow): DeliveryRun {
  return { tenantId: tenant_id, webhookId: webhook_id, eventId: event_id, run };
}

export function toDelivery(row: DeliveryRow): DeliveryRecord {
  return {
    tenantId: row.tenant_id,
    webhookId: row.webhook_id,
    eventId: row.event_id,
    type: row.type,
    body: row.body,
    status: row.status,
    attempts: row.attempts,
    dueAtMs: row.due_at,
    expiresAtMs: row.expires_at,
    lastAttemptAtMs: row.last_attempt_at ?? undefined,
    responseStatus: row.response_status ?? undefined,
    error: row.error ?? undefined,
    createdAtMs: row.created_at,
    finishedAtMs: row.finished_at ?? undefined,
  };
}
