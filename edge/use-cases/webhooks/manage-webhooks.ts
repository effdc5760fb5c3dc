// What a tenant does with its webhooks: make, change, rotate the secret, delete, try.

import { type AppError, appError } from '#shared/app-error.ts';
import type {
  Webhook,
  WebhookCreate,
  WebhookCreated,
  WebhookDelivery,
  WebhookEvent,
  WebhookUpdate,
} from '#shared/contracts/webhook.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { newId } from '../../ids.ts';
import type { Quota, QuotaTenant } from '../../limits/quota-types.ts';
import type { DeliveryRecord } from '../../stores/delivery-record.ts';
import type { WebhookRecord, WebhookStore } from '../../stores/webhook-store.ts';
import { fingerprintOf, type Peppers } from '../api-key.ts';
import { type Act, auditRecord } from '../audit.ts';
import { isoTime } from '../present.ts';
import { type DeliverySources, describeOutcome, postEvent } from './deliver-event.ts';
import { makeSecret, openSecrets, resealSecrets } from './webhook-secrets.ts';

export type WebhookManagement = {
  readonly webhooks: WebhookStore;
  readonly peppers: Peppers;
  /** Whether an endpoint may be asked without TLS. */
  readonly allowsHttp: boolean;
};

const noWebhook = err(appError('not-found', 'The tenant has no such webhook.'));

export async function createWebhook(
  tenantId: string,
  wanted: WebhookCreate,
  management: WebhookManagement,
  act: Act,
): Promise<Result<WebhookCreated, AppError<'invalid-request'>>> {
  const fault = faultOf(wanted.url, management);
  if (fault !== undefined) return err(fault);
  const owner = { tenantId, id: newId('webhook') };
  const { shown, ...sealed } = await makeSecret(owner, management.peppers);
  const record: WebhookRecord = {
    ...owner,
    ...sealed,
    url: wanted.url,
    events: [...new Set(wanted.events)],
    description: wanted.description,
    disabledBy: undefined,
    previousUntilMs: undefined,
    failingSinceMs: undefined,
    createdAtMs: act.nowMs,
    updatedAtMs: act.nowMs,
  };
  await management.webhooks.insert(record, audit(act, 'webhook.create', owner, { url: wanted.url }));
  return ok({ ...presentWebhook(record, act.nowMs), secret: shown });
}

export async function findWebhook(
  tenantId: string,
  id: string,
  { webhooks }: Pick<WebhookManagement, 'webhooks'>,
): Promise<Result<WebhookRecord, AppError<'not-found'>>> {
  const found = await webhooks.find(tenantId, id);
  return found === undefined ? noWebhook : ok(found);
}

export async function updateWebhook(
  tenantId: string,
  id: string,
  change: WebhookUpdate,
  management: WebhookManagement,
  act: Act,
): Promise<Result<Webhook, AppError<'invalid-request' | 'not-found'>>> {
  const fault = change.url === undefined ? undefined : faultOf(change.url, management);
  if (fault !== undefined) return err(fault);
  const entry = audit(act, 'webhook.update', { tenantId, id }, change);
  const updated = await management.webhooks.update(tenantId, id, change, entry);
  return updated === undefined ? noWebhook : ok(presentWebhook(updated, act.nowMs));
}

export async function rotateWebhook(
  tenantId: string,
  id: string,
  graceSeconds: number,
  { webhooks, peppers }: WebhookManagement,
  act: Act,
): Promise<Result<WebhookCreated, AppError<'not-found' | 'conflict'>>> {
  const webhook = await webhooks.find(tenantId, id);
  if (webhook === undefined) return noWebhook;
  const [before] = (await openSecrets(webhook, peppers, act.nowMs)) ?? [];
  const { shown, ...sealed } = await makeSecret(webhook, peppers, before);
  const previousUntilMs = act.nowMs + 1000 * graceSeconds;
  const entry = audit(act, 'webhook.rotate', webhook, { graceSeconds });
  const rotated = await webhooks.rotate(webhook, { ...sealed, previousUntilMs }, entry);
  if (!rotated) return err(appError('conflict', 'Another rotation of this webhook came first.'));
  const record = { ...webhook, ...sealed, previousUntilMs, updatedAtMs: act.nowMs };
  return ok({ ...presentWebhook(record, act.nowMs), secret: shown });
}

export async function deleteWebhook(
  tenantId: string,
  id: string,
  { webhooks }: Pick<WebhookManagement, 'webhooks'>,
  act: Act,
): Promise<Result<undefined, AppError<'not-found'>>> {
  const entry = audit(act, 'webhook.delete', { tenantId, id });
  return (await webhooks.remove(tenantId, id, entry)) ? ok(undefined) : noWebhook;
}

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
  const webhook = await sources.webhooks.find(tenant.id, id);
  if (webhook === undefined) return noWebhook;
  const eventId = newId('event');
  const event: WebhookEvent = {
    type: 'webhook.test',
    timestamp: isoTime(nowMs),
    data: { webhook: id, message: 'This is a test: nothing has happened.' },
  };
  const post = async (): Promise<Result<Posted, AppError<'quota-exceeded'>>> =>
    // Whatever came of it is what was asked for.
    ok(await postEvent(webhook, { eventId, body: JSON.stringify(event) }, sources, nowMs));
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

/** For the cron trigger, while a pepper is being replaced: secrets that no delivery needs get under the present one too. */
export async function resealWebhooks(
  { webhooks, peppers }: Pick<WebhookManagement, 'webhooks' | 'peppers'>,
  nowMs: number,
): Promise<void> {
  const present = await fingerprintOf(peppers[0]);
  for (const webhook of await webhooks.underOtherPeppers(present, resealedAtOnce)) {
    const sealed = await resealSecrets(webhook, peppers, nowMs);
    if (sealed !== undefined) await webhooks.reseal(webhook, sealed);
  }
}

const resealedAtOnce = 100;

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

function faultOf(
  url: string,
  { allowsHttp }: Pick<WebhookManagement, 'allowsHttp'>,
): AppError<'invalid-request'> | undefined {
  const { protocol, username, password } = new URL(url);
  const message =
    username !== '' || password !== ''
      ? 'has credentials in it; requests are signed instead'
      : protocol === 'http:' && !allowsHttp
        ? 'is not https'
        : undefined;
  if (message === undefined) return undefined;
  return appError('invalid-request', 'Events are not sent to this address.', {
    errors: [{ pointer: '/url', message }],
  });
}

function audit(
  act: Act,
  action: string,
  { tenantId, id }: Pick<WebhookRecord, 'tenantId' | 'id'>,
  detail?: Readonly<Record<string, unknown>>,
) {
  return auditRecord(act, { tenantId, action, subject: id, ...(detail === undefined ? {} : { detail }) });
}
