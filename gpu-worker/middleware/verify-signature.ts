// Lets only signed requests through: right secret, inside the time window, nonce never seen, for this endpoint and this process. That the body is the signed one
// is checked where it is read (http/signed-body.ts).

import { createHmac } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { appError } from '#shared/app-error.ts';
import { type SignedContext, verifyRequest } from '#shared/signing.ts';
import type { Party } from '../fairness/fair-queue.ts';
import type { WorkerEnv } from '../http/context.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Services } from '../services.ts';
import { createNonceCache } from './nonce-cache.ts';
import { readFirst } from './read-on.ts';

export type SignatureSettings = {
  readonly secrets: readonly string[];
  /** As callers know this worker; where there are any, what was signed for another endpoint is refused. */
  readonly endpoints?: readonly string[];
  readonly maxNonces?: number;
};

const defaultMaxNonces = 500_000;

/** More than a usual picture. */
const readOfStrangers = 1024 * 1024;

export function verifySignature(
  { metrics, now }: { readonly metrics: Pick<Services['metrics'], 'failed'>; readonly now: () => number },
  { secrets, endpoints = [], maxNonces = defaultMaxNonces }: SignatureSettings,
) {
  if (secrets.length === 0) throw new RangeError('a worker without secrets would let nobody in');
  const nonces = createNonceCache(maxNonces);
  const startedMs = now();
  return createMiddleware<WorkerEnv>(async function verifySignature(context, next) {
    const { pathname, search } = new URL(context.req.url);
    const verified = await verifyRequest({
      secrets,
      method: context.req.method,
      path: pathname + search,
      headers: context.req.raw.headers,
      nowMs: now(),
      hmac: hmacHere,
    });
    const refuse = (detail: string, code: 'unauthenticated' | 'worker-overloaded' | 'not-ready') => {
      metrics.failed(code);
      return problemResponse(
        appError(code, detail, code === 'unauthenticated' ? {} : { retryAfterSeconds: 5 }),
        context.get('requestId'),
      );
    };
    if (!verified.ok) {
      // An idle connection is kept for very long, for edges; a stranger's is not. An edge with a wrong secret is to read why.
      await readFirst(context, readOfStrangers);
      const refused = refuse(verified.error.detail, 'unauthenticated');
      refused.headers.set('connection', 'close');
      return refused;
    }
    const { context: signed, signedAtMs } = verified.value;
    // Nonces of a process before this one are not known; what it may have seen is signed anew by whoever asks again.
    if (signedAtMs < startedMs) return refuse('It was signed before this worker began.', 'not-ready');
    if (endpoints.length > 0 && !endpoints.includes(signed.endpoint ?? '')) {
      return refuse('It was signed for another endpoint.', 'unauthenticated');
    }
    const remembered = nonces.remember(verified.value.nonce, verified.value.expiresAtMs, now());
    if (remembered === 'seen') return refuse('The nonce was used before.', 'unauthenticated');
    if (remembered === 'full') return refuse('Too many requests in the time window.', 'worker-overloaded');
    context.set('contentSha256', verified.value.contentSha256);
    context.set('party', partyOf(signed));
    return await next();
  });
}

/** WebCrypto's would wait for one of the threads that decode pictures, twice, for what takes microseconds. */
function hmacHere(secret: string, message: string): Uint8Array {
  return createHmac('sha256', secret).update(message).digest();
}

const maxWeight = 100;

function partyOf({ tenant = '', weight = '1' }: SignedContext): Party {
  return { tag: tenant, weight: Math.min(maxWeight, Math.max(1, Number(weight) || 1)) };
}
