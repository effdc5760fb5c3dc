// What lies in the database and must not be read by whoever reads the database: AES-GCM under a key made of the pepper and of
// what it is for, so that a sealed text put in another's place does not open.

import { type Bytes, hmacSha256 } from '#shared/digest.ts';
import type { Peppers } from './api-key.ts';

const ivBytes = 12;

/** `purpose` tells what it is and whose: `webhook\n<tenant>\n<id>`. Under the present pepper: 12 bytes of IV, then the rest. */
export async function seal(peppers: Peppers, purpose: string, plain: Uint8Array): Promise<Bytes> {
  const secret = await sealingKey(peppers[0], purpose);
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, secret, Uint8Array.from(plain)),
  );
  const bytes = new Uint8Array(ivBytes + sealed.length);
  bytes.set(iv);
  bytes.set(sealed, ivBytes);
  return bytes;
}

/** `undefined` for what was sealed under a pepper that is no more, or for another purpose. */
export async function unseal(
  peppers: Peppers,
  purpose: string,
  sealed: Uint8Array,
): Promise<Bytes | undefined> {
  const iv = sealed.slice(0, ivBytes);
  for (const pepper of peppers) {
    const secret = await sealingKey(pepper, purpose);
    const plain = await crypto.subtle
      .decrypt({ name: 'AES-GCM', iv }, secret, sealed.slice(ivBytes))
      .catch(() => undefined);
    if (plain !== undefined) return new Uint8Array(plain);
  }
  return undefined;
}

async function sealingKey(pepper: string, purpose: string): Promise<CryptoKey> {
  const raw = await hmacSha256(pepper, purpose);
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
