// Tells a tenant's endpoints that something has happened. What is told is in the database when this returns, and is sent
// after that; told again it changes nothing, so whoever repeats a step may tell again.

import type { WebhookEvent } from '#shared/contracts/webhook.ts';
import { sha256, toHex } from '#shared/digest.ts';
import type { DeliveryRun } from '../../stores/delivery-record.ts';
import type { DeliveryStore } from '../../stores/delivery-store.ts';

/** How long an event is tried. */
const triedForMs = 24 * 3_600_000;
/** Of a tenant, waiting to be sent or sent again. */
const maxPending = 500;

/** Tells of what happens, apart from what is sent on request. */
export type TenantEvent = Exclude<WebhookEvent, { readonly type: 'webhook.test' }>;

export type EventSources = {
  readonly deliveries: Pick<DeliveryStore, 'publish'>;
  readonly startDelivery: (run: DeliveryRun) => Promise<void>;
};

/**
 * `subject` is what makes it this event among those of its type: a job's id, a day and a limit. The same subject is the same
 * event, with the same id, and reaches an endpoint as one. A few writes; nothing is sent before it returns.
 */
export async function publishEvent(
  tenantId: string,
  subject: string,
  event: TenantEvent,
  { deliveries, startDelivery }: EventSources,
): Promise<void> {
  const eventId = await eventIdOf(tenantId, event.type, subject);
  const atMs = Date.parse(event.timestamp);
  const record = { tenantId, eventId, type: event.type, body: JSON.stringify(event), atMs };
  const made = await deliveries.publish({ ...record, expiresAtMs: atMs + triedForMs }, maxPending);
  for (const run of made) await startDelivery(run);
}

async function eventIdOf(tenantId: string, type: string, subject: string): Promise<string> {
  const digest = await sha256(new TextEncoder().encode([tenantId, type, subject].join('\n')));
  return `evt_${toHex(digest.subarray(0, 16))}`;
}
