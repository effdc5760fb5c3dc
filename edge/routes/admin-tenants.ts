// /v1/admin: tenants and the whole audit log, for whoever holds the administrator's secret.

import { z } from 'zod';
import { PageQuery } from '#shared/contracts/common.ts';
import {
  AuditPage,
  KeyCreate,
  KeyCreated,
  Tenant,
  TenantCreate,
  TenantCreated,
  TenantDeletion,
  TenantPage,
  TenantUpdate,
} from '#shared/contracts/tenant.ts';
import { ok } from '#shared/result.ts';
import { defineRoute } from '../http/route.ts';
import { parsePageQuery } from '../stores/cursor.ts';
import { defaultLimits } from '../stores/plan-limits.ts';
import { type Act, toAuditPage } from '../use-cases/audit.ts';
import { findDeletion, requestDeletion, sweepTenant } from '../use-cases/delete-tenant.ts';
import {
  createKeyForTenant,
  createTenant,
  getTenant,
  listTenants,
  updateTenant,
} from '../use-cases/manage-tenants.ts';
import { keyCreatedExample, keyExample } from './keys.ts';
import { auditExample } from './usage.ts';

const TenantParams = z.object({ tenant: z.string().min(1).max(80) });

const shared = { scope: 'admin', tags: ['admin'] } as const;

const tenantExample = {
  id: 'ten_4Hq8Zt2Xb7Lk9Wm3Rv5Nc1Ps',
  name: 'Wildlife Survey North',
  limits: defaultLimits,
  suspended: false,
  createdAt: '2026-05-04T09:30:00.000Z',
};

const deletionExample = {
  tenantId: tenantExample.id,
  name: tenantExample.name,
  status: 'running',
  rowsRemoved: 0,
  objectsRemoved: 0,
  requestedAt: '2026-06-01T08:00:00.000Z',
} as const;

export const adminRoutes = [
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/admin/tenants',
    summary: 'Make a tenant and its first key',
    description: 'Limits not given are those of the default plan. The first key has every scope.',
    body: TenantCreate,
    bodyExample: { name: 'Wildlife Survey North', limits: { requestsPerMinute: 600 } },
    creates: true,
    responses: {
      201: {
        description: 'The tenant, and its key for the only time.',
        schema: TenantCreated,
        example: { tenant: tenantExample, key: keyCreatedExample },
      },
    },
    handler: async ({ input, services, ...context }) => {
      const created = await createTenant(input.body, services.management, actOf(context));
      return created.ok ? ok({ status: 201, json: created.value }) : created;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/admin/tenants',
    summary: 'List tenants, newest first',
    query: PageQuery,
    responses: {
      200: { description: 'A page of tenants.', schema: TenantPage, example: { items: [tenantExample] } },
    },
    handler: async ({ input, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      return ok({ status: 200, json: await listTenants(page.value, services.management) });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/admin/tenants/:tenant',
    summary: 'Get a tenant',
    params: TenantParams,
    responses: { 200: { description: 'The tenant.', schema: Tenant, example: tenantExample } },
    handler: async ({ input, services }) => {
      const found = await getTenant(input.params.tenant, services.management);
      return found.ok ? ok({ status: 200, json: found.value }) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'PATCH',
    path: '/v1/admin/tenants/:tenant',
    summary: 'Rename a tenant, change its limits, suspend it or let it back',
    description: 'Effective everywhere within 30 seconds.',
    params: TenantParams,
    body: TenantUpdate,
    bodyExample: { limits: { picturesPerDay: 500_000 }, suspended: false },
    responses: { 200: { description: 'The tenant.', schema: Tenant, example: tenantExample } },
    handler: async ({ input, services, ...context }) => {
      const { tenant } = input.params;
      const updated = await updateTenant(tenant, input.body, services.management, actOf(context));
      return updated.ok ? ok({ status: 200, json: updated.value }) : updated;
    },
  }),
  defineRoute({
    ...shared,
    method: 'DELETE',
    path: '/v1/admin/tenants/:tenant',
    summary: 'Delete a tenant and everything of it',
    description:
      'For good. It is suspended and its keys are revoked at once; pictures, projections, rows and counters go in the background, whatever restarts in between. Asking again changes nothing. One line of the audit log stays.',
    params: TenantParams,
    responses: {
      202: { description: 'How far the deletion is.', schema: TenantDeletion, example: deletionExample },
    },
    handler: async ({ input, services, waitUntil, ...context }) => {
      const { tenant } = input.params;
      const requested = await requestDeletion(tenant, services, actOf(context));
      if (!requested.ok) return requested;
      const deletion = { tenantId: tenant, requestedAtMs: Date.parse(requested.value.requestedAt) };
      if (requested.value.status === 'running') waitUntil(sweepTenant(deletion, services, context.nowMs));
      return ok({ status: 202, json: requested.value });
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/admin/deletions/:tenant',
    summary: 'Follow the deletion of a tenant',
    params: TenantParams,
    responses: {
      200: {
        description: 'How far it is; `done` a few minutes after it was asked for.',
        schema: TenantDeletion,
        example: deletionExample,
      },
    },
    handler: async ({ input, services }) => {
      const found = await findDeletion(input.params.tenant, services);
      return found.ok ? ok({ status: 200, json: found.value }) : found;
    },
  }),
  defineRoute({
    ...shared,
    method: 'POST',
    path: '/v1/admin/tenants/:tenant/keys',
    summary: 'Make a key for a tenant',
    description: 'For a tenant that has lost its own.',
    params: TenantParams,
    body: KeyCreate,
    bodyExample: { name: keyExample.name },
    creates: true,
    responses: { 201: { description: 'The new key.', schema: KeyCreated, example: keyCreatedExample } },
    handler: async ({ input, services, ...context }) => {
      const { tenant } = input.params;
      const created = await createKeyForTenant(tenant, input.body, services.management, actOf(context));
      return created.ok ? ok({ status: 201, json: created.value }) : created;
    },
  }),
  defineRoute({
    ...shared,
    method: 'GET',
    path: '/v1/admin/audit',
    summary: 'Every administrative act, newest first',
    query: PageQuery,
    responses: { 200: { description: 'A page of acts.', schema: AuditPage, example: auditExample } },
    handler: async ({ input, services }) => {
      const page = parsePageQuery(input.query);
      if (!page.ok) return page;
      return ok({ status: 200, json: toAuditPage(await services.audit.list(page.value)) });
    },
  }),
];

function actOf({ requestId, nowMs }: Omit<Act, 'actor'>): Act {
  return { actor: 'admin', requestId, nowMs };
}
