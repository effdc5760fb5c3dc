// Takes a tenant away as a whole: rows, pictures and artefacts, what durable objects hold, at last the keys and the tenant itself. Done in
// sweeps that any isolate may go on with; it is over once a sweep finds nothing, late enough that no isolate still trusts a key.

import { type AppError, appError } from '#shared/app-error.ts';
import type { TenantDeletion } from '#shared/contracts/tenant.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { EmbeddingCache } from '../cache/embedding-cache.ts';
import type { Quota } from '../limits/quota-types.ts';
import type { DeletionRecord, DeletionStore } from '../stores/deletion-store.ts';
import type { ObjectStore } from '../stores/object-store.ts';
import { type Act, auditRecord } from './audit.ts';
import { isoTime } from './present.ts';
import type { KeyVerifier } from './verify-key.ts';

export type DeletionSources = {
  readonly deletions: DeletionStore;
  readonly objects: Pick<ObjectStore, 'removeSome'>;
  readonly quota: Pick<Quota, 'forget'>;
  readonly embeddings: Pick<EmbeddingCache, 'forgetTenant'>;
  readonly tenantPrefixes: (tenantId: string) => readonly string[];
};

/** Twice what a revocation takes to be known everywhere: what came in before it is written or refused by then. */
const settledAfterMs = 60_000;
const maxPieces = 200;

export async function requestDeletion(
  tenantId: string,
  {
    deletions,
    verifier,
  }: Pick<DeletionSources, 'deletions'> & { readonly verifier: Pick<KeyVerifier, 'forget'> },
  act: Act,
): Promise<Result<TenantDeletion, AppError<'not-found'>>> {
  const audit = auditRecord(act, { tenantId, action: 'tenant.delete', subject: tenantId });
  const requested = await deletions.request(tenantId, audit, act.nowMs);
  verifier.forget(tenantId);
  return requested === undefined ? noSuchTenant : ok(toDeletion(requested));
}

export async function findDeletion(
  tenantId: string,
  { deletions }: Pick<DeletionSources, 'deletions'>,
): Promise<Result<TenantDeletion, AppError<'not-found'>>> {
  const found = await deletions.find(tenantId);
  return found === undefined ? noSuchTenant : ok(toDeletion(found));
}

export const noSuchTenant = err(appError('not-found', 'There is no such tenant.'));

/** Goes on with one deletion; what one call does is bounded, and the cron trigger comes again. */
export async function sweepTenant(
  { tenantId, requestedAtMs }: Pick<DeletionRecord, 'tenantId' | 'requestedAtMs'>,
  { deletions, objects, quota, embeddings, tenantPrefixes }: DeletionSources,
  nowMs: number,
): Promise<void> {
  let isClean = false;
  for (let piece = 0; piece < maxPieces && !isClean; piece++) {
    const rows = await deletions.removeRows(tenantId);
    const removed = await Promise.all(tenantPrefixes(tenantId).map((prefix) => objects.removeSome(prefix)));
    const gone = removed.reduce((sum, count) => sum + count, 0);
    isClean = rows + gone === 0;
    if (!isClean) await deletions.count(tenantId, { rows, objects: gone });
  }
  await Promise.all([quota.forget(tenantId), embeddings.forgetTenant(tenantId)]);
  if (isClean && nowMs - requestedAtMs >= settledAfterMs) await deletions.finish(tenantId, nowMs);
}

function toDeletion(record: DeletionRecord): TenantDeletion {
  return {
    tenantId: record.tenantId,
    name: record.name,
    status: record.finishedAtMs === undefined ? 'running' : 'done',
    rowsRemoved: record.rowsRemoved,
    objectsRemoved: record.objectsRemoved,
    requestedAt: isoTime(record.requestedAtMs),
    ...(record.finishedAtMs === undefined ? {} : { finishedAt: isoTime(record.finishedAtMs) }),
  };
}
