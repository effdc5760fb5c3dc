// What a tenant does with its webhooks: make, change, rotate the secret, delete.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Webhook, WebhookCreate, WebhookCreated, WebhookUpdate } from '#shared/contracts/webhook.ts';
import { err, ok, type Result } from '#shared/result.ts';
import { newId } from '../../ids.ts';
import type { WebhookRecord, WebhookStore } from '../../stores/webhook-store.ts';
import { fingerprintOf, type Peppers } from '../api-key.ts';
import { type Act, auditRecord } from '../audit.ts';
import { presentWebhook } from './present-webhook.ts';
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
