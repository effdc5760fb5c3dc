// /v1/webhooks: where a tenant wants to be told of what happens, what it is told, and what came of telling it.
// Requests to an endpoint are those of the Standard Webhooks specification (https://www.standardwebhooks.com).

import { z } from 'zod';
import { pageOf, Timestamp } from './common.ts';
import { Job } from './job.ts';
import { quotaNames, webhookEventTypes } from './names.ts';

export const WebhookEventType = z.enum(webhookEventTypes);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

/** A job has ended, well or not; told once for each job. */
export const JobEnded = z.object({ job: Job });

/** The pictures of an environment have moved away from its profile for a day. */
export const EnvironmentDrifted = z.object({
  environment: z.string(),
  /** `name@version` whose directions it was measured in. */
  projection: z.string(),
  /** UTC, `2026-05-04`. */
  day: z.iso.date(),
  /** Distance of the day's mean to the profile's, in standard errors. */
  drift: z.number(),
  /** Of the drift, in the same units. */
  standardError: z.number(),
  /** The drift from which on it is told. */
  threshold: z.number(),
});
export type EnvironmentDrifted = z.infer<typeof EnvironmentDrifted>;

/** A daily limit is nearly or wholly used up; told once a day for each limit and level. */
export const QuotaNear = z.object({
  quota: z.enum(quotaNames),
  day: z.iso.date(),
  /** Per cent of the limit that have been reached; 100 also where a call was refused for want of what is left. */
  level: z.union([z.literal(80), z.literal(100)]),
  used: z.int().min(0),
  limit: z.int().min(0),
});
export type QuotaNear = z.infer<typeof QuotaNear>;

export const WebhookTest = z.object({ webhook: z.string(), message: z.string() });

const common = { timestamp: Timestamp };

/** The body of a request to an endpoint. `timestamp` is when it happened, not when it was sent. */
export const WebhookEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.ended'), ...common, data: JobEnded }),
  z.object({ type: z.literal('environment.drifted'), ...common, data: EnvironmentDrifted }),
  z.object({ type: z.literal('quota.near'), ...common, data: QuotaNear }),
  z.object({ type: z.literal('webhook.test'), ...common, data: WebhookTest }),
]);
export type WebhookEvent = z.infer<typeof WebhookEvent>;

const Url = z.url({ protocol: /^https?$/ }).max(2048);
const Events = z.array(WebhookEventType).min(1).max(webhookEventTypes.length);
const Description = z.string().trim().max(200);

export const WebhookCreate = z.strictObject({
  url: Url,
  events: Events.default([...webhookEventTypes]),
  description: Description.optional(),
});
export type WebhookCreate = z.infer<typeof WebhookCreate>;

export const WebhookUpdate = z.strictObject({
  url: Url.optional(),
  events: Events.optional(),
  description: Description.optional(),
  enabled: z.boolean().optional(),
});
export type WebhookUpdate = z.infer<typeof WebhookUpdate>;

export const WebhookRotate = z.strictObject({
  /** How long requests are signed with the secret of before as well. */
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(86_400),
});

export const Webhook = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(WebhookEventType),
  description: z.string().optional(),
  status: z.enum(['enabled', 'disabled']),
  /** `request`: by a PATCH; `gone`: the endpoint answered 410; `failing`: it took nothing for days. */
  disabledBy: z.enum(['request', 'gone', 'failing']).optional(),
  /** Since then every attempt has failed. */
  failingSince: Timestamp.optional(),
  /** Until then requests are signed with the secret of before as well. */
  previousSecretUntil: Timestamp.optional(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Webhook = z.infer<typeof Webhook>;
export const WebhookPage = pageOf(Webhook);

/** The only answer that ever holds the secret. */
export const WebhookCreated = Webhook.extend({ secret: z.string().startsWith('whsec_') });
export type WebhookCreated = z.infer<typeof WebhookCreated>;

export const WebhookDelivery = z.object({
  /** The `webhook-id` of its requests: the same at every attempt. */
  eventId: z.string(),
  type: z.enum([...webhookEventTypes, 'webhook.test']),
  /** `dropped`: too many others were waiting. */
  status: z.enum(['pending', 'delivered', 'failed', 'dropped']),
  attempts: z.int(),
  /** What the endpoint answered last. */
  responseStatus: z.int().optional(),
  /** Why the last attempt failed. */
  error: z.string().optional(),
  createdAt: Timestamp,
  lastAttemptAt: Timestamp.optional(),
  nextAttemptAt: Timestamp.optional(),
  finishedAt: Timestamp.optional(),
});
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
export const WebhookDeliveryPage = pageOf(WebhookDelivery);
