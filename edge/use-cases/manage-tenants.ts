// What the administrator does with tenants: make them with a first key, change their plan, suspend them.

import type { z } from 'zod';
import type { AppError } from '#shared/app-error.ts';
import { scopes } from '#shared/contracts/names.ts';
import type {
  KeyCreate,
  KeyCreated,
  PlanLimits,
  Tenant,
  TenantCreate,
  TenantCreated,
  TenantPage,
  TenantUpdate,
} from '#shared/contracts/tenant.ts';
import { ok, type Result } from '#shared/result.ts';
import { newId } from '../ids.ts';
import type { PageRequest } from '../stores/cursor.ts';
import { defaultLimits } from '../stores/plan-limits.ts';
import type { TenantRecord, TenantStore } from '../stores/tenant-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { noSuchTenant } from './delete-tenant.ts';
import { addKey, type KeyManagement, keyAudit, prepareKey } from './manage-keys.ts';
import { isoTime, presentKey } from './present.ts';

export type TenantManagement = KeyManagement & { readonly tenants: TenantStore };

export async function createTenant(
  wanted: TenantCreate,
  management: TenantManagement,
  act: Act,
): Promise<Result<TenantCreated, AppError<'invalid-request'>>> {
  const tenant: TenantRecord = {
    id: newId('tenant'),
    name: wanted.name,
    limits: mergeLimits(defaultLimits, wanted.limits),
    suspended: false,
    createdAtMs: act.nowMs,
  };
  const firstKey = { name: 'first key', scopes: [...scopes] };
  const prepared = await prepareKey(firstKey, tenant.id, management, act.nowMs);
  if (!prepared.ok) return prepared;
  const { record, key } = prepared.value;
  await management.tenants.insert(tenant, record, [
    tenantAudit(act, 'tenant.create', tenant.id, { name: tenant.name, limits: tenant.limits }),
    keyAudit(act, 'key.create', record),
  ]);
  return ok({ tenant: toTenant(tenant), key: { ...presentKey(record, act.nowMs), key } });
}

export async function getTenant(
  id: string,
  { tenants }: TenantManagement,
): Promise<Result<Tenant, AppError<'not-found'>>> {
  const found = await tenants.find(id);
  return found === undefined ? noSuchTenant : ok(toTenant(found));
}

export async function listTenants(
  page: PageRequest,
  { tenants }: TenantManagement,
): Promise<z.infer<typeof TenantPage>> {
  const { items, nextCursor } = await tenants.list(page);
  return { items: items.map(toTenant), ...(nextCursor === undefined ? {} : { nextCursor }) };
}

/** Limits not named keep their value. Everywhere effective when the isolates' memory of keys has run out. */
export async function updateTenant(
  id: string,
  change: TenantUpdate,
  { tenants, verifier }: TenantManagement,
  act: Act,
): Promise<Result<Tenant, AppError<'not-found'>>> {
  const updated = await tenants.update(id, change, tenantAudit(act, 'tenant.update', id, change));
  verifier.forget(id);
  return updated === undefined ? noSuchTenant : ok(toTenant(updated));
}

/** For a tenant that has lost its keys; the administrator may grant every scope. */
export async function createKeyForTenant(
  tenantId: string,
  wanted: KeyCreate,
  management: TenantManagement,
  act: Act,
): Promise<Result<KeyCreated, AppError<'not-found' | 'invalid-request'>>> {
  if ((await management.tenants.find(tenantId)) === undefined) return noSuchTenant;
  const added = await addKey(wanted, tenantId, management, act);
  if (!added.ok) return added;
  return added.value === undefined ? noSuchTenant : ok(added.value);
}

function mergeLimits(base: PlanLimits, change: TenantCreate['limits']): PlanLimits {
  const given = Object.entries(change ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

function tenantAudit(act: Act, action: string, tenantId: string, detail: Readonly<Record<string, unknown>>) {
  return auditRecord(act, { tenantId, action, subject: tenantId, detail });
}

function toTenant({ createdAtMs, ...tenant }: TenantRecord): Tenant {
  return { ...tenant, createdAt: isoTime(createdAtMs) };
}
