// Headers that every answer carries: the request's id, what it took, and what keeps browsers safe. Browsers of any
// origin may call the API: it takes no cookies, so a page can only use a key that it was given.

import type { Settings } from '../../env.ts';
import type { Draft } from './draft.ts';
import type { RequestContext } from './request-context.ts';

const exposedHeaders =
  'x-request-id, server-timing, retry-after, ratelimit, ratelimit-policy, etag, location, content-disposition, idempotent-replayed';

/** The draft as a Response, with these headers added. */
export function finish(
  { status, headers, body }: Draft,
  request: Request,
  context: RequestContext,
  environment: Settings['environment'] | undefined,
): Response {
  headers['x-request-id'] = context.requestId;
  headers['x-content-type-options'] = 'nosniff';
  headers['cache-control'] ??= 'no-store';
  const timing = context.timing.header();
  if (timing !== '') headers['server-timing'] = timing;
  if (environment === 'production') headers['strict-transport-security'] = 'max-age=31536000';
  if (request.headers.has('origin')) {
    headers['access-control-allow-origin'] = '*';
    headers['access-control-expose-headers'] = exposedHeaders;
  }
  return new Response(body, { status, headers });
}

const knownHeaders =
  'authorization, x-api-key, content-type, idempotency-key, x-request-id, traceparent, if-none-match, if-match';

/** Names as a browser lists them. */
const headerNames = /^[a-z0-9-]+(?: *, *[a-z0-9-]+){0,63}$/i;

/**
 * Answers a preflight for a path that takes these methods. Whatever headers a page wants to send are allowed: clients have
 * their own (`x-stainless-*`), and none of them grants anything here but the key, which the page has to have.
 */
export function preflightResponse(request: Request, methods: readonly string[]): Response {
  const asked = request.headers.get('access-control-request-headers') ?? '';
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': headerNames.test(asked) ? asked : knownHeaders,
      'access-control-max-age': '86400',
      vary: 'access-control-request-headers',
    },
  });
}
