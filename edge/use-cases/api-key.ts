// The text of an API key and its hash: `icm_<environment>_<id>_<secret>`, kept as HMAC-SHA256(pepper, whole key).
// Knows no store.

import { keyPattern } from '#shared/contracts/tenant.ts';
import { fromHex, hmacSha256, timingSafeEqual, toHex } from '#shared/digest.ts';
import { randomBase62 } from '../ids.ts';

/** The present one, which new hashes are under, then those that hashes may be under while it is being replaced. */
export type Peppers = readonly [present: string, ...others: string[]];

export type ParsedKey = { readonly environment: string; readonly id: string };

/** `undefined` for anything that is not shaped like a key. */
export function parseKey(text: string): ParsedKey | undefined {
  const [, environment, id] = keyPattern.exec(text) ?? [];
  return environment === undefined || id === undefined ? undefined : { environment, id: `key_${id}` };
}

/** A key's hash, and the fingerprint of the pepper that it is under. */
export type KeyHash = { readonly hash: string; readonly pepper: string };

export type MintedKey = KeyHash & { readonly id: string; readonly key: string };

export async function mintKey(environment: string, peppers: Peppers): Promise<MintedKey> {
  const id = randomBase62(16);
  const key = `icm_${environment}_${id}_${randomBase62(43)}`;
  return { id: `key_${id}`, key, ...(await hashKey(key, peppers[0])) };
}

async function hashKey(key: string, pepper: string): Promise<KeyHash> {
  const [hash, fingerprint] = await Promise.all([hmacSha256(pepper, key), fingerprintOf(pepper)]);
  return { hash: toHex(hash), pepper: fingerprint };
}

/**
 * The key's hash under the present pepper, where the hash given is the key's under any of them; else `undefined`.
 * Takes as long for every key and every hash, so that the time does not tell which pepper it was, or how near.
 */
export async function matchKey(key: string, hash: string, peppers: Peppers): Promise<KeyHash | undefined> {
  const expected = fromHex(hash) ?? new Uint8Array(0);
  const hashes = await Promise.all(peppers.map((pepper) => hashKey(key, pepper)));
  const matches = hashes.filter((candidate) =>
    timingSafeEqual(fromHex(candidate.hash) ?? new Uint8Array(0), expected),
  );
  return matches.length === 0 ? undefined : hashes[0];
}

/** What tells peppers apart and gives none away. */
export async function fingerprintOf(pepper: string): Promise<string> {
  return toHex(await hmacSha256(pepper, 'pepper fingerprint')).slice(0, 8);
}

/** What may be shown of a key: `icm_dev_<id>_…`. */
export function keyPrefix(environment: string, id: string): string {
  return `icm_${environment}_${id.slice('key_'.length)}_…`;
}
