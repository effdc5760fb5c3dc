// /v1/webhooks: where the tenant is told of what happens. The secret of a webhook is in the answer of `create` and `rotate`, and
// nowhere else.

import type { z } from 'zod';
import type {
  Webhook,
  WebhookCreate,
  WebhookCreated,
  WebhookDelivery,
  WebhookRotate,
  WebhookUpdate,
} from '#shared/contracts/webhook.ts';
import { change, create, type Listing, listing, path, read, remove } from '../resource.ts';
import type { CallOptions, CreateOptions, Transport } from '../transport.ts';

export type Webhooks = Listing<Webhook> & {
  create(request: z.input<typeof WebhookCreate>, options?: CreateOptions): Promise<WebhookCreated>;
  get(webhook: string, call?: CallOptions): Promise<Webhook>;
  update(webhook: string, request: z.input<typeof WebhookUpdate>, call?: CallOptions): Promise<Webhook>;
  /** A new secret; requests are signed with both for the grace period. */
  rotate(
    webhook: string,
    request?: z.input<typeof WebhookRotate>,
    options?: CreateOptions,
  ): Promise<WebhookCreated>;
  /** Sends a `webhook.test` now, once; what came of it. */
  test(webhook: string, call?: CallOptions): Promise<WebhookDelivery>;
  deliveries(webhook: string): Listing<WebhookDelivery>;
  delete(webhook: string, call?: CallOptions): Promise<void>;
};

export function webhooks(transport: Transport): Webhooks {
  return {
    ...listing<Webhook>(transport, '/v1/webhooks'),
    create: (request, options) => create(transport, '/v1/webhooks', request, options),
    get: (webhook, call) => read(transport, path`/v1/webhooks/${webhook}`, call),
    update: (webhook, request, call) =>
      change(transport, 'PATCH', path`/v1/webhooks/${webhook}`, request, call),
    rotate: (webhook, request = {}, options) =>
      create(transport, path`/v1/webhooks/${webhook}/rotate`, request, options),
    // Not repeated by itself: each call is a request to somebody else.
    test: (webhook, call) =>
      transport.json<WebhookDelivery>({
        ...call,
        method: 'POST',
        path: path`/v1/webhooks/${webhook}/test`,
        repeatable: false,
      }),
    deliveries: (webhook) => listing(transport, path`/v1/webhooks/${webhook}/deliveries`),
    delete: (webhook, call) => remove(transport, path`/v1/webhooks/${webhook}`, call),
  };
}
