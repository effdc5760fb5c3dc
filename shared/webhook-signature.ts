// Signatures of the Standard Webhooks specification (https://www.standardwebhooks.com): HMAC-SHA256 over
// `<id>.<timestamp>.<body>`. The edge signs with it, the client verifies with it. No I/O; the clock is the caller's.

import { fromBase64, hmacSha256, timingSafeEqual, toBase64 } from './digest.ts';

export const webhookHeaders = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;

export const secretPrefix = 'whsec_';

/** Bytes of a new secret; the specification asks for 24 to 64. */
const secretBytes = 32;

export type SignedMessage = {
  readonly id: string;
  /** Whole seconds since the epoch. */
  readonly timestamp: number;
  readonly body: string;
};

export function newWebhookSecret(): string {
  return secretPrefix + toBase64(crypto.getRandomValues(new Uint8Array(secretBytes)));
}

/** One signature a secret, with spaces between: what `webhook-signature` holds. Throws `RangeError` for what is no secret. */
export async function signWebhook(secrets: readonly string[], message: SignedMessage): Promise<string> {
  const signatures = secrets.map(async (secret) => `v1,${toBase64(await macOf(secret, message))}`);
  return (await Promise.all(signatures)).join(' ');
}

/** Whether any of the signatures is the secret's. Throws `RangeError` for what is no secret. */
export async function isWebhookSignature(
  header: string,
  secret: string,
  message: SignedMessage,
): Promise<boolean> {
  const expected = await macOf(secret, message);
  return header
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .some((signature) =>
      timingSafeEqual(fromBase64(signature.slice('v1,'.length)) ?? new Uint8Array(0), expected),
    );
}

function macOf(secret: string, { id, timestamp, body }: SignedMessage): Promise<Uint8Array> {
  const key = secret.startsWith(secretPrefix) ? fromBase64(secret.slice(secretPrefix.length)) : undefined;
  if (key === undefined || key.length === 0)
    throw new RangeError(`A webhook secret is ${secretPrefix} and base64.`);
  return hmacSha256(key, `${id}.${timestamp}.${body}`);
}
