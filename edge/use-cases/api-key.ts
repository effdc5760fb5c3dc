// The text of an API key and its hash: `icm_<environment>_<id>_<secret>`, kept as HMAC-SHA256(pepper, whole key).
// Knows no store.

import { keyPattern } from '#shared/contracts/tenant.ts';
import { hmacSha256, toHex } from '#shared/digest.ts';
import { randomBase62 } from '../ids.ts';

export type ParsedKey = { readonly environment: string; readonly id: string };

/** `undefined` for anything that is not shaped like a key. */
export function parseKey(text: string): ParsedKey | undefined {
  const [, environment, id] = keyPattern.exec(text) ?? [];
  return environment === undefined || id === undefined ? undefined : { environment, id: `key_${id}` };
}

export type MintedKey = { readonly id: string; readonly key: string; readonly hash: string };

export async function mintKey(environment: string, pepper: string): Promise<MintedKey> {
  const id = randomBase62(16);
  const key = `icm_${environment}_${id}_${randomBase62(43)}`;
  return { id: `key_${id}`, key, hash: await hashKey(key, pepper) };
}

export async function hashKey(key: string, pepper: string): Promise<string> {
  return toHex(await hmacSha256(pepper, key));
}

/** What may be shown of a key: `icm_dev_<id>_…`. */
export function keyPrefix(environment: string, id: string): string {
  return `icm_${environment}_${id.slice('key_'.length)}_…`;
}
