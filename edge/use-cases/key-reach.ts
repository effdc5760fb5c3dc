// What a key may hand on or touch: nothing that may do more than itself, by scopes, rate or end, and nothing at all once it has
// been replaced. Changes nothing.

import { type AppError, appError } from '#shared/app-error.ts';
import type { Scope } from '#shared/contracts/tenant.ts';
import { err, ok, type Result } from '#shared/result.ts';
import type { KeyRecord } from '../stores/key-record.ts';
import { isoTime } from './present.ts';

/** The key that acts. */
export type ActingKey = Pick<
  KeyRecord,
  'id' | 'tenantId' | 'scopes' | 'requestsPerMinute' | 'expiresAtMs' | 'rotatedTo'
>;

/** What a key may do, by any measure. */
type Reach = Pick<KeyRecord, 'scopes' | 'requestsPerMinute' | 'expiresAtMs'>;

/** A key that has been replaced works on for whoever holds it, but leaves nothing behind. */
export function mayMintKeys({
  rotatedTo,
}: Pick<ActingKey, 'rotatedTo'>): Result<undefined, AppError<'conflict'>> {
  return rotatedTo === undefined ? ok(undefined) : mayMintNoMore;
}

export const mayMintNoMore = err(
  appError(
    'conflict',
    'The calling key has been replaced or is no longer in use, and makes no keys any more.',
  ),
);

/** By what `key` may do more than `holder`, scopes apart. */
export function excessOf(key: Reach, holder: Reach): { readonly field: string; readonly message: string }[] {
  const beyond = (value: number | undefined, limit: number | undefined) =>
    limit !== undefined && (value === undefined || value > limit);
  const excess = [];
  if (beyond(key.requestsPerMinute, holder.requestsPerMinute)) {
    excess.push({ field: 'requestsPerMinute', message: `the calling key has ${holder.requestsPerMinute}` });
  }
  if (beyond(key.expiresAtMs, holder.expiresAtMs)) {
    const until = isoTime(holder.expiresAtMs ?? 0);
    excess.push({ field: 'expiresAt', message: `the calling key expires at ${until}` });
  }
  return excess;
}

/** Whether the holder may do everything that the key may. A key is always within itself. */
export function requireWithin(
  key: KeyRecord,
  holder: ActingKey,
): Result<undefined, AppError<'missing-scope'>> {
  if (key.id === holder.id) return ok(undefined);
  const covered = requireCovered(key.scopes, holder.scopes);
  if (!covered.ok) return covered;
  const [excess] = excessOf(key, holder);
  if (excess === undefined) return ok(undefined);
  return err(appError('missing-scope', `The key may do more than the calling key: ${excess.message}.`));
}

export function requireCovered(
  wanted: readonly Scope[],
  held: readonly Scope[],
): Result<undefined, AppError<'missing-scope'>> {
  const lacking = wanted.filter((scope) => !held.includes(scope));
  if (lacking.length === 0) return ok(undefined);
  return err(
    appError('missing-scope', `The calling key does not have the scope ${lacking.join(', ')} itself.`),
  );
}
