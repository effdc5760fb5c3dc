// What a tenant does with its keys. No key can make one that may do more than itself, in scopes, rate or time, nor rotate (and
// so learn the secret of) one, nor take one out of use or bring it back; and a key that has a successor makes nothing.

import type { z } from 'zod';
import { type AppError, appError } from '#shared/app-error.ts';
import type { Key, KeyCreate, KeyCreated, KeyPage, KeyRotate, KeyUpdate } from '#shared/contracts/tenant.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { PageRequest } from '../stores/cursor.ts';
import type { KeyRecord } from '../stores/key-record.ts';
import type { KeyStore } from '../stores/key-store.ts';
import { mintKey, type Peppers } from './api-key.ts';
import { type Act, auditRecord } from './audit.ts';
import {
  type ActingKey,
  excessOf,
  mayMintKeys,
  mayMintNoMore,
  requireCovered,
  requireWithin,
} from './key-reach.ts';
import { presentKey } from './present.ts';
import type { KeyVerifier } from './verify-key.ts';

export type KeyManagement = {
  readonly keys: KeyStore;
  readonly verifier: Pick<KeyVerifier, 'forget'>;
  /** The `<environment>` part of new keys. */
  readonly environment: string;
  readonly peppers: Peppers;
};

const noSuchKey = err(appError('not-found', 'This tenant has no such key.'));

/** A record for a new key and the text that is shown once. Refuses an expiry in the past. */
export async function prepareKey(
  wanted: KeyCreate,
  tenantId: string,
  { environment, peppers }: Pick<KeyManagement, 'environment' | 'peppers'>,
  nowMs: number,
): Promise<Result<{ record: KeyRecord; key: string }, AppError<'invalid-request'>>> {
  const expiresAtMs = wanted.expiresAt === undefined ? undefined : Date.parse(wanted.expiresAt);
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    const errors = [{ pointer: '/expiresAt', message: 'lies in the past' }];
    return err(appError('invalid-request', 'A new key expires in the future.', { errors }));
  }
  const { key, ...minted } = await mintKey(environment, peppers);
  const record = {
    ...minted,
    tenantId,
    name: wanted.name,
    environment,
    scopes: [...new Set(wanted.scopes)],
    requestsPerMinute: wanted.requestsPerMinute,
    disabled: false,
    createdAtMs: nowMs,
    expiresAtMs,
    revokedAtMs: undefined,
    rotatedTo: undefined,
    lastUsedAtMs: undefined,
  };
  return ok({ record, key });
}

/** A rate or an expiry that is not given is the calling key's own. */
export async function createKey(
  wanted: KeyCreate,
  owner: ActingKey,
  management: KeyManagement,
  act: Act,
): Promise<Result<KeyCreated, AppError<'missing-scope' | 'invalid-request' | 'conflict'>>> {
  const may = mayMintKeys(owner);
  if (!may.ok) return may;
  const granted = requireCovered(wanted.scopes, owner.scopes);
  if (!granted.ok) return granted;
  const prepared = await prepareKey(wanted, owner.tenantId, management, act.nowMs);
  if (!prepared.ok) return prepared;
  const record = {
    ...prepared.value.record,
    requestsPerMinute: prepared.value.record.requestsPerMinute ?? owner.requestsPerMinute,
    expiresAtMs: prepared.value.record.expiresAtMs ?? owner.expiresAtMs,
  };
  const errors = excessOf(record, owner).map(({ field, message }) => ({ pointer: `/${field}`, message }));
  if (errors.length > 0)
    return err(appError('invalid-request', 'A key grants no more than it has.', { errors }));
  const made = await management.keys.insert(record, keyAudit(act, 'key.create', record), owner.id);
  return made ? ok({ ...presentKey(record, act.nowMs), key: prepared.value.key }) : mayMintNoMore;
}

/** Whatever it may do: for whoever may grant everything. `undefined` where the tenant is being deleted. */
export async function addKey(
  wanted: KeyCreate,
  tenantId: string,
  management: KeyManagement,
  act: Act,
): Promise<Result<KeyCreated | undefined, AppError<'invalid-request'>>> {
  const prepared = await prepareKey(wanted, tenantId, management, act.nowMs);
  if (!prepared.ok) return prepared;
  const { record, key } = prepared.value;
  const made = await management.keys.insert(record, keyAudit(act, 'key.create', record), undefined);
  return ok(made ? { ...presentKey(record, act.nowMs), key } : undefined);
}

export async function listKeys(
  tenantId: string,
  page: PageRequest,
  { keys }: KeyManagement,
  nowMs: number,
): Promise<z.infer<typeof KeyPage>> {
  const { items, nextCursor } = await keys.list(tenantId, page);
  return {
    items: items.map((record) => presentKey(record, nowMs)),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}

export async function getKey(
  tenantId: string,
  id: string,
  { keys }: KeyManagement,
  nowMs: number,
): Promise<Result<Key, AppError<'not-found'>>> {
  const record = await keys.find(tenantId, id);
  return record === undefined ? noSuchKey : ok(presentKey(record, nowMs));
}

/** Renames, disables or enables. A revoked key stays as it is. */
export async function updateKey(
  owner: ActingKey,
  id: string,
  change: z.output<typeof KeyUpdate>,
  { keys, verifier }: KeyManagement,
  act: Act,
): Promise<Result<Key, AppError<'not-found' | 'conflict' | 'missing-scope'>>> {
  const { tenantId } = owner;
  const found = await keys.find(tenantId, id);
  if (found === undefined) return noSuchKey;
  const { name, disabled } = change;
  const within = disabled === undefined ? ok(undefined) : requireWithin(found, owner);
  if (!within.ok) return within;
  const changes = {
    ...(name === undefined ? {} : { name }),
    ...(disabled === undefined ? {} : { disabled }),
  };
  const updated = await keys.update(tenantId, id, changes, keyAudit(act, 'key.update', found, changes));
  verifier.forget(tenantId);
  if (updated === undefined) return err(appError('conflict', 'The key is revoked.'));
  return ok(presentKey(updated, act.nowMs));
}

/** Makes a successor with the same name, scopes, rate and expiry; the old key works on for the grace period. */
export async function rotateKey(
  owner: ActingKey,
  id: string,
  { graceSeconds }: z.output<typeof KeyRotate>,
  management: KeyManagement,
  act: Act,
): Promise<Result<KeyCreated, AppError<'not-found' | 'missing-scope' | 'conflict'>>> {
  const { keys, verifier } = management;
  const may = mayMintKeys(owner);
  if (!may.ok) return may;
  const old = await keys.find(owner.tenantId, id);
  if (old === undefined) return noSuchKey;
  const within = requireWithin(old, owner);
  if (!within.ok) return within;
  const { key, ...minted } = await mintKey(management.environment, management.peppers);
  const successor = { ...old, ...minted, createdAtMs: act.nowMs, lastUsedAtMs: undefined };
  const graceEndMs = act.nowMs + graceSeconds * 1000;
  const expiresAtMs = Math.min(graceEndMs, old.expiresAtMs ?? Number.POSITIVE_INFINITY);
  const audit = keyAudit(act, 'key.rotate', old, { rotatedTo: minted.id, graceSeconds });
  const replaced = await keys.replace({ id, expiresAtMs }, successor, audit, owner.id);
  verifier.forget(owner.tenantId);
  if (!replaced) {
    return err(
      appError('conflict', 'Only an active key that has no successor yet can be rotated, by such a key.'),
    );
  }
  return ok({ ...presentKey(successor, act.nowMs), key });
}

/** For good. Revoking a revoked key changes nothing and succeeds. */
export async function revokeKey(
  owner: ActingKey,
  id: string,
  { keys, verifier }: KeyManagement,
  act: Act,
): Promise<Result<undefined, AppError<'not-found' | 'missing-scope'>>> {
  const { tenantId } = owner;
  const found = await keys.find(tenantId, id);
  if (found === undefined) return noSuchKey;
  const within = requireWithin(found, owner);
  if (!within.ok) return within;
  await keys.update(tenantId, id, { revokedAtMs: act.nowMs }, keyAudit(act, 'key.revoke', found));
  verifier.forget(tenantId);
  return ok(undefined);
}

export function keyAudit(
  act: Act,
  action: string,
  key: Pick<KeyRecord, 'id' | 'tenantId' | 'name' | 'scopes'>,
  detail: Readonly<Record<string, unknown>> = { name: key.name, scopes: key.scopes },
) {
  return auditRecord(act, { tenantId: key.tenantId, action, subject: key.id, detail });
}
