// Signs and checks requests between the edge and the worker: HMAC-SHA256 over method, path, time, nonce and content hash.
// It does no I/O and keeps no state; whoever verifies remembers the nonces it has seen until `expiresAtMs`.

import { type AppError, appError } from './app-error.ts';
import { fromHex, hmacSha256, timingSafeEqual, toHex } from './digest.ts';
import { err, ok, type Result } from './result.ts';

/** How far the two clocks may differ, and how long a nonce must be remembered. */
export const signatureWindowMs = 5 * 60_000;

export const signatureHeaders = {
  timestamp: 'x-icm-timestamp',
  nonce: 'x-icm-nonce',
  contentSha256: 'x-icm-content-sha256',
  signature: 'x-icm-signature',
  /** What else the caller says under its signature; an edge of before sends neither, a worker of before reads neither. */
  context: 'x-icm-context',
  contextSignature: 'x-icm-context-signature',
} as const;

/** Names and values, e.g. `endpoint`: where the request was sent. */
export type SignedContext = Readonly<Record<string, string>>;

export type SignRequest = {
  readonly secret: string;
  readonly method: string;
  /** With the query string. */
  readonly path: string;
  /** Of the whole body; for frames, of the first frame, which lists the hashes of the others. */
  readonly contentSha256: string;
  readonly nowMs: number;
  /** Never used twice: 16 to 64 characters of [A-Za-z0-9_-]. */
  readonly nonce: string;
  readonly context?: SignedContext;
};

export async function signRequest(request: SignRequest): Promise<Record<string, string>> {
  const timestamp = String(request.nowMs);
  const signature = await hmacSha256(request.secret, canonical({ ...request, timestamp }));
  const context = new URLSearchParams(request.context).toString();
  const ofContext = await hmacSha256(request.secret, canonicalContext(context, toHex(signature)));
  return {
    [signatureHeaders.timestamp]: timestamp,
    [signatureHeaders.nonce]: request.nonce,
    [signatureHeaders.contentSha256]: request.contentSha256,
    [signatureHeaders.signature]: toHex(signature),
    [signatureHeaders.context]: context,
    [signatureHeaders.contextSignature]: toHex(ofContext),
  };
}

export type VerifyRequest = {
  /** The present secret and, while it is being rotated, the one before. */
  readonly secrets: readonly string[];
  readonly method: string;
  readonly path: string;
  readonly headers: { get(name: string): string | null };
  readonly nowMs: number;
  /** HMAC-SHA256; default: WebCrypto's. */
  readonly hmac?: Hmac;
};

export type Hmac = (secret: string, message: string) => Uint8Array | Promise<Uint8Array>;

export type VerifiedRequest = {
  readonly nonce: string;
  readonly contentSha256: string;
  /** By the caller's clock. */
  readonly signedAtMs: number;
  /** Empty from a caller that says nothing. */
  readonly context: SignedContext;
  /** After this the timestamp alone refuses a replay. */
  readonly expiresAtMs: number;
};

/** The error says what was wrong; the caller still has to compare the content hash with the content. */
export async function verifyRequest(
  request: VerifyRequest,
): Promise<Result<VerifiedRequest, AppError<'unauthenticated'>>> {
  const timestamp = request.headers.get(signatureHeaders.timestamp) ?? '';
  const nonce = request.headers.get(signatureHeaders.nonce) ?? '';
  const contentSha256 = request.headers.get(signatureHeaders.contentSha256) ?? '';
  const signature = fromHex(request.headers.get(signatureHeaders.signature) ?? '');
  if (
    !/^\d{1,16}$/.test(timestamp) ||
    !/^[\w-]{16,64}$/.test(nonce) ||
    !/^[0-9a-f]{64}$/.test(contentSha256)
  ) {
    return err(appError('unauthenticated', 'The signature headers are missing or malformed.'));
  }
  if (Math.abs(request.nowMs - Number(timestamp)) > signatureWindowMs) {
    return err(appError('unauthenticated', 'The signature has expired.'));
  }
  const message = canonical({ method: request.method, path: request.path, timestamp, nonce, contentSha256 });
  if (signature === undefined || !(await matchesAny(request, message, signature))) {
    return err(appError('unauthenticated', 'The signature does not match the request.'));
  }
  const context = await verifyContext(request, toHex(signature));
  if (context === undefined) {
    return err(appError('unauthenticated', 'The signature does not match the context of the request.'));
  }
  const signedAtMs = Number(timestamp);
  return ok({
    nonce,
    contentSha256,
    signedAtMs,
    context,
    expiresAtMs: signedAtMs + signatureWindowMs,
  });
}

/** `undefined` where there is one that was not signed with this request. */
async function verifyContext(
  request: VerifyRequest,
  requestSignature: string,
): Promise<SignedContext | undefined> {
  const { headers } = request;
  const context = headers.get(signatureHeaders.context);
  if (context === null) return {};
  const signature = fromHex(headers.get(signatureHeaders.contextSignature) ?? '');
  const message = canonicalContext(context, requestSignature);
  if (signature === undefined || !(await matchesAny(request, message, signature))) return undefined;
  return Object.fromEntries(new URLSearchParams(context));
}

async function matchesAny(
  { secrets, hmac = hmacSha256 }: Pick<VerifyRequest, 'secrets' | 'hmac'>,
  message: string,
  signature: Uint8Array,
): Promise<boolean> {
  let matches = false;
  for (const secret of secrets) {
    if (timingSafeEqual(await hmac(secret, message), signature)) matches = true;
  }
  return matches;
}

type Canonical = { method: string; path: string; timestamp: string; nonce: string; contentSha256: string };

function canonical({ method, path, timestamp, nonce, contentSha256 }: Canonical): string {
  return ['icm-signature-v1', method.toUpperCase(), path, timestamp, nonce, contentSha256].join('\n');
}

/** Over the request's own signature, so that it fits no other request. */
function canonicalContext(context: string, requestSignature: string): string {
  return ['icm-context-v1', requestSignature, context].join('\n');
}
