// Who a presented key is. One answer for everything wrong with it (unknown, malformed, of another environment, wrong
// secret, expired, disabled, revoked), so that nothing can be learnt by trying; a suspended tenant is told so, because
// only a holder of a good key hears it.

import { type AppError, appError } from '#shared/app-error.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { KeyRecord, KeyStore, KeyTenant } from '../stores/key-store.ts';
import { matchKey, type Peppers, parseKey } from './api-key.ts';

export type VerifiedKey = { readonly key: KeyRecord; readonly tenant: KeyTenant };

export type KeyVerifier = {
  /** Whether this key was good not long ago: looking it up again is for somebody who may well be let in. */
  readonly wasGood: (presented: string) => boolean;
  /** At most `ttlMs` behind the store. */
  readonly verify: (
    presented: string,
    nowMs: number,
  ) => Promise<Result<VerifiedKey, AppError<'unauthenticated' | 'tenant-suspended'>>>;
  /** Drops what this isolate remembers of a tenant, after a change made here. */
  readonly forget: (tenantId: string) => void;
};

/** What isolates are made with: a revocation is effective everywhere within it (stated: 30 s). */
export const keyTtlMs = 15_000;
/** How long a key that was refused is refused unseen: a key enabled again works everywhere after it. */
const uselessTtlMs = 5_000;

type Options = {
  readonly keys: Pick<KeyStore, 'findForVerification' | 'rehash'>;
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
  const verified = new Map<string, VerifiedKey & { readonly until: number }>();

  const remember = (presented: string, found: VerifiedKey, nowMs: number) => {
    if (verified.size >= options.maxEntries) verified.clear();
    const until = Math.min(nowMs + options.ttlMs, found.key.expiresAtMs ?? Number.POSITIVE_INFINITY);
    verified.set(presented, { ...found, until });
  };

  // Keys that were of no use, so that whoever tries one over and over asks the database once in a while.
  const useless = new Map<
    string,
    { readonly until: number; readonly answer: typeof unknownCaller | typeof suspended }
  >();

  const refuse = (presented: string, answer: typeof unknownCaller | typeof suspended, nowMs: number) => {
    verified.delete(presented);
    if (useless.size >= options.maxEntries) useless.clear();
    useless.set(presented, { until: nowMs + uselessTtlMs, answer });
    return answer;
  };

  return {
    wasGood: (presented) => verified.has(presented),
    verify: async (presented, nowMs) => {
      const known = verified.get(presented);
      if (known !== undefined && nowMs < known.until) return ok(known);
      const parsed = parseKey(presented);
      if (parsed === undefined || parsed.environment !== options.environment) return unknownCaller;
      const refused = useless.get(presented);
      if (refused !== undefined && nowMs < refused.until) return refused.answer;
      const found = await lookUp(presented, parsed.id, options);
      if (found === undefined || !isUsable(found.key, nowMs)) return refuse(presented, unknownCaller, nowMs);
      if (found.tenant.suspended) return refuse(presented, suspended, nowMs);
      remember(presented, found, nowMs);
      return ok(found);
    },
    forget: (tenantId) => {
      useless.clear();
      for (const [presented, { tenant }] of verified) {
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
