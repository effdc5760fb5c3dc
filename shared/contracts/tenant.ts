// /v1/admin/tenants and /v1/keys: who may call, and what they may do.

import { z } from 'zod';
import { pageOf, Timestamp } from './common.ts';
import { scopes } from './names.ts';

export const Scope = z.enum(scopes);
export type Scope = z.infer<typeof Scope>;

/** `icm_<environment>_<id>_<secret>`: 16 and 43 characters of base62. */
export const keyPattern = /^icm_([a-z]{2,8})_([0-9A-Za-z]{16})_([0-9A-Za-z]{43})$/;

export const PlanLimits = z.object({
  requestsPerMinute: z.int().min(1),
  /** Pictures the worker encodes for the tenant in a UTC day. */
  picturesPerDay: z.int().min(0),
  /** Of pictures that a worker decodes for the tenant in a UTC day, together. */
  pixelsPerDay: z.int().min(0),
  /** Texts the worker encodes for the tenant in a UTC day: labels times templates where they are not known yet. */
  textsPerDay: z.int().min(0),
  /** Addresses the worker fetches for the tenant in a UTC day, whether or not something good is there. */
  fetchesPerDay: z.int().min(0),
  requestsPerDay: z.union([z.int().min(0), z.literal('unlimited')]),
  /** Its share of the workers while others wait too: a tenant of weight 3 is served three times as often as one of 1. */
  weight: z.int().min(1).max(100),
  storedBytes: z.int().min(0),
  concurrentJobs: z.int().min(0),
});
export type PlanLimits = z.infer<typeof PlanLimits>;

export const TenantCreate = z.strictObject({
  name: z.string().trim().min(1).max(100),
  limits: PlanLimits.partial().optional(),
});
export type TenantCreate = z.infer<typeof TenantCreate>;

export const TenantUpdate = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  limits: PlanLimits.partial().optional(),
  suspended: z.boolean().optional(),
});
export type TenantUpdate = z.infer<typeof TenantUpdate>;

export const Tenant = z.object({
  id: z.string(),
  name: z.string(),
  limits: PlanLimits,
  suspended: z.boolean(),
  createdAt: Timestamp,
});
export type Tenant = z.infer<typeof Tenant>;
export const TenantPage = pageOf(Tenant);

/** What is left to do of a tenant's deletion, for the administrator who asked for it. */
export const TenantDeletion = z.object({
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(['running', 'done']),
  rowsRemoved: z.int(),
  objectsRemoved: z.int(),
  requestedAt: Timestamp,
  finishedAt: Timestamp.optional(),
});
export type TenantDeletion = z.infer<typeof TenantDeletion>;

export const KeyCreate = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z
    .array(Scope)
    .min(1)
    .max(scopes.length)
    .default([...scopes]),
  expiresAt: Timestamp.optional(),
  requestsPerMinute: z.int().min(1).optional(),
});
export type KeyCreate = z.infer<typeof KeyCreate>;

export const Key = z.object({
  id: z.string(),
  name: z.string(),
  /** What can be shown of it: `icm_dev_<id>_…`. */
  prefix: z.string(),
  scopes: z.array(Scope),
  status: z.enum(['active', 'disabled', 'expired', 'revoked']),
  requestsPerMinute: z.int().optional(),
  createdAt: Timestamp,
  expiresAt: Timestamp.optional(),
  lastUsedAt: Timestamp.optional(),
  /** Set where another key has replaced this one and it works only until `expiresAt`. */
  rotatedTo: z.string().optional(),
});
export type Key = z.infer<typeof Key>;
export const KeyPage = pageOf(Key);

/** The only answer that ever holds the secret. */
export const KeyCreated = Key.extend({ key: z.string().regex(keyPattern) });
export type KeyCreated = z.infer<typeof KeyCreated>;

export const KeyUpdate = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  disabled: z.boolean().optional(),
});

export const KeyRotate = z.strictObject({
  /** How long the old key goes on working. */
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(86_400),
});

export const TenantCreated = z.object({ tenant: Tenant, key: KeyCreated });
export type TenantCreated = z.infer<typeof TenantCreated>;

export const AuditEntry = z.object({
  id: z.string(),
  at: Timestamp,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  requestId: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
});
export const AuditPage = pageOf(AuditEntry);
