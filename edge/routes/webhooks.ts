// /v1/webhooks: where a tenant is told of what happens.

import { z } from 'zod';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  Webhook,
  WebhookCreate,
  WebhookCreated,
  WebhookDelivery,
  WebhookDeliveryPage,
  WebhookPage,
  WebhookRotate,
  WebhookUpdate,
} from '#shared/contracts/webhook.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { takeOverDeliveries } from '../jobs/run-delivery.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import {
  createWebhook,
  deleteWebhook,
  findWebhook,
  rotateWebhook,
  updateWebhook,
} from '../use-cases/webhooks/manage-webhooks.ts';
import { presentDelivery, presentWebhook } from '../use-cases/webhooks/present-webhook.ts';
import { testWebhook } from '../use-cases/webhooks/test-webhook.ts';
import { actOf } from './data-context.ts';
import { pageReply } from './page-reply.ts';

const WebhookParams = z.object({ webhook: z.string().min(1).max(80) });

const shared = { scope: 'webhooks:manage', tags: ['webhooks'] } as const;

const example = {
  id: 'whk_9Lr2KdTq5XbVn8RyMc3ZpF7H',
  url: 'https://hooks.example.com/clip-icm',
  events: ['job.ended'],
  description: 'the pipeline',
  status: 'enabled',
  createdAt: '2026-05-04T09:30:00.000Z',
  updatedAt: '2026-05-04T09:30:00.000Z',
} as const;

const createdExample = { ...example, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw6dFvyQ2mX4k=' };

const deliveryExample = {
  eventId: 'evt_5d1f0c3b9a7e48261c0f4be2a98d7763',
  type: 'job.ended',
  status: 'delivered',
  attempts: 2,
  responseStatus: 204,
  createdAt: '2026-05-04T09:41:12.000Z',
  lastAttemptAt: '2026-05-04T09:41:18.000Z',
  finishedAt: '2026-05-04T09:41:18.000Z',
} as const;

const testExample = { ...deliveryExample, type: 'webhook.test', attempts: 1 } as const;

export const webhookRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/webhooks',
    summary: 'Make a webhook',
    description:
      'Events are posted to its address as JSON, signed as the Standard Webhooks specification says, at least once each and under one id, and for a day if they are not taken. The answer alone ever holds the secret.',
    body: WebhookCreate,
    bodyExample: { url: example.url, events: example.events, description: example.description },
    creates: true,
    adds: 'webhooks',
    responses: {
      201: { description: 'The new webhook.', schema: WebhookCreated, example: createdExample },
    },
    handler: async ({ input, caller, services, ...context }) => {
      const act = actOf({ caller, ...context });
      const created = await createWebhook(caller.tenant.id, input.body, services.webhookManagement, act);
      return created.ok ? ok({ status: 201, json: created.value }) : created;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'List webhooks, newest first',
    query: PageQuery,
    responses: {
      200: { description: 'A page of webhooks.', schema: WebhookPage, example: { items: [example] } },
    },
    handler: ({ input, caller, services, nowMs }) =>
      pageReply(
        input.query,
        (page) => services.webhooks.list(caller.tenant.id, page),
        (item) => presentWebhook(item, nowMs),
      ),
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/webhooks/:webhook',
    summary: 'Get a webhook',
    params: WebhookParams,
    responses: { 200: { description: 'The webhook.', schema: Webhook, example } },
    handler: async ({ input, caller, services, nowMs }) => {
      const found = await findWebhook(caller.tenant.id, input.params.webhook, services);
      return found.ok ? ok({ status: 200, json: presentWebhook(found.value, nowMs) }) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'PATCH',
    path: '/v1/webhooks/:webhook',
    summary: 'Change a webhook, disable or enable it',
    description: 'What waits for a webhook when it is disabled has failed.',
    params: WebhookParams,
    body: WebhookUpdate,
    bodyExample: { enabled: false },
    responses: {
      200: {
        description: 'The webhook.',
        schema: Webhook,
        example: { ...example, status: 'disabled', disabledBy: 'request' },
      },
    },
    handler: async ({ input, caller, services, ...context }) => {
      const act = actOf({ caller, ...context });
      const { webhook } = input.params;
      const { webhookManagement } = services;
      const updated = await updateWebhook(caller.tenant.id, webhook, input.body, webhookManagement, act);
      return updated.ok ? ok({ status: 200, json: updated.value }) : updated;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/webhooks/:webhook/rotate',
    summary: 'Replace the secret of a webhook',
    description:
      'Until the grace period ends requests carry two signatures: by the new secret, and by the old.',
    params: WebhookParams,
    body: WebhookRotate,
    bodyOptional: true,
    bodyExample: { graceSeconds: 3600 },
    creates: true,
    errors: ['conflict'],
    responses: {
      201: {
        description: 'The webhook with its new secret.',
        schema: WebhookCreated,
        example: { ...createdExample, previousSecretUntil: '2026-05-04T10:30:00.000Z' },
      },
    },
    handler: async ({ input, caller, services, ...context }) => {
      const act = actOf({ caller, ...context });
      const { graceSeconds } = input.body;
      const { webhookManagement } = services;
      const { webhook } = input.params;
      const rotated = await rotateWebhook(caller.tenant.id, webhook, graceSeconds, webhookManagement, act);
      return rotated.ok ? ok({ status: 201, json: rotated.value }) : rotated;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/webhooks/:webhook/test',
    summary: 'Send a test event now',
    description:
      'One `webhook.test`, sent once, also to a disabled webhook. The answer says what came of it; it counts as one fetch.',
    params: WebhookParams,
    grows: true,
    errors: ['quota-exceeded'],
    responses: {
      200: { description: 'What came of it.', schema: WebhookDelivery, example: testExample },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const tested = await testWebhook(caller.tenant, input.params.webhook, services.deliverySources, nowMs);
      return tested.ok ? ok({ status: 200, json: tested.value }) : tested;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/webhooks/:webhook/deliveries',
    summary: 'List what was sent to a webhook, newest first',
    description:
      'The newest 1,000 of the tenant that have ended, for 30 days, and what is still being tried.',
    params: WebhookParams,
    query: PageQuery,
    responses: {
      200: {
        description: 'A page of deliveries.',
        schema: WebhookDeliveryPage,
        example: { items: [deliveryExample] },
      },
    },
    handler: async ({ input, caller, services, nowMs, waitUntil }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const { webhook } = input.params;
      const found = await findWebhook(caller.tenant.id, webhook, services);
      if (!found.ok) return found;
      const { items, ...rest } = await services.deliveries.list(caller.tenant.id, webhook, page.value);
      // Whoever looks need not wait for the cron trigger.
      waitUntil(takeOverDeliveries(services, nowMs, { tenantId: caller.tenant.id, webhookId: webhook }));
      return ok({ status: 200, json: { items: items.map(presentDelivery), ...rest } });
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/webhooks/:webhook',
    summary: 'Delete a webhook, with its deliveries',
    params: WebhookParams,
    responses: { 204: { description: 'It is gone.' } },
    handler: async ({ input, caller, services, ...context }) => {
      const act = actOf({ caller, ...context });
      const deleted = await deleteWebhook(caller.tenant.id, input.params.webhook, services, act);
      return deleted.ok ? ok({ status: 204 }) : deleted;
    },
  }),
];
