// /v1/keys: a tenant's own API keys.

import { z } from 'zod';
import { PageQuery } from '#shared/contracts/common.ts';
import { scopes } from '#shared/contracts/names.ts';
import { Key, KeyCreate, KeyCreated, KeyPage, KeyRotate, KeyUpdate } from '#shared/contracts/tenant.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import { mayMintKeys } from '../use-cases/key-reach.ts';
import { createKey, getKey, listKeys, revokeKey, rotateKey, updateKey } from '../use-cases/manage-keys.ts';
import { actOf } from './data-context.ts';

const KeyParams = z.object({ key: z.string().min(1).max(80) });

const shared = { scope: 'keys:manage', tags: ['keys'] } as const;

export const keyExample = {
  id: 'key_0Q7bN2xkWcR4vT9a',
  name: 'camera trap, north',
  prefix: 'icm_live_0Q7bN2xkWcR4vT9a_…',
  scopes: ['classify'],
  status: 'active',
  createdAt: '2026-05-04T09:30:00.000Z',
} as const;

export const keyCreatedExample = {
  ...keyExample,
  key: 'icm_live_0Q7bN2xkWcR4vT9a_3fJ8sLq0ZxYbVn5tRw7KcPm1DgHa2Ue9oTi4XyBv6Nk',
};

export const keyRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/keys',
    summary: 'Make a key',
    description:
      'The answer alone ever holds the key itself. A key grants no more than it has: no other scope, no higher rate, no later end; what is not given is its own.',
    body: KeyCreate,
    bodyExample: { name: 'camera trap, north', scopes: ['classify'] },
    creates: true,
    adds: 'keys',
    permits: ({ key }) => mayMintKeys(key),
    responses: { 201: { description: 'The new key.', schema: KeyCreated, example: keyCreatedExample } },
    handler: async ({ input, caller, services, ...context }) => {
      const created = await createKey(
        input.body,
        caller.key,
        services.management,
        actOf({ caller, ...context }),
      );
      return created.ok ? ok({ status: 201, json: created.value }) : created;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/keys',
    summary: 'List keys, newest first',
    query: PageQuery,
    responses: {
      200: { description: 'A page of keys.', schema: KeyPage, example: { items: [keyExample] } },
    },
    handler: async ({ input, caller, services, nowMs }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      const json = await listKeys(caller.tenant.id, page.value, services.management, nowMs);
      return ok({ status: 200, json });
    },
  }),
  defineRoute({
    ...shared,
    // Whatever it may do: who shows buttons must know which.
    scope: scopes,
    method: 'GET',
    path: '/v1/keys/self',
    summary: 'Get the key that asks',
    errors: ['not-found'],
    responses: { 200: { description: 'The key.', schema: Key, example: keyExample } },
    handler: async ({ caller, services, nowMs }) => {
      const found = await getKey(caller.tenant.id, caller.key.id, services.management, nowMs);
      return found.ok ? ok({ status: 200, json: found.value }) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/keys/:key',
    summary: 'Get a key',
    params: KeyParams,
    responses: { 200: { description: 'The key.', schema: Key, example: keyExample } },
    handler: async ({ input, caller, services, nowMs }) => {
      const found = await getKey(caller.tenant.id, input.params.key, services.management, nowMs);
      return found.ok ? ok({ status: 200, json: found.value }) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'PATCH',
    path: '/v1/keys/:key',
    summary: 'Rename, disable or enable a key',
    description: 'A key that may do more than the calling one is not for it to disable or enable.',
    params: KeyParams,
    body: KeyUpdate,
    bodyExample: { disabled: true },
    errors: ['conflict'],
    responses: {
      200: { description: 'The key.', schema: Key, example: { ...keyExample, status: 'disabled' } },
    },
    handler: async (context) => {
      const { input, caller, services } = context;
      const act = actOf(context);
      const { key } = input.params;
      const updated = await updateKey(caller.key, key, input.body, services.management, act);
      return updated.ok ? ok({ status: 200, json: updated.value }) : updated;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/keys/:key/rotate',
    summary: 'Replace a key',
    description:
      'The successor has the same name, scopes and limits. The old key works until the grace period ends.',
    params: KeyParams,
    body: KeyRotate,
    bodyOptional: true,
    bodyExample: { graceSeconds: 3600 },
    creates: true,
    adds: 'keys',
    permits: ({ key }) => mayMintKeys(key),
    errors: ['conflict'],
    responses: { 201: { description: 'The successor.', schema: KeyCreated, example: keyCreatedExample } },
    handler: async (context) => {
      const { input, caller, services } = context;
      const act = actOf(context);
      const { key } = input.params;
      const rotated = await rotateKey(caller.key, key, input.body, services.management, act);
      return rotated.ok ? ok({ status: 201, json: rotated.value }) : rotated;
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/keys/:key',
    summary: 'Revoke a key',
    description:
      'For good, and everywhere within 30 seconds; jobs that it asked for end with it. A key that may do more than the calling one is not for it to revoke.',
    params: KeyParams,
    responses: { 204: { description: 'The key is revoked.' } },
    handler: async (context) => {
      const { input, caller, services } = context;
      const act = actOf(context);
      const revoked = await revokeKey(caller.key, input.params.key, services.management, act);
      return revoked.ok ? ok({ status: 204 }) : revoked;
    },
  }),
];
