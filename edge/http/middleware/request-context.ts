// What every request carries through the pipeline: its id, its clock, its time-keeping. Knows nothing of routes.

import { acceptRequestId } from '#shared/trace-context.ts';
import { randomBase62 } from '../../ids.ts';
import { createTiming, type Timing } from '../../timing.ts';

export type RequestContext = {
  readonly requestId: string;
  readonly nowMs: number;
  readonly timing: Timing;
};

/** Takes the caller's X-Request-Id where it is harmless in headers and logs, else makes one. */
export function createRequestContext(request: Request): RequestContext {
  const given = acceptRequestId(request.headers.get('x-request-id') ?? undefined);
  const requestId = given ?? `req_${randomBase62(20)}`;
  return { requestId, nowMs: Date.now(), timing: createTiming() };
}
