// One attempt to deliver an event: claim it, sign it, have a worker post it, write down what came of it. Waits for nothing and
// starts nothing: how long until the next attempt is the answer.

import { type AppError, appError } from '#shared/app-error.ts';
import { backoffMs } from '#shared/backoff.ts';
import type { PostAnswer, PostRequest } from '#shared/contracts/worker.ts';
import type { Result } from '#shared/result.ts';
import { signWebhook, webhookHeaders } from '#shared/webhook-signature.ts';
import type { GpuWorkerClient } from '../../clients/gpu-worker.ts';
import { type CallContext, isWorkerAway, type PostFailure } from '../../clients/worker-call.ts';
import { countWebhookAttempt } from '../../metrics/counters.ts';
import type { DeliveryKey, DeliveryRecord } from '../../stores/delivery-record.ts';
import type { DeliveryStore } from '../../stores/delivery-store.ts';
import type { WebhookRecord, WebhookStore } from '../../stores/webhook-store.ts';
import type { Peppers } from '../api-key.ts';
import { auditRecord } from '../audit.ts';
import { openSecrets } from './webhook-secrets.ts';

export type DeliverySources = {
  readonly deliveries: DeliveryStore;
  readonly webhooks: WebhookStore;
  readonly worker: Pick<GpuWorkerClient, 'postEvent'>;
  readonly peppers: Peppers;
  /** Before the second attempt. */
  readonly firstRetryMs: number;
};

/** `waitMs` until the next attempt; absent: there is none. */
export type AttemptResult = { readonly waitMs?: number };

/** Longer than an attempt takes: a claim that is older was left behind. */
const leaseMs = 90_000;
const maxRetryMs = 4 * 3_600_000;
/** How long an endpoint may take nothing before it is disabled. */
const failingForMs = 5 * 24 * 3_600_000;
/** How often it is looked whether a suspended tenant is back. */
const suspendedWaitMs = 5 * 60_000;
const goneStatus = 410;

export async function attemptDelivery(
  key: DeliveryKey,
  sources: DeliverySources,
  nowMs: number,
): Promise<AttemptResult> {
  const { deliveries, webhooks } = sources;
  const claimed = await deliveries.claim(key, nowMs, nowMs + leaseMs);
  if (claimed === undefined) return whyNot(key, deliveries, nowMs);
  const webhook = await webhooks.find(key.tenantId, key.webhookId);
  if (webhook === undefined || webhook.disabledBy !== undefined) return {};
  const outcome = await postEvent(webhook, claimed, sources, nowMs);
  return settleAttempt(webhook, claimed, outcome, sources, Date.now());
}

/** Finished, gone, at another run's hands, or its tenant is suspended: looked at again while it is not over. */
async function whyNot(key: DeliveryKey, deliveries: DeliveryStore, nowMs: number): Promise<AttemptResult> {
  const found = await deliveries.find(key);
  if (found === undefined || found.status !== 'pending') return {};
  if (found.dueAtMs > nowMs) return { waitMs: found.dueAtMs - nowMs };
  if (found.expiresAtMs > nowMs) return { waitMs: suspendedWaitMs };
  const outcome = {
    responseStatus: found.responseStatus,
    error: 'The tenant was suspended.',
    isEndpoints: false,
  };
  await deliveries.failed(key, outcome, undefined, nowMs);
  return {};
}

/** Signed anew at every attempt, with the time of it. */
export async function postEvent(
  webhook: WebhookRecord,
  { eventId, body }: Pick<DeliveryRecord, 'eventId' | 'body'>,
  { worker, peppers }: Pick<DeliverySources, 'worker' | 'peppers'>,
  nowMs: number,
): Promise<Result<PostAnswer, AppError<PostFailure>>> {
  const secrets = await openSecrets(webhook, peppers, nowMs);
  if (secrets === undefined) return { ok: false, error: secretLost };
  const timestamp = Math.floor(nowMs / 1000);
  const request: PostRequest = {
    url: webhook.url,
    headers: {
      [webhookHeaders.id]: eventId,
      [webhookHeaders.timestamp]: String(timestamp),
      [webhookHeaders.signature]: await signWebhook(secrets, { id: eventId, timestamp, body }),
    },
    body,
  };
  const context: CallContext = {
    lane: 'bulk',
    requestId: eventId,
    tenant: { id: webhook.tenantId, weight: 1 },
  };
  return worker.postEvent(request, context);
}

const secretLost = appError('unfetchable-url', 'The secret can no longer be read: rotate it.');

async function settleAttempt(
  webhook: WebhookRecord,
  delivery: DeliveryRecord,
  outcome: Result<PostAnswer, AppError<PostFailure>>,
  { deliveries, webhooks, firstRetryMs }: DeliverySources,
  nowMs: number,
): Promise<AttemptResult> {
  const told = describeOutcome(outcome);
  countWebhookAttempt(!outcome.ok ? 'unreachable' : told.error === undefined ? 'delivered' : 'refused');
  if (told.error === undefined) {
    await deliveries.delivered(delivery, told, nowMs);
    return {};
  }
  const waitMs = Math.round(backoffMs(delivery.attempts - 1, { baseMs: firstRetryMs, maxMs: maxRetryMs }));
  const isOver = told.responseStatus === goneStatus || nowMs + waitMs > delivery.expiresAtMs;
  const isEndpoints = outcome.ok || !isWorkerAway(outcome.error);
  await deliveries.failed(delivery, { ...told, isEndpoints }, isOver ? undefined : nowMs + waitMs, nowMs);
  const failingSinceMs = webhook.failingSinceMs ?? nowMs;
  const cause =
    told.responseStatus === goneStatus
      ? 'gone'
      : isEndpoints && nowMs - failingSinceMs >= failingForMs
        ? 'failing'
        : undefined;
  if (cause !== undefined) {
    const act = { actor: 'service', requestId: delivery.eventId, nowMs };
    const what = {
      tenantId: webhook.tenantId,
      action: 'webhook.disable',
      subject: webhook.id,
      detail: { cause },
    };
    await webhooks.disable(webhook.tenantId, webhook.id, cause, auditRecord(act, what));
  }
  return isOver || cause !== undefined ? {} : { waitMs };
}

/** No `error` where it was taken. */
export function describeOutcome(outcome: Result<PostAnswer, AppError>): {
  readonly responseStatus: number | undefined;
  readonly error: string | undefined;
} {
  if (!outcome.ok) return { responseStatus: undefined, error: outcome.error.detail };
  const { status, body } = outcome.value;
  if (status >= 200 && status < 300) return { responseStatus: status, error: undefined };
  const said = body.trim() === '' ? '' : `: ${body.trim()}`;
  const words =
    status >= 300 && status < 400 ? 'It redirects, which is not followed' : `It answers ${status}`;
  return { responseStatus: status, error: `${words}${said}`.slice(0, 300) };
}
