// Whether a request to your endpoint is one of the service's, and not an old one sent again. Needs no client, and no clock but
// the machine's; remembers nothing: that an event came before is told by its `webhook-id`, which is for you to keep.

import type { WebhookEvent } from '#shared/contracts/webhook.ts';
import { isWebhookSignature, webhookHeaders } from '#shared/webhook-signature.ts';
import { ClipIcmWebhookError } from './errors.ts';

/** As `Request`, Node's `IncomingMessage` or a framework has them; names in lower case. */
export type WebhookHeaders =
  | { readonly get: (name: string) => string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export type VerifyOptions = {
  /** By how much the request's time may differ from now, either way; default 300. */
  readonly toleranceSeconds?: number;
  /** Default: the machine's clock. */
  readonly nowMs?: number;
};

/** The event, and the id under which it may come again. */
export type VerifiedWebhook = { readonly id: string; readonly event: WebhookEvent };

/**
 * What the request says, if it is signed with `secret` (`whsec_…`) and not older than the tolerance. `body` is the body as it
 * came, before it is parsed. Throws `ClipIcmWebhookError` otherwise.
 */
export async function verifyWebhook(
  secret: string,
  headers: WebhookHeaders,
  body: string | Uint8Array,
  { toleranceSeconds = 300, nowMs = Date.now() }: VerifyOptions = {},
): Promise<VerifiedWebhook> {
  const id = headerOf(headers, webhookHeaders.id);
  const sentAt = headerOf(headers, webhookHeaders.timestamp);
  const signature = headerOf(headers, webhookHeaders.signature);
  if (id === undefined || sentAt === undefined || signature === undefined) {
    throw new ClipIcmWebhookError(
      'headers',
      `The request lacks one of ${Object.values(webhookHeaders).join(', ')}.`,
    );
  }
  const timestamp = /^\d{1,12}$/.test(sentAt) ? Number(sentAt) : Number.NaN;
  if (!(Math.abs(nowMs / 1000 - timestamp) <= toleranceSeconds)) {
    throw new ClipIcmWebhookError('timestamp', `The request is not of the last ${toleranceSeconds} seconds.`);
  }
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  if (!(await isWebhookSignature(signature, secret, { id, timestamp, body: text }))) {
    throw new ClipIcmWebhookError('signature', 'The request is not signed with this secret.');
  }
  return { id, event: JSON.parse(text) as WebhookEvent };
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  const value = isGetter(headers) ? headers.get(name) : headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isGetter(headers: WebhookHeaders): headers is { readonly get: (name: string) => string | null } {
  return typeof headers.get === 'function';
}
