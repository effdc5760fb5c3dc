// Who a presented key is. One answer for everything wrong with it (unknown, malformed, of another environment, wrong
// secret, expired, disabled, revoked), so that nothing can be learnt by trying; a suspended tenant is told so, because
// only a holder of a good key hears it.

import { type AppError, appError } from '#shared/app-error.ts';
import { createLru } from '#shared/lru.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { KeyRecord, KeyTenant } from '../stores/key-record.ts';
import type { KeyStore } from '../stores/key-store.ts';
import { matchKey, type Peppers, parseKey } from './api-key.ts';

export type VerifiedKey = { readonly key: KeyRecord; readonly tenant: KeyTenant };

export type KeyVerifier = {
  /** Whether this key was good not long ago: looking it up again is for somebody who may well be let in. */
  readonly wasGood: (presented: string) => boolean;
  /** What `verify` would find without asking anybody, where this key has just been good. */
  readonly recall: (presented: string, nowMs: number) => VerifiedKey | undefined;
  /** At most `ttlMs` behind the store. */
  readonly verify: (
    presented: string,
    nowMs: number,
  ) => Promise<Result<VerifiedKey, AppError<'unauthenticated' | 'tenant-suspended'>>>;
  /**
   * Whether a caller who was let in may go on: for what outlives a request. At most `standingTtlMs` behind the store, with one
   * look-up for all that a tenant has open.
   */
  readonly isStillGood: (tenantId: string, keyId: string, nowMs: number) => Promise<boolean>;
  /** Drops what this isolate remembers of a tenant, after a change made here. */
  readonly forget: (tenantId: string) => void;
};

/** What isolates are made with: a revocation is effective everywhere within it (stated: 30 s). */
export const keyTtlMs = 15_000;
/** Stated: 15 s. */
const standingTtlMs = 10_000;
/** How long a key that was refused is refused unseen: a key enabled again works everywhere after it. */
const uselessTtlMs = 5_000;

type Options = {
  readonly keys: Pick<KeyStore, 'findForVerification' | 'rehash' | 'usableIds'>;
  readonly environment: string;
  readonly peppers: Peppers;
  /** How long an isolate goes on trusting a key it has checked. Revocation takes effect within this time. */
  readonly ttlMs: number;
  readonly maxEntries: number;
};

const unknownCaller = err(
  appError('unauthenticated', 'Send a valid API key: `Authorization: Bearer icm_…` or `x-api-key`.'),
);
const suspended = err(appError('tenant-suspended', 'The tenant of this key is suspended.'));
const noHash = '0'.repeat(64);

export function createKeyVerifier(options: Options): KeyVerifier {
  // By the whole key: a hit needs all 256 bits of the secret, so a table look-up gives nothing away.
  const verified = createLru<VerifiedKey & { readonly until: number }>({ maxWeight: options.maxEntries });

  const remember = (presented: string, found: VerifiedKey, nowMs: number) => {
    const until = Math.min(nowMs + options.ttlMs, found.key.expiresAtMs ?? Number.POSITIVE_INFINITY);
    verified.set(presented, { ...found, until });
  };

  // Keys that were of no use, so that whoever tries one over and over asks the database once in a while.
  const useless = createLru<typeof unknownCaller | typeof suspended>({
    maxWeight: options.maxEntries,
    ttlMs: uselessTtlMs,
  });

  const refuse = (presented: string, answer: typeof unknownCaller | typeof suspended, nowMs: number) => {
    verified.delete(presented);
    useless.set(presented, answer, 1, nowMs);
    return answer;
  };

  const standings = createLru<{ until: number; ids: ReadonlySet<string> }>({
    maxWeight: options.maxEntries,
  });

  /** The result is shared, not the promise of it: that would be of another request, and end with it. */
  const isStillGood = async (tenantId: string, keyId: string, nowMs: number): Promise<boolean> => {
    const known = standings.get(tenantId);
    if (known !== undefined && nowMs < known.until) return known.ids.has(keyId);
    // Who asks in the meantime hears what was known before.
    if (known !== undefined) known.until = nowMs + standingTtlMs;
    const ids = await options.keys.usableIds(tenantId, nowMs);
    standings.set(tenantId, { until: nowMs + standingTtlMs, ids });
    return ids.has(keyId);
  };

  const recall = (presented: string, nowMs: number): VerifiedKey | undefined => {
    const known = verified.get(presented);
    return known !== undefined && nowMs < known.until ? known : undefined;
  };

  return {
    isStillGood,
    wasGood: (presented) => verified.has(presented),
    recall,
    verify: async (presented, nowMs) => {
      const known = recall(presented, nowMs);
      if (known !== undefined) return ok(known);
      const parsed = parseKey(presented);
      if (parsed === undefined || parsed.environment !== options.environment) return unknownCaller;
      const refused = useless.get(presented, nowMs);
      if (refused !== undefined) return refused;
      const found = await lookUp(presented, parsed.id, options);
      if (found === undefined || !isUsable(found.key, nowMs)) return refuse(presented, unknownCaller, nowMs);
      if (found.tenant.suspended) return refuse(presented, suspended, nowMs);
      remember(presented, found, nowMs);
      return ok(found);
    },
    forget: (tenantId) => {
      useless.clear();
      standings.delete(tenantId);
      for (const [presented, { tenant }] of verified.entries()) {
        if (tenant.id === tenantId) verified.delete(presented);
      }
    },
  };
}

/**
 * Hashes and compares also where no such id exists, so that the time taken does not tell. A key whose hash is under a
 * pepper that is being replaced is hashed anew: only now, with the key at hand, can it be.
 */
async function lookUp(presented: string, id: string, options: Options): Promise<VerifiedKey | undefined> {
  const found = await options.keys.findForVerification(id);
  const present = await matchKey(presented, found?.key.hash ?? noHash, options.peppers);
  if (found === undefined || present === undefined) return undefined;
  if (found.key.hash !== present.hash || found.key.pepper !== present.pepper) {
    // Where it fails, the next isolate that sees the key tries again.
    await options.keys.rehash(found.key, present).catch(() => undefined);
  }
  return found;
}

export function isUsable(key: KeyRecord, nowMs: number): boolean {
  return (
    !key.disabled &&
    key.revokedAtMs === undefined &&
    (key.expiresAtMs === undefined || nowMs < key.expiresAtMs)
  );
}
