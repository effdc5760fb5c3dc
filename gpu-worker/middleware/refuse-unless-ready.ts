// Work is taken only between the first model being loaded and the signal to stop; answers after the signal end their
// connections.

import { createMiddleware } from 'hono/factory';
import { appError } from '#shared/app-error.ts';
import type { WorkerEnv } from '../http/context.ts';
import { problemResponse } from '../http/problem-response.ts';
import type { Lifecycle } from '../lifecycle.ts';

export function refuseUnlessReady(lifecycle: Lifecycle) {
  return createMiddleware<WorkerEnv>(async function refuseUnlessReady(context, next) {
    const phase = lifecycle.phase();
    if (phase === 'ready') {
      await next();
      // A connection that outlives its last answer would hold up the end of the process.
      if (lifecycle.phase() === 'draining') context.header('connection', 'close');
      return;
    }
    const detail = phase === 'starting' ? 'The worker is still starting.' : 'The worker is shutting down.';
    return problemResponse(appError('not-ready', detail, { retryAfterSeconds: 2 }), context.get('requestId'));
  });
}
