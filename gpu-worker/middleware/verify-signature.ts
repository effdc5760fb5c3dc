// Lets only signed requests through: right secret, inside the time window, nonce never seen. That the body is the signed one
// is checked where it is read (http/signed-body.ts).

import { createMiddleware } from 'hono/factory';
import { appError } from '#shared/app-error.ts';
import { verifyRequest } from '#shared/signing.ts';
import type { WorkerEnv } from '../http/context.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Services } from '../services.ts';
import { createNonceCache } from './nonce-cache.ts';

export type SignatureSettings = { readonly secrets: readonly string[]; readonly maxNonces?: number };

const defaultMaxNonces = 500_000;

export function verifySignature(
  { metrics, now }: Pick<Services, 'metrics' | 'now'>,
  { secrets, maxNonces = defaultMaxNonces }: SignatureSettings,
) {
  if (secrets.length === 0) throw new RangeError('a worker without secrets would let nobody in');
  const nonces = createNonceCache(maxNonces);
  return createMiddleware<WorkerEnv>(async function verifySignature(context, next) {
    const { pathname, search } = new URL(context.req.url);
    const verified = await verifyRequest({
      secrets,
      method: context.req.method,
      path: pathname + search,
      headers: context.req.raw.headers,
      nowMs: now(),
    });
    const refuse = (detail: string, code: 'unauthenticated' | 'worker-overloaded') => {
      metrics.failed(code);
      return problemResponse(
        appError(code, detail, code === 'worker-overloaded' ? { retryAfterSeconds: 5 } : {}),
        context.get('requestId'),
      );
    };
    if (!verified.ok) return refuse(verified.error.detail, 'unauthenticated');
    const remembered = nonces.remember(verified.value.nonce, verified.value.expiresAtMs, now());
    if (remembered === 'seen') return refuse('The nonce was used before.', 'unauthenticated');
    if (remembered === 'full') return refuse('Too many requests in the time window.', 'worker-overloaded');
    context.set('contentSha256', verified.value.contentSha256);
    return await next();
  });
}
