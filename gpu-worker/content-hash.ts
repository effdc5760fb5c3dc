// SHA-256 of what comes in and goes out.

import { hash } from 'node:crypto';
import { sha256 } from '#shared/digest.ts';

/** Handing work to WebCrypto's threads costs more than hashing a picture; what is larger would hold up the event loop. */
const hashedAtOnceBytes = 2 ** 20;

export function contentHash(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  return bytes.byteLength <= hashedAtOnceBytes ? hash('sha256', bytes, 'buffer') : sha256(bytes);
}
